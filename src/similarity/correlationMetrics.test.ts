import { describe, expect, it } from "vitest";
import { SopiError } from "../errors.ts";
import { createRandom } from "../random.ts";
import { gradientCorrelation } from "./gradientCorrelation.ts";
import { localNcc } from "./localNcc.ts";
import { ncc } from "./ncc.ts";
import { nccl } from "./nccl.ts";
import { binaryWeight, directionalError, pixelError, randomImage, randomWeight } from "./images.testkit.ts";
import {
  centralX,
  centralY,
  erode3,
  filter3,
  pearson,
  laplacianOfGaussian,
  sobelX,
  sobelY,
  windowedPearson,
} from "./reference.testkit.ts";
import type { Similarity } from "./similarity.ts";

const [width, height] = [29, 23];
const fixed = randomImage(1, width, height);
const moving = randomImage(2, width, height).map((m, i) => 0.5 * m + fixed[i]!);
const ones = new Float32Array(width * height).fill(1);
const weight = randomWeight(3, width, height);
const everyPixel = Array.from(ones.keys());

type Build = (f: Float32Array, w?: Float32Array) => Similarity;
interface Variant {
  readonly title: string;
  readonly build: Build;
  readonly reference: (f: Float32Array, m: Float32Array, w: Float32Array) => number;
  /** Value of two equal images. */
  readonly atIdentity: number;
  readonly symmetric: boolean;
}

const withWeight = (w?: Float32Array): { weight?: Float32Array } => (w ? { weight: w } : {});

function referenceGc(
  patch?: { radius: number; stride: number; floor: number; energyPower: number; robustScale?: number },
  kernels = [sobelX, sobelY],
) {
  return (f: Float32Array, m: Float32Array, w: Float32Array): number => {
    const eroded = erode3(w, width, height);
    let score = 0;
    let total = 0;
    for (const kernel of kernels) {
      const [df, dm] = [filter3(f, width, height, kernel), filter3(m, width, height, kernel)];
      const whole = { radius: 99, stride: 1, floor: 0, energyPower: 0 };
      const part = windowedPearson({ data: df, weight: eroded }, dm, width, height, patch ?? whole);
      score += part.score;
      total += part.total;
    }
    return score / total;
  };
}

const referenceLocal =
  (radius: number, stride: number, robustScale?: number) =>
  (f: Float32Array, m: Float32Array, w: Float32Array): number => {
    const options = { radius, stride, floor: 1e-4, energyPower: 0, ...(robustScale ? { robustScale } : {}) };
    const { score, total } = windowedPearson({ data: f, weight: w }, m, width, height, options);
    return score / total;
  };

function referenceNccl(
  sigma: number,
  share: number,
  patch = { radius: 99, stride: 1, floor: 0, energyPower: 0 },
) {
  return (f: Float32Array, m: Float32Array, w: Float32Array): number => {
    const [lf, lm] = [f, m].map((image) => laplacianOfGaussian(image, w, width, height, sigma));
    const plain = windowedPearson({ data: f, weight: w }, m, width, height, patch);
    const detail = windowedPearson({ data: lf!.data, weight: lf!.weight }, lm!.data, width, height, patch);
    return ((1 - share) * plain.score) / plain.total + (share * detail.score) / detail.total;
  };
}

