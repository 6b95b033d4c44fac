import { describe, expect, it } from "vitest";
import { gradientCorrelation } from "./gradientCorrelation.ts";
import { gradientDifference } from "./gradientDifference.ts";
import { localNcc } from "./localNcc.ts";
import { ncc } from "./ncc.ts";
import { nccl } from "./nccl.ts";
import { normalisedGradientInformation } from "./normalisedGradientInformation.ts";
import { randomImage, randomJacobian, randomWeight } from "./images.testkit.ts";
import { smallestEigenvalue } from "./eigenvalues.testkit.ts";
import type { Similarity } from "./similarity.ts";

const [width, height, n] = [30, 26, 6];
const pixels = width * height;
const fixed = randomImage(1, width, height);
const moving = randomImage(2, width, height).map((m, i) => 0.4 * m + fixed[i]!);
const jacobian = randomJacobian(40, n, width, height);
const weight = randomWeight(3, width, height);

type Build = (f: Float32Array, w: Float32Array | undefined) => Similarity;

/** `accuracy`: H is the exact Hessian at a perfect match up to this fraction of its largest entry. */
const variants: { title: string; build: Build; accuracy: number | undefined }[] = [
  {
    title: "gradient difference",
    build: (f, w) => gradientDifference(f, width, height, options(w)),
    accuracy: 5e-3,
  },
  {
    title: "gradient difference, scale 1",
    build: (f, w) => gradientDifference(f, width, height, { scale: 1, kernel: "central", ...options(w) }),
    accuracy: 5e-3,
  },
  {
    title: "normalised gradient information",
    build: (f, w) => normalisedGradientInformation(f, width, height, options(w)),
    accuracy: 0.05,
  },
  { title: "nccl", build: (f, w) => nccl(f, width, height, options(w)), accuracy: 5e-3 },
  {
    title: "nccl in windows",
    build: (f, w) => nccl(f, width, height, { patches: { radiusPx: 5, stridePx: 4 }, ...options(w) }),
    accuracy: undefined,
  },
  { title: "ncc", build: (f, w) => ncc(f, width, height, options(w)), accuracy: 5e-3 },
  {
    title: "local ncc, sliding",
    build: (f, w) =>
      localNcc(f, width, height, { radiusPx: 3, stridePx: 1, varianceFloor: 0, ...options(w) }),
    accuracy: 5e-3,
  },
  {
    title: "local ncc, strided, with floor",
    build: (f, w) => localNcc(f, width, height, { radiusPx: 4, stridePx: 5, ...options(w) }),
    accuracy: undefined,
  },
  {
    title: "gradient correlation",
    build: (f, w) => gradientCorrelation(f, width, height, options(w)),
    accuracy: 5e-3,
  },
  {
    title: "gradient correlation, patches",
    build: (f, w) =>
      gradientCorrelation(f, width, height, { patches: { radiusPx: 4, varianceFloor: 0 }, ...options(w) }),
    accuracy: 5e-3,
  },
  {
    title: "gradient correlation, robust patches with floor",
    build: (f, w) =>
      gradientCorrelation(f, width, height, {
        kernel: "central",
        patches: { radiusPx: 5, stridePx: 3, robustScale: 0.4 },
        ...options(w),
      }),
    accuracy: undefined,
  },
];

function options(w: Float32Array | undefined): { weight?: Float32Array } {
  return w ? { weight: w } : {};
}

function equations(metric: Similarity, image: Float32Array, images = jacobian, count = n) {
  const gradient = new Float64Array(count).fill(9);
  const hessian = new Float64Array(count * count).fill(9);
  const value = metric.normalEquations!(image, images, gradient, hessian);
  return { value, gradient, hessian };
}

/** image + sum_q p_q J_q */
function along(image: Float32Array, p: readonly number[]): Float32Array {
  return image.map((m, i) => m + p.reduce((sum, v, q) => sum + v * jacobian[q * pixels + i]!, 0));
}

function unit(q: number, size: number, r = -1, sizeR = 0): number[] {
  return Array.from({ length: n }, (_, k) => (k === q ? size : 0) + (k === r ? sizeR : 0));
}

/** -d2Value/dp2 at `image` by central differences of the pose gradient. */
function differenceHessian(metric: Similarity, image: Float32Array, step: number): number[] {
  const out: number[] = [];
  for (let q = 0; q < n; q++) {
    const above = equations(metric, along(image, unit(q, step))).gradient;
    const below = equations(metric, along(image, unit(q, -step))).gradient;
    for (let r = 0; r < n; r++) out.push((above[r]! - below[r]!) / (2 * step));
  }
  return out;
}

