import { describe, expect, it } from "vitest";
import { SopiError } from "../errors.ts";
import { createRandom } from "../random.ts";
import { gradientDifference } from "./gradientDifference.ts";
import { binaryWeight, directionalError, pixelError, randomImage, randomWeight } from "./images.testkit.ts";
import { mutualInformation } from "./mutualInformation.ts";
import { normalisedGradientInformation } from "./normalisedGradientInformation.ts";
import { centralX, centralY, erode3, filter3, sobelX, sobelY } from "./reference.testkit.ts";
import type { Similarity } from "./similarity.ts";

const [width, height] = [27, 25];
const fixed = randomImage(1, width, height);
const moving = randomImage(2, width, height).map((m, i) => 0.5 * m + fixed[i]!);
const ones = new Float32Array(width * height).fill(1);
const weight = randomWeight(3, width, height);

type Reference = (f: ArrayLike<number>, m: ArrayLike<number>, w: ArrayLike<number>) => number;
interface Variant {
  readonly title: string;
  readonly build: (f: Float32Array, w?: Float32Array) => Similarity;
  readonly reference: Reference;
  readonly symmetric: boolean;
  readonly gainInvariant: boolean;
  readonly invertible: boolean;
  /** Value of two equal images; undefined where it depends on the image. */
  readonly atIdentity: number | undefined;
  /** Value of a flat moving image, when it does not depend on the fixed one. */
  readonly flat: number | undefined;
}

const withWeight = (w?: Float32Array): { weight?: Float32Array } => (w ? { weight: w } : {});

const referenceDifference =
  (kernels: number[][], scale?: number): Reference =>
  (f, m, w) => {
    const eroded = erode3(w, width, height);
    const total = eroded.reduce((a, b) => a + b);
    const fs = kernels.map((k) => filter3(f, width, height, k));
    const ms = kernels.map((k) => filter3(m, width, height, k));
    const energy = (images: Float64Array[]): number =>
      images.reduce((s, image) => s + image.reduce((t, v, i) => t + eroded[i]! * v * v, 0), 0);
    const s = scale ?? Math.sqrt(energy(fs) / energy(ms));
    let sum = 0;
    fs.forEach((df, k) => {
      const mean = df.reduce((t, v, i) => t + eroded[i]! * v, 0) / total;
      const variance = df.reduce((t, v, i) => t + eroded[i]! * (v - mean) ** 2, 0) / total;
      df.forEach((v, i) => (sum += (eroded[i]! * variance) / (variance + (v - s * ms[k]![i]!) ** 2)));
    });
    return sum / (2 * total);
  };

const referenceInformation: Reference = (f, m, w) => {
  const eroded = erode3(w, width, height);
  const [gx, gy] = [sobelX, sobelY].map((k) => filter3(f, width, height, k));
  const [hx, hy] = [sobelX, sobelY].map((k) => filter3(m, width, height, k));
  const length = (x: Float64Array, y: Float64Array): Float64Array => x.map((v, i) => Math.hypot(v, y[i]!));
  const sum = (v: Float64Array): number => v.reduce((s, l, i) => s + eroded[i]! * l, 0);
  const fixedLength = length(gx!, gy!);
  const s = sum(fixedLength) / sum(length(hx!, hy!));
  const movingLength = length(hx!, hy!).map((l) => s * l);
  let information = 0;
  fixedLength.forEach((a, i) => {
    const b = movingLength[i]!;
    if (eroded[i] === 0 || a * b === 0) return;
    const cosine = (s * (gx![i]! * hx![i]! + gy![i]! * hy![i]!)) / (a * b);
    information += eroded[i]! * cosine ** 2 * ((a ** -4 + b ** -4) / 2) ** -0.25;
  });
  return information / sum(fixedLength);
};