const variants: Variant[] = [
  {
    title: "nccl",
    build: (f, w) => nccl(f, width, height, withWeight(w)),
    reference: referenceNccl(1, 0.5),
    ...{ atIdentity: 1, symmetric: true },
  },
  {
    title: "nccl, windows, own settings",
    build: (f, w) =>
      nccl(f, width, height, {
        sigmaPx: 0.7,
        laplacianShare: 0.3,
        patches: { radiusPx: 5 },
        ...withWeight(w),
      }),
    reference: referenceNccl(0.7, 0.3, { radius: 5, stride: 5, floor: 1e-4, energyPower: 0 }),
    ...{ atIdentity: 1, symmetric: false },
  },
  {
    title: "ncc",
    build: (f, w) => ncc(f, width, height, withWeight(w)),
    reference: (f, m, w) => pearson({ data: f, weight: w }, m, everyPixel),
    ...{ atIdentity: 1, symmetric: true },
  },
  {
    title: "local ncc, sliding",
    build: (f, w) => localNcc(f, width, height, { radiusPx: 3, stridePx: 1, ...withWeight(w) }),
    reference: referenceLocal(3, 1),
    ...{ atIdentity: 1, symmetric: false },
  },
  {
    title: "local ncc, strided",
    build: (f, w) => localNcc(f, width, height, { radiusPx: 4, stridePx: 5, ...withWeight(w) }),
    reference: referenceLocal(4, 5),
    ...{ atIdentity: 1, symmetric: false },
  },
  {
    title: "local ncc, robust",
    build: (f, w) =>
      localNcc(f, width, height, { radiusPx: 4, stridePx: 4, robustScale: 0.4, ...withWeight(w) }),
    reference: referenceLocal(4, 4, 0.4),
    ...{ atIdentity: 1, symmetric: false },
  },
  {
    title: "gradient correlation, sobel",
    build: (f, w) => gradientCorrelation(f, width, height, withWeight(w)),
    reference: referenceGc(),
    ...{ atIdentity: 1, symmetric: true },
  },
  {
    title: "gradient correlation, central",
    build: (f, w) => gradientCorrelation(f, width, height, { kernel: "central", ...withWeight(w) }),
    reference: referenceGc(undefined, [centralX, centralY]),
    ...{ atIdentity: 1, symmetric: true },
  },
  {
    title: "gradient correlation, patches",
    build: (f, w) =>
      gradientCorrelation(f, width, height, { patches: { radiusPx: 4, stridePx: 3 }, ...withWeight(w) }),
    reference: referenceGc({ radius: 4, stride: 3, floor: 1e-4, energyPower: 0.5 }),
    ...{ atIdentity: 1, symmetric: false },
  },
  {
    title: "gradient correlation, robust patches",
    build: (f, w) =>
      gradientCorrelation(f, width, height, {
        patches: { radiusPx: 5, stridePx: 5, energyPower: 0, robustScale: 0.3 },
        ...withWeight(w),
      }),
    reference: referenceGc({ radius: 5, stride: 5, floor: 1e-4, energyPower: 0, robustScale: 0.3 }),
    ...{ atIdentity: 1, symmetric: false },
  },
];

describe.each(variants)("$title", ({ build, reference, atIdentity, symmetric }) => {
  it("equals the plain Float64 definition, with and without weights", () => {
    expect(build(fixed).value(moving)).toBeCloseTo(reference(fixed, moving, ones), 5);
    expect(build(fixed, weight).value(moving)).toBeCloseTo(reference(fixed, moving, weight), 5);
  });

  it("returns the same value with the gradient, and leaves no state behind", () => {
    const metric = build(fixed, weight);
    const gradient = new Float32Array(fixed.length);
    const value = metric.value(moving);
    expect(metric.valueAndGradient(moving, gradient)).toBe(value);
    metric.value(fixed);
    expect(metric.value(moving)).toBe(value);
    const again = new Float32Array(fixed.length).fill(7);
    metric.valueAndGradient(moving, again);
    expect(again).toEqual(gradient);
  });

  it("has the gradient that finite differences give", () => {
    for (const w of [undefined, weight]) {
      const metric = build(fixed, w);
      expect(pixelError(metric, moving)).toBeLessThan(2e-3);
      for (const seed of [5, 6, 7]) expect(directionalError(metric, moving, seed)).toBeLessThan(2e-3);
    }
  });

  it("is greatest for equal images", () => {
    const metric = build(fixed, weight);
    const best = metric.value(fixed);
    expect(best).toBeGreaterThan(atIdentity - 2e-2);
    expect(best).toBeLessThanOrEqual(atIdentity + 1e-9);
    expect(metric.value(moving)).toBeLessThan(best - 0.01);
    for (let seed = 20; seed < 25; seed++) {
      const random = createRandom(seed);
      const noisy = fixed.map((f) => f + 0.02 * random.normal());
      expect(metric.value(noisy)).toBeLessThan(best);
    }
  });

  it("does not change with gain and offset of the moving image", () => {
    const metric = build(fixed, weight);
    const value = metric.value(moving);
    expect(metric.value(moving.map((m) => 37 * m - 11))).toBeCloseTo(value, 4);
    expect(metric.value(moving.map((m) => 0.01 * m + 0.3))).toBeCloseTo(value, 4);
    expect(metric.value(new Float32Array(moving.length).fill(3))).toBeCloseTo(0, 12);
  });

  it.runIf(symmetric)("is symmetric in the two images, and odd in their sign", () => {
    expect(build(moving, weight).value(fixed)).toBeCloseTo(build(fixed, weight).value(moving), 6);
    const negative = moving.map((m) => -m);
    expect(build(fixed).value(negative)).toBeCloseTo(-build(fixed).value(moving), 6);
  });

  it("never reads pixels of weight 0, not even NaN or infinities", () => {
    for (const w of [weight, binaryWeight(weight)]) {
      const metric = build(fixed, w);
      const gradient = new Float32Array(fixed.length);
      const value = metric.valueAndGradient(moving, gradient);
      for (const junk of [1e9, Number.NaN, Infinity]) {
        const spoiled = moving.map((m, i) => (w[i] === 0 ? junk : m));
        const spoiledFixed = fixed.map((f, i) => (w[i] === 0 ? junk : f));
        expect(metric.value(spoiled)).toBe(value);
        expect(build(spoiledFixed, w).value(moving)).toBe(value);
        const spoiledGradient = new Float32Array(fixed.length);
        metric.valueAndGradient(spoiled, spoiledGradient);
        expect(spoiledGradient).toEqual(gradient);
      }
      expect(gradient.every((g, i) => w[i]! > 0 || g === 0)).toBe(true);
    }
  });

  it("does not keep the caller's arrays", () => {
    const [f, w] = [fixed.slice(), weight.slice()];
    const metric = build(f, w);
    const value = metric.value(moving);
    f.fill(0);
    w.fill(1);
    expect(metric.value(moving)).toBe(value);
  });

  it("says NaN for a moving image with NaN, and is well again after it", () => {
    const metric = build(fixed);
    const value = metric.value(moving);
    const spoiled = moving.slice();
    spoiled[Math.floor(moving.length / 2)] = Number.NaN;
    expect(metric.value(spoiled)).toBeNaN();
    expect(metric.value(moving)).toBe(value);
  });

  it("refuses a fixed image without contrast and weights that do not fit", () => {
    expect(() => build(new Float32Array(fixed.length).fill(2))).toThrow(SopiError);
    expect(() => build(fixed, new Float32Array(fixed.length))).toThrow(/no contrast/);
    expect(() => build(fixed, new Float32Array(5))).toThrow(/Pixel weights/);
    expect(() =>
      build(
        fixed,
        weight.map(() => -1),
      ),
    ).toThrow(/Weight of pixel 0/);
    expect(() => build(fixed.map(() => Number.NaN))).toThrow(/Fixed image/);
  });
});

