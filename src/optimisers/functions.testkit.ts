import type { Evaluation } from "./optimiser.ts";

/** A test function with gradient and a Gauss-Newton or exact positive semi-definite Hessian. */
export interface TestFunction {
  readonly title: string;
  readonly minimum: (n: number) => number[];
  /** The value alone, cheap enough for searches that need thousands. */
  readonly value: (x: Float64Array) => number;
  readonly evaluate: (x: Float64Array) => Required<Evaluation>;
}

/** sum of residuals squared / 2 from r and its Jacobian. */
function leastSquares(residuals: number[], jacobian: number[][], n: number): Required<Evaluation> {
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  let value = 0;
  residuals.forEach((r, k) => {
    value += (r * r) / 2;
    for (let i = 0; i < n; i++) {
      gradient[i]! += jacobian[k]![i]! * r;
      for (let j = 0; j < n; j++) hessian[i * n + j]! += jacobian[k]![i]! * jacobian[k]![j]!;
    }
  });
  return { value, gradient, hessian };
}

const unit = (n: number, i: number, value: number): number[] =>
  Array.from({ length: n }, (_, k) => (k === i ? value : 0));

/** |x|^2 */
export const sphere: TestFunction = {
  title: "sphere",
  value: (x) => x.reduce((s, v) => s + v * v, 0),
  minimum: (n) => new Array<number>(n).fill(0),
  evaluate: (x) =>
    leastSquares(
      Array.from(x, (v) => Math.SQRT2 * v),
      Array.from(x, (_, i) => unit(x.length, i, Math.SQRT2)),
      x.length,
    ),
};

/** sum 10^(6 i / (n - 1)) x_i^2: condition number 10^6. */
export const ellipsoid: TestFunction = {
  title: "ellipsoid of condition 1e6",
  value: (x) => x.reduce((s, v, i) => s + 10 ** ((6 * i) / (x.length - 1)) * v * v, 0),
  minimum: (n) => new Array<number>(n).fill(0),
  evaluate: (x) => {
    const n = x.length;
    const root = (i: number): number => Math.SQRT2 * 10 ** ((3 * i) / (n - 1));
    return leastSquares(
      Array.from(x, (v, i) => root(i) * v),
      Array.from(x, (_, i) => unit(n, i, root(i))),
      n,
    );
  },
};

/** sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 */
export const rosenbrock: TestFunction = {
  title: "Rosenbrock",
  value: (x) => {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) sum += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2;
    return sum;
  },
  minimum: (n) => new Array<number>(n).fill(1),
  evaluate: (x) => {
    const n = x.length;
    const residuals: number[] = [];
    const jacobian: number[][] = [];
    for (let i = 0; i + 1 < n; i++) {
      residuals.push(Math.SQRT2 * 10 * (x[i + 1]! - x[i]! ** 2), Math.SQRT2 * (1 - x[i]!));
      const curve = unit(n, i + 1, Math.SQRT2 * 10);
      curve[i] = -Math.SQRT2 * 20 * x[i]!;
      jacobian.push(curve, unit(n, i, -Math.SQRT2));
    }
    return leastSquares(residuals, jacobian, n);
  },
};

/** sum 10 (1 - cos 2 pi x_i) + x_i^2: a million local minima in ten dimensions. */
export const rastrigin: TestFunction = {
  title: "Rastrigin",
  value: (x) => x.reduce((s, v) => s + 10 * (1 - Math.cos(2 * Math.PI * v)) + v * v, 0),
  minimum: (n) => new Array<number>(n).fill(0),
  evaluate: (x) => {
    const n = x.length;
    const hessian = new Float64Array(n * n);
    for (let i = 0; i < n; i++) hessian[i * n + i] = 2 + 40 * Math.PI ** 2;
    return {
      value: rastrigin.value(x),
      gradient: x.map((v) => 20 * Math.PI * Math.sin(2 * Math.PI * v) + 2 * v),
      hessian,
    };
  },
};
