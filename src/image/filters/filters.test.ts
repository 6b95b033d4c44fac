import { describe, expect, it } from "vitest";
import { identity4 } from "../../geometry/mat4.ts";
import { createRandom } from "../../random.ts";
import { boxBlur, boxKernel } from "./box.ts";
import { type Border, borderIndex, correlateSeparable } from "./convolve.ts";
import { gaussianBlur, gaussianBlurVolume, gaussianKernel } from "./gaussian.ts";
import { centralDifference, gradientMagnitude, sobel } from "./gradient.ts";
import { laplacianKernels, laplacianOfGaussian } from "./laplacianOfGaussian.ts";
import { highPass } from "./highPass.ts";
import { medianFilter } from "./median.ts";

const [width, height] = [23, 17];
const random = createRandom(5);
const noise = Float32Array.from({ length: width * height }, () => random.normal());
const imageOf = (value: (u: number, v: number) => number, w = width, h = height): Float32Array =>
  Float32Array.from({ length: w * h }, (_, p) => value(p % w, Math.floor(p / w)));
const borders: Border[] = ["replicate", "mirror", "zero"];

/** The definition, straight. */
function correlateReference(
  image: Float32Array,
  kx: Float64Array,
  ky: Float64Array,
  border: Border,
): Float32Array {
  const [rx, ry] = [kx.length >> 1, ky.length >> 1];
  return imageOf((u, v) => {
    let sum = 0;
    for (let b = -ry; b <= ry; b++) {
      for (let a = -rx; a <= rx; a++) {
        const [column, row] = [borderIndex(u + a, width, border), borderIndex(v + b, height, border)];
        if (column >= 0 && row >= 0) sum += kx[a + rx]! * ky[b + ry]! * image[row * width + column]!;
      }
    }
    return sum;
  });
}

