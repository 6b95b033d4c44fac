import { choleskySolve } from "../optimisers/choleskySolve.ts";

/** probability = 1 / (1 + exp(-(bias + weights . x))). */
export interface LogisticModel {
  readonly bias: number;
  readonly weights: readonly number[];
}

export interface LogisticOptions {
  /** Ridge on the weights (not on the bias), in units of cases. Default 1. */
  readonly ridge?: number;
}

/** The probability of a feature vector. */
export function logisticProbability({ bias, weights }: LogisticModel, x: readonly number[]): number {
  return 1 / (1 + Math.exp(-weights.reduce((sum, weight, i) => sum + weight * x[i]!, bias)));
}

/**
 * Logistic regression by Newton's method. Outcomes are softened as Platt (1999) proposes, (n + 1) / (n + 2) for n
 * successes and 1 / (n + 2) for n failures, so that perfectly separable or one-sided data give no certainty.
 */
export function fitLogistic(
  samples: readonly { readonly x: readonly number[]; readonly success: boolean }[],
  { ridge = 1 }: LogisticOptions = {},
): LogisticModel {
  const size = 1 + (samples[0]?.x.length ?? 0);
  const good = samples.filter((sample) => sample.success).length;
  const targetOf = (success: boolean): number =>
    success ? (good + 1) / (good + 2) : 1 / (samples.length - good + 2);
  const rows = samples.map(({ x, success }) => ({ x: [1, ...x], target: targetOf(success) }));
  let theta = new Array<number>(size).fill(0);
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(rows, theta, ridge);
    // Steps are shortened so that a nearly flat likelihood cannot throw the iteration far out.
    const longest = Math.max(...step.map(Math.abs));
    const scale = Math.min(1, 2 / Math.max(longest, 1e-300));
    theta = theta.map((value, i) => value + scale * step[i]!);
    if (longest < 1e-10) break;
  }
  const [bias = 0, ...weights] = theta;
  return { bias, weights };
}

function newtonStep(
  rows: readonly { readonly x: readonly number[]; readonly target: number }[],
  theta: readonly number[],
  ridge: number,
): Float64Array {
  const size = theta.length;
  const gradient = Float64Array.from(theta, (value, i) => (i === 0 ? 0 : -ridge * value));
  const hessian = new Float64Array(size * size);
  for (let i = 0; i < size; i++) hessian[i * size + i] = i === 0 ? 1e-9 : ridge;
  for (const { x, target } of rows) {
    const p = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * theta[i]!, 0)));
    for (let i = 0; i < size; i++) {
      gradient[i]! += (target - p) * x[i]!;
      for (let j = 0; j <= i; j++) hessian[i * size + j]! += p * (1 - p) * x[i]! * x[j]!;
    }
  }
  return choleskySolve(hessian, gradient) ? gradient : new Float64Array(size);
}
