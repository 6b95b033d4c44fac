import { describe, expect, it } from "vitest";
import { type Camera, binCamera, projectPoint } from "../geometry/camera.ts";
import { identity4 } from "../geometry/mat4.ts";
import { createRandom } from "../random.ts";
import { binRadiograph, downsampleVolume, radiographPyramid, volumePyramid } from "./pyramid.ts";
import type { Radiograph } from "./radiograph.ts";
import { type Volume, volumeCornersMm } from "./volume.ts";
import { obliqueAffine, ramp, volumeOf, worstError } from "./volumes.testkit.ts";

describe("downsampleVolume", () => {
  const volume = volumeOf([16, 12, 8], obliqueAffine, ramp);

  it.each([2, 3, 4, [4, 2, 1] as const])("box by %s keeps a world ramp in every complete block", (factor) => {
    const f = typeof factor === "number" ? [factor, factor, factor] : factor;
    const coarse = downsampleVolume(volume, factor);
    const complete = (index: readonly number[]): boolean =>
      index.every((n, a) => (n + 1) * f[a]! <= volume.size[a]!);
    expect(worstError(coarse, ramp, complete)).toBeLessThan(1e-4);
  });

  it("gaussian by 2 keeps a world ramp away from the border", () => {
    const coarse = downsampleVolume(volume, 2, { kernel: "gaussian" });
    const inner = (index: readonly number[]): boolean =>
      index.every((n, a) => n >= 2 && n < coarse.size[a]! - 2);
    expect(worstError(coarse, ramp, (i) => inner([i[0], i[1], 2]) && i[2] === 2)).toBeLessThan(1e-3);
  });

  it("complete blocks cover the same box of space", () => {
    const corners = volumeCornersMm(downsampleVolume(volume, 4));
    volumeCornersMm(volume).forEach((corner, i) =>
      corner.forEach((value, axis) => expect(corners[i]![axis]).toBeCloseTo(value, 9)),
    );
  });

  it("the integral of attenuation is kept, for sizes that do not divide too", () => {
    const random = createRandom(3);
    const odd: Volume = {
      data: Float32Array.from({ length: 7 * 5 * 9 }, () => random.next()),
      size: [7, 5, 9],
      worldFromVoxel: identity4,
      quantity: "attenuation",
    };
    const sum = (data: ArrayLike<number>): number => Array.from(data).reduce((a, b) => a + b, 0);
    const coarse = downsampleVolume(odd, 4);
    expect(coarse.size).toEqual([2, 2, 3]);
    expect(sum(coarse.data) * 64).toBeCloseTo(sum(odd.data), 3);
  });

  it("blocks of HU that reach beyond the volume are filled with air", () => {
    const hu: Volume = {
      data: Int16Array.of(100, 100, 100),
      size: [3, 1, 1],
      worldFromVoxel: identity4,
      quantity: "hu",
    };
    expect([...downsampleVolume(hu, [2, 1, 1]).data]).toEqual([100, -450]);
  });

  it("labels take the most frequent label, never a mean", () => {
    const labels: Volume = {
      data: Uint8Array.of(5, 5, 9, 0, 27, 27, 27, 31),
      size: [8, 1, 1],
      worldFromVoxel: identity4,
      quantity: "label",
    };
    expect([...downsampleVolume(labels, [4, 1, 1]).data]).toEqual([5, 27]);
    expect([...downsampleVolume(labels, [2, 1, 1]).data]).toEqual([5, 9, 27, 27]);
  });

  it("a pyramid lists its levels in the order asked for, 1 being the volume itself", () => {
    const [coarse, same] = volumePyramid(volume, [4, 1]);
    expect(coarse!.size).toEqual([4, 3, 2]);
    expect(same).toBe(volume);
    expect(() => downsampleVolume(volume, 1.5)).toThrow(/Down-sampling factor/);
  });
});

describe("binRadiograph", () => {
  const camera: Camera = {
    width: 21,
    height: 14,
    sourceToDetectorMm: 1000,
    pixelSpacingMm: [0.5, 0.7],
    principalPointPx: [9.2, 6.1],
  };
  /** An image linear on the detector plane in mm. */
  const onDetector = (c: Camera): Float32Array =>
    Float32Array.from({ length: c.width * c.height }, (_, p) => {
      const [u, v] = [p % c.width, Math.floor(p / c.width)];
      const x = (u - c.principalPointPx[0]) * c.pixelSpacingMm[0];
      const y = (v - c.principalPointPx[1]) * c.pixelSpacingMm[1];
      return 2 + 0.3 * x - 0.2 * y;
    });
  const radiograph: Radiograph = {
    data: onDetector(camera),
    width: 21,
    height: 14,
    kind: "line-integral",
    pixelSpacingMm: [0.5, 0.7],
  };

  it.each([1, 2, 3, 4])("by %i is the same image on binCamera's detector", (factor) => {
    const level = radiographPyramid(radiograph, camera, [factor])[0]!;
    expect(level.camera).toEqual(factor === 1 ? camera : binCamera(camera, factor));
    expect([level.radiograph.width, level.radiograph.height]).toEqual([
      level.camera.width,
      level.camera.height,
    ]);
    const expected = onDetector(level.camera);
    level.radiograph.data.forEach((value, p) => expect(value).toBeCloseTo(expected[p]!, 4));
    expect(level.radiograph.pixelSpacingMm![0]).toBeCloseTo(0.5 * factor, 12);
  });

  it("a world point falls on the binned pixel that covers its full-resolution pixel", () => {
    const [u, v] = projectPoint(camera, identity4, [1.3, -0.4, 700]);
    const [bu, bv] = projectPoint(binCamera(camera, 3), identity4, [1.3, -0.4, 700]);
    expect(3 * bu + 1).toBeCloseTo(u, 9);
    expect(3 * bv + 1).toBeCloseTo(v, 9);
  });

  it("refuses a factor larger than the image", () => {
    expect(() => binRadiograph(radiograph, 15)).toThrow(/Binning factor; got 15; expected at most 14/);
  });
});