function worst(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const interiorWorst = (a: Float32Array, b: Float32Array, margin: number): number =>
  a.reduce((most, value, p) => {
    const [u, v] = [p % width, Math.floor(p / width)];
    const inside = u >= margin && u < width - margin && v >= margin && v < height - margin;
    return inside ? Math.max(most, Math.abs(value - b[p]!)) : most;
  }, 0);

describe("correlateSeparable", () => {
  it.each(borders)("agrees with the definition, border %s, kernels longer than the image too", (border) => {
    const kx = Float64Array.from({ length: 7 }, () => random.normal());
    const ky = Float64Array.from({ length: 5 }, () => random.normal());
    const long = Float64Array.from({ length: 61 }, () => random.normal() / 10);
    expect(
      worst(
        correlateSeparable(noise, width, height, kx, ky, { border }),
        correlateReference(noise, kx, ky, border),
      ),
    ).toBeLessThan(1e-4);
    expect(
      worst(
        correlateSeparable(noise, width, height, long, long, { border }),
        correlateReference(noise, long, long, border),
      ),
    ).toBeLessThan(1e-3);
  });

  it("writes in place and allocates nothing of its own when given room", () => {
    const kernel = boxKernel(1);
    const expected = correlateSeparable(noise, width, height, kernel, kernel);
    const image = noise.slice();
    const scratch = new Float32Array(image.length);
    expect(correlateSeparable(image, width, height, kernel, kernel, { out: image, scratch })).toBe(image);
    expect(image).toEqual(expected);
    expect(() => correlateSeparable(image, width, height, kernel, kernel, { scratch: image })).toThrow(
      /scratch/,
    );
    expect(() => correlateSeparable(image, width, height + 1, kernel, kernel)).toThrow(/expected 23 x 18/);
  });
});

describe("Gaussian", () => {
  it("kernel: sum 1, variance sigma^2, identity at 0", () => {
    for (const sigma of [0.8, 1.5, 4]) {
      const kernel = gaussianKernel(sigma, 6);
      const r = kernel.length >> 1;
      expect(kernel.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(kernel.reduce((sum, g, i) => sum + g * (i - r) ** 2, 0)).toBeCloseTo(sigma * sigma, 3);
    }
    expect([...gaussianKernel(0)]).toEqual([1]);
    expect(() => gaussianKernel(-1)).toThrow(/Gaussian sigma; got -1/);
  });

  it("two blurs are one of the root of the summed variances", () => {
    const [w, h] = [41, 41];
    const dot = imageOf((u, v) => (u === 20 && v === 20 ? 1 : 0), w, h);
    const twice = gaussianBlur(gaussianBlur(dot, w, h, 2), w, h, 1.5);
    expect(worst(twice, gaussianBlur(dot, w, h, 2.5))).toBeLessThan(1e-4);
  });

  it("volume: sigma is in mm along every axis", () => {
    const n = 45;
    const data = new Float32Array(n * n * n);
    const middle = (n >> 1) * (1 + n + n * n);
    data[middle] = 1;
    const worldFromVoxel = identity4.map((value, i) => (i === 5 ? 0.5 : i === 10 ? 2 : value));
    const blurred = gaussianBlurVolume(
      { data, size: [n, n, n], worldFromVoxel, quantity: "unknown" },
      1.5,
    ).data;
    expect(Array.from(blurred).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
    const spread = (stride: number, spacing: number): number => {
      let [sum, square] = [0, 0];
      for (let i = -22; i <= 22; i++) {
        sum += blurred[middle + i * stride]!;
        square += blurred[middle + i * stride]! * (i * spacing) ** 2;
      }
      return Math.sqrt(square / sum);
    };
    expect(spread(1, 1)).toBeCloseTo(1.5, 1);
    expect(spread(n, 0.5)).toBeCloseTo(1.5, 1);
    expect(spread(n * n, 2)).toBeCloseTo(1.5, 1);
  });
});

describe("box", () => {
  it.each([0, 1, 2, 3, 6])("radius %i agrees with the definition at every border", (radius) => {
    for (const border of borders) {
      const expected = correlateReference(noise, boxKernel(radius), boxKernel(radius), border);
      expect(worst(boxBlur(noise, width, height, radius, { border }), expected)).toBeLessThan(1e-5);
    }
  });
});

describe("derivatives", () => {
  const ramp = imageOf((u, v) => 3 * u - 2 * v + 1);

  it.each([
    ["central differences", centralDifference],
    ["Sobel", sobel],
  ])("%s give the slopes of a ramp", (_, derivative) => {
    const { x, y } = derivative(ramp, width, height);
    expect(
      interiorWorst(
        x,
        imageOf(() => 3),
        1,
      ),
    ).toBeLessThan(1e-5);
    expect(
      interiorWorst(
        y,
        imageOf(() => -2),
        1,
      ),
    ).toBeLessThan(1e-5);
    const length = gradientMagnitude({ x, y });
    expect(
      interiorWorst(
        length,
        imageOf(() => Math.hypot(3, 2)),
        1,
      ),
    ).toBeLessThan(1e-5);
  });

  it("Sobel is the textbook kernel over 8", () => {
    const dot = imageOf((u, v) => (u === 10 && v === 8 ? 8 : 0));
    const { x } = sobel(dot, width, height);
    const around = [-1, 0, 1].map((b) => [-1, 0, 1].map((a) => x[(8 + b) * width + 10 + a]! + 0));
    expect(around).toEqual([
      [1, 0, -1],
      [2, 0, -2],
      [1, 0, -1],
    ]);
  });

  it("Laplacian of Gaussian: 0 on ramps, exact on parabolas, negative on a bright dot", () => {
    const [w, h] = [41, 37];
    const parabola = imageOf((u, v) => 0.5 * (u - 20) ** 2 - 0.2 * (v - 18) ** 2 + 3 * u, w, h);
    const log = laplacianOfGaussian(parabola, w, h, 1.5);
    expect(log[18 * w + 20]).toBeCloseTo(1 - 0.4, 3);
    const { second } = laplacianKernels(2);
    expect(second.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
    const dot = imageOf((u, v) => (u === 20 && v === 18 ? 1 : 0), w, h);
    expect(laplacianOfGaussian(dot, w, h, 2)[18 * w + 20]).toBeCloseTo(-2 / (2 * Math.PI * 2 ** 4), 3);
    expect(() => laplacianKernels(0)).toThrow(/sigma; got 0/);
  });

  it("Laplacian of Gaussian agrees with the Laplacian of a Gaussian blur", () => {
    const [w, h] = [48, 40];
    const smooth = gaussianBlur(
      imageOf(() => random.normal(), w, h),
      w,
      h,
      3,
    );
    const log = laplacianOfGaussian(smooth, w, h, 2);
    const blurred = gaussianBlur(smooth, w, h, 2);
    const p = 20 * w + 24;
    const laplacian = blurred[p - 1]! + blurred[p + 1]! + blurred[p - w]! + blurred[p + w]! - 4 * blurred[p]!;
    expect(log[p]!).toBeCloseTo(laplacian, 3);
  });
});

describe("median", () => {
  it.each([1, 2])("radius %i agrees with sorting", (radius) => {
    const filtered = medianFilter(noise, width, height, radius);
    const expected = imageOf((u, v) => {
      const values: number[] = [];
      for (let b = v - radius; b <= v + radius; b++) {
        for (let a = u - radius; a <= u + radius; a++) {
          values.push(
            noise[borderIndex(b, height, "replicate") * width + borderIndex(a, width, "replicate")]!,
          );
        }
      }
      return values.sort((a, b) => a - b)[values.length >> 1]!;
    });
    expect(filtered).toEqual(expected);
  });

  it("removes an impulse and keeps an edge", () => {
    const edge = imageOf((u) => (u < 11 ? 0 : 5));
    const dirty = edge.slice();
    dirty[5 * width + 5] = 1e6;
    expect(medianFilter(dirty, width, height)).toEqual(edge);
    expect(() => medianFilter(edge, width, height, 1, { out: edge })).toThrow(/out/);
  });
});

describe("high pass", () => {
  it("takes a ramp out away from the border and leaves a point nearly as it is", () => {
    const ramp = imageOf((u, v) => 3 * u - 2 * v, 41, 41);
    const flat = highPass(ramp, undefined, 41, 41, 4);
    expect(flat[20 * 41 + 20]).toBeCloseTo(0, 4);
    const point = imageOf((u, v) => (u === 20 && v === 20 ? 1 : 0), 41, 41);
    expect(highPass(point, undefined, 41, 41, 4)[20 * 41 + 20]).toBeGreaterThan(0.97);
  });

  it("never lets pixels without weight in, and is zero there", () => {
    const weight = imageOf((u) => (u > 5 ? 1 : 0));
    const clean = highPass(noise, weight, width, height, 3);
    const dirty = highPass(
      noise.map((value, p) => (weight[p]! > 0 ? value : 1e6)),
      weight,
      width,
      height,
      3,
    );
    expect(dirty).toEqual(clean);
    expect(clean.filter((_, p) => weight[p] === 0).every((value) => value === 0)).toBe(true);
  });
});