describe.each(variants)("normal equations of $title", ({ build, accuracy }) => {
  it("give the value, and the image gradient chained with the Jacobian", () => {
    for (const w of [undefined, weight]) {
      const metric = build(fixed, w);
      const { value, gradient } = equations(metric, moving);
      expect(value).toBeCloseTo(metric.value(moving), 12);
      const image = new Float32Array(pixels);
      metric.valueAndGradient(moving, image);
      for (let q = 0; q < n; q++) {
        let chained = 0;
        for (let i = 0; i < pixels; i++) chained += image[i]! * jacobian[q * pixels + i]!;
        expect(gradient[q]!).toBeCloseTo(-chained, 6);
      }
    }
  });

  it("give the gradient of finite differences", () => {
    const metric = build(fixed, weight);
    const { gradient } = equations(metric, moving);
    const scale = Math.max(...gradient.map(Math.abs));
    for (let q = 0; q < n; q++) {
      const step = 2e-3;
      const slope = metric.value(along(moving, unit(q, step))) - metric.value(along(moving, unit(q, -step)));
      expect(Math.abs(gradient[q]! + slope / (2 * step))).toBeLessThan(2e-3 * scale);
    }
  });

  it("give a symmetric, positive semi-definite Hessian, near and far from the match", () => {
    for (const image of [fixed, moving, randomImage(77, width, height)]) {
      const { hessian } = equations(build(fixed, weight), image);
      for (let q = 0; q < n; q++) {
        for (let r = 0; r < q; r++) expect(hessian[q * n + r]).toBeCloseTo(hessian[r * n + q]!, 12);
      }
      expect(smallestEigenvalue(hessian, n)).toBeGreaterThan(-1e-9);
      expect(Math.max(...hessian)).toBeGreaterThan(1e-3);
    }
  });

  it.runIf(accuracy)("give the finite-difference Hessian at a perfect match", () => {
    for (const w of [undefined, weight]) {
      const metric = build(fixed, w);
      const { hessian } = equations(metric, fixed);
      const numeric = differenceHessian(metric, fixed, 1e-3);
      const scale = Math.max(...hessian);
      for (let k = 0; k < n * n; k++)
        expect(Math.abs(hessian[k]! - numeric[k]!)).toBeLessThan(accuracy! * scale);
    }
  });

  it("ignore weight-0 pixels of image and Jacobian", () => {
    const metric = build(fixed, weight);
    const expected = equations(metric, moving);
    const spoiled = moving.map((m, i) => (weight[i] === 0 ? Number.NaN : m));
    const spoiledJacobian = jacobian.map((j, i) => (weight[i % pixels] === 0 ? Number.NaN : j));
    expect(equations(metric, spoiled, spoiledJacobian)).toEqual(expected);
  });

  it("accept any number of parameters", () => {
    const metric = build(fixed, weight);
    const all = equations(metric, moving);
    for (const count of [1, 3]) {
      const some = equations(metric, moving, jacobian.slice(0, count * pixels), count);
      for (let q = 0; q < count; q++) {
        expect(some.gradient[q]).toBeCloseTo(all.gradient[q]!, 10);
        for (let r = 0; r < count; r++)
          expect(some.hessian[q * count + r]).toBeCloseTo(all.hessian[q * n + r]!, 9);
      }
    }
  });

  it("solve a linear misalignment in a few Gauss-Newton steps", () => {
    const metric = build(fixed, weight);
    const truth = [0.03, -0.05, 0.04, 0.06, -0.02, 0.05];
    let p = new Array<number>(n).fill(0);
    const start = along(
      fixed,
      truth.map((t) => -t),
    );
    for (let step = 0; step < 6; step++) {
      const { gradient, hessian } = equations(metric, along(start, p));
      const delta = solve(hessian, gradient);
      p = p.map((v, q) => v - delta[q]!);
    }
    for (let q = 0; q < n; q++) expect(p[q]!).toBeCloseTo(truth[q]!, accuracy === 5e-3 ? 4 : 2);
  });
});

/** Gauss-Jordan elimination of a positive definite system. */
function solve(matrix: Float64Array, right: Float64Array): number[] {
  const rows = Array.from({ length: n }, (_, q) => [...matrix.slice(q * n, q * n + n), right[q]!]);
  for (let c = 0; c < n; c++) {
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const f = rows[r]![c]! / rows[c]![c]!;
      for (let k = c; k <= n; k++) rows[r]![k]! -= f * rows[c]![k]!;
    }
  }
  return rows.map((row, q) => row[n]! / row[q]!);
}