const referenceMutual =
  (bins: number): Reference =>
  (f, m, w) => {
    const total = Array.from(w).reduce((a, b) => a + b);
    const bounded = (image: ArrayLike<number>): number[] => {
      const values = Array.from(image, (v, i) => (w[i]! > 0 ? v : 0));
      const mean = values.reduce((s, v, i) => s + w[i]! * v, 0) / total;
      const sd = Math.sqrt(values.reduce((s, v, i) => s + w[i]! * (v - mean) ** 2, 0) / total);
      return values.map((v) => (v - mean) / sd / Math.hypot(3, (v - mean) / sd));
    };
    const spline = (x: number): number => {
      const d = Math.abs(x);
      if (d < 1) return (4 - 6 * d * d + 3 * d ** 3) / 6;
      return d < 2 ? (2 - d) ** 3 / 6 : 0;
    };
    const [fu, mu] = [bounded(f), bounded(m)];
    const joint = Array.from({ length: bins }, () => new Array<number>(bins + 1).fill(0));
    fu.forEach((u, i) => {
      const row = joint[Math.min(bins - 1, Math.floor(((u + 1) / 2) * bins))]!;
      const t = 1 + ((bins - 3) / 2) * (mu[i]! + 1);
      row.forEach((_, k) => (row[k]! += (w[i]! * spline(t - k)) / total));
    });
    const ofMoving = joint[0]!.map((_, k) => joint.reduce((s, row) => s + row[k]!, 0));
    let information = 0;
    for (const row of joint) {
      const ofFixed = row.reduce((a, b) => a + b);
      row.forEach((p, k) => (information += p > 0 ? p * Math.log(p / (ofFixed * ofMoving[k]!)) : 0));
    }
    return information;
  };

const variants: Variant[] = [
  {
    title: "gradient difference",
    build: (f, w) => gradientDifference(f, width, height, withWeight(w)),
    reference: referenceDifference([sobelX, sobelY]),
    ...{ symmetric: false, gainInvariant: true, invertible: false, atIdentity: 1, flat: undefined },
  },
  {
    title: "gradient difference, central, scale 1",
    build: (f, w) => gradientDifference(f, width, height, { kernel: "central", scale: 1, ...withWeight(w) }),
    reference: referenceDifference([centralX, centralY], 1),
    ...{ symmetric: false, gainInvariant: false, invertible: false, atIdentity: 1, flat: undefined },
  },
  {
    title: "normalised gradient information",
    build: (f, w) => normalisedGradientInformation(f, width, height, withWeight(w)),
    reference: referenceInformation,
    ...{ symmetric: true, gainInvariant: true, invertible: true, atIdentity: 1, flat: 0 },
  },
  {
    title: "mutual information",
    build: (f, w) => mutualInformation(f, width, height, { bins: 16, ...withWeight(w) }),
    reference: referenceMutual(16),
    ...{ symmetric: false, gainInvariant: true, invertible: true, atIdentity: undefined, flat: 0 },
  },
];