describe("small examples by hand", () => {
  it("ncc of (1, 2, 3, 6) and (2, 1, 4, 5) is 10 / sqrt(14 x 10)", () => {
    const metric = ncc(Float32Array.of(1, 2, 3, 6), 2, 2);
    expect(metric.value(Float32Array.of(2, 1, 4, 5))).toBeCloseTo(10 / Math.sqrt(140), 6);
  });

  it("a pixel of weight 2 counts as two pixels", () => {
    const twice = ncc(Float32Array.of(1, 2, 3, 3), 4, 1).value(Float32Array.of(5, 1, 2, 2));
    const weighted = ncc(Float32Array.of(1, 2, 3), 3, 1, { weight: Float32Array.of(1, 1, 2) });
    expect(weighted.value(Float32Array.of(5, 1, 2))).toBeCloseTo(twice, 6);
  });

  it("local ncc averages its windows: a window that agrees and one that opposes give 0", () => {
    const f = Float32Array.from({ length: 18 }, (_, i) => (i % 6) % 3);
    const m = f.map((v, i) => (i % 6 < 3 ? v : -v));
    const metric = localNcc(f, 6, 3, { radiusPx: 1, stridePx: 3, varianceFloor: 0 });
    expect(metric.value(m)).toBeCloseTo(0, 10);
    expect(metric.value(f)).toBeCloseTo(1, 10);
  });

  it("flat windows of the fixed image do not count", () => {
    const f = Float32Array.from({ length: 18 }, (_, i) => (i % 6 < 3 ? i % 3 : 5));
    const metric = localNcc(f, 6, 3, { radiusPx: 1, stridePx: 3 });
    const noisy = f.map((v, i) => (i % 6 < 3 ? v : (i * 7919) % 11));
    expect(metric.value(noisy)).toBeGreaterThan(0.95);
  });
});

describe("gradient correlation in patches", () => {
  it("keeps its peak when a bright tool covers part of the fixed image", () => {
    const [w, h] = [48, 48];
    const clean = randomImage(50, w, h, 0);
    const withTool = clean.map((v, i) => (Math.abs((i % w) - Math.floor(i / w) - 6) < 2 ? v + 6 : v));
    const whole = gradientCorrelation(withTool, w, h).value(clean);
    const patches = { radiusPx: 4, energyPower: 0 };
    expect(gradientCorrelation(withTool, w, h, { patches }).value(clean)).toBeGreaterThan(whole + 0.3);
  });
});

describe("windows at the edge of a mask", () => {
  it("do not count with less than a quarter of their pixels", () => {
    const [w, h] = [10, 5];
    const f = randomImage(60, w, h);
    const opposite = f.map((v, i) => (i % w < 5 ? v : -v));
    const value = (pixelsKept: number): number => {
      const keep = f.map((_, i) => (i % w < 5 || i % w < 5 + pixelsKept / h ? 1 : 0));
      return localNcc(f, w, h, { radiusPx: 2, stridePx: 5, weight: keep, varianceFloor: 0 }).value(opposite);
    };
    expect(value(5)).toBeCloseTo(1, 9);
    expect(value(10)).toBeCloseTo(0, 9);
  });
});