describe.each(variants)("$title", (variant) => {
  const { build, reference, atIdentity } = variant;

  it("equals the plain Float64 definition, with and without weights", () => {
    expect(build(fixed).value(moving)).toBeCloseTo(reference(fixed, moving, ones), 5);
    expect(build(fixed, weight).value(moving)).toBeCloseTo(reference(fixed, moving, weight), 5);
  });

  it("returns the same value with the gradient, and leaves no state behind", () => {
    const metric = build(fixed, weight);
    const gradient = new Float32Array(fixed.length);
    const value = metric.value(moving);
    expect(metric.valueAndGradient(moving, gradient)).toBeCloseTo(value, 12);
    metric.valueAndGradient(fixed, new Float32Array(fixed.length));
    const again = new Float32Array(fixed.length).fill(7);
    metric.valueAndGradient(moving, again);
    expect(again).toEqual(gradient);
  });

  it("has the gradient that finite differences give", () => {
    for (const w of [undefined, weight]) {
      const metric = build(fixed, w);
      expect(pixelError(metric, moving, 1e-3)).toBeLessThan(4e-3);
      for (const seed of [5, 6, 7]) expect(directionalError(metric, moving, seed, 2e-4)).toBeLessThan(4e-3);
    }
  });

  it("is greatest for equal images", () => {
    const metric = build(fixed, weight);
    const best = metric.value(fixed);
    if (atIdentity !== undefined) expect(best).toBeCloseTo(atIdentity, 5);
    expect(metric.value(moving)).toBeLessThan(best - 0.05);
    for (let seed = 20; seed < 25; seed++) {
      const random = createRandom(seed);
      expect(metric.value(fixed.map((f) => f + 0.03 * random.normal()))).toBeLessThan(best);
    }
    const shifted = fixed.map((_, i) => fixed[(i + 1) % fixed.length]!);
    expect(metric.value(shifted)).toBeLessThan(best);
  });

  it("does not change with offset, nor with gain where promised", () => {
    const metric = build(fixed, weight);
    const value = metric.value(moving);
    expect(metric.value(moving.map((m) => m + 3))).toBeCloseTo(value, 4);
    const stretched = metric.value(moving.map((m) => 40 * m + 7));
    if (variant.gainInvariant) expect(stretched).toBeCloseTo(value, 3);
    else expect(Math.abs(stretched - value)).toBeGreaterThan(0.05);
    if (variant.invertible) expect(metric.value(moving.map((m) => -m))).toBeCloseTo(value, 4);
  });

  it("has a defined value and no gradient for a flat moving image", () => {
    const metric = build(fixed, weight);
    const gradient = new Float32Array(fixed.length).fill(5);
    const value = metric.valueAndGradient(new Float32Array(fixed.length).fill(2), gradient);
    expect(value).toBe(metric.value(new Float32Array(fixed.length)));
    if (variant.flat !== undefined) expect(value).toBe(variant.flat);
    expect(value).toBeLessThan(metric.value(fixed));
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it.runIf(variant.symmetric)("is symmetric in the two images", () => {
    expect(build(moving, weight).value(fixed)).toBeCloseTo(build(fixed, weight).value(moving), 6);
  });

  it("never reads pixels of weight 0, not even NaN or infinities", () => {
    for (const w of [weight, binaryWeight(weight)]) {
      const metric = build(fixed, w);
      const gradient = new Float32Array(fixed.length);
      const value = metric.valueAndGradient(moving, gradient);
      for (const junk of [1e9, Number.NaN, Infinity]) {
        const spoiled = moving.map((m, i) => (w[i] === 0 ? junk : m));
        const spoiledFixed = fixed.map((f, i) => (w[i] === 0 ? junk : f));
        const spoiledGradient = new Float32Array(fixed.length);
        expect(metric.valueAndGradient(spoiled, spoiledGradient)).toBe(value);
        expect(spoiledGradient).toEqual(gradient);
        expect(build(spoiledFixed, w).valueAndGradient(moving, spoiledGradient)).toBe(value);
      }
      expect(gradient.every((g, i) => w[i]! > 0 || g === 0)).toBe(true);
    }
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
  });
});

describe("small examples by hand", () => {
  // Central differences of a 3 x 3 image count at its one inner pixel only.
  const ramp = (x: number, y: number): Float32Array =>
    Float32Array.from({ length: 9 }, (_, i) => x * (i % 3) + y * Math.floor(i / 3));

  it("gradient information of equally long gradients at angle a is cos^2 a", () => {
    const metric = normalisedGradientInformation(ramp(1, 0), 3, 3);
    expect(metric.value(ramp(Math.cos(0.5), Math.sin(0.5)))).toBeCloseTo(Math.cos(0.5) ** 2, 6);
    expect(metric.value(ramp(0, 4))).toBeCloseTo(0, 12);
    expect(metric.value(ramp(-3, 0))).toBeCloseTo(1, 6);
  });

  it("gradient difference with scale 1 is the mean of A / (A + d^2)", () => {
    // One row of x derivatives 1 and 3, A = 1; y derivatives 2 and 0, A = 1 (a 4 x 3 image has two inner pixels).
    const f = Float32Array.of(0, 0, 0, 0, 0, 5, 2, 11, 0, 4, 0, 0);
    const metric = gradientDifference(f, 4, 3, { kernel: "central", scale: 1 });
    const m = f.map((v, i) => (i === 6 ? v + 2 : v));
    // Only pixel (1, 1) sees the change, and only in x: d = 1.
    expect(metric.value(m)).toBeCloseTo((1 / 2 + 1 + 1 + 1) / 4, 6);
  });

  it("mutual information of independent images is near 0, of equal images near the entropy", () => {
    const random = createRandom(5);
    const [a, b] = [0, 1].map(() => Float32Array.from({ length: 128 * 128 }, () => random.normal()));
    const metric = mutualInformation(a!, 128, 128, { bins: 16 });
    expect(metric.value(b!)).toBeLessThan(0.02);
    expect(metric.value(a!)).toBeGreaterThan(1);
  });
});
