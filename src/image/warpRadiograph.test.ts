import { describe, expect, it } from "vitest";
import { type Camera, binCamera, cameraMatrix } from "../geometry/camera.ts";
import { invert3, multiply3, transform3 } from "../geometry/mat3.ts";
import { binRadiograph } from "./pyramid.ts";
import type { Radiograph } from "./radiograph.ts";
import { warpRadiograph } from "./warpRadiograph.ts";

const from: Camera = {
  width: 64,
  height: 48,
  sourceToDetectorMm: 1000,
  pixelSpacingMm: [0.8, 0.9],
  principalPointPx: [30, 25.5],
};

/** An image that depends only on the direction of a pixel's ray. */
function onRays(camera: Camera): Float32Array {
  const inverse = invert3(cameraMatrix(camera));
  return Float32Array.from({ length: camera.width * camera.height }, (_, p) => {
    const [x, y] = transform3(inverse, [p % camera.width, Math.floor(p / camera.width), 1]);
    return 1 + 40 * x - 25 * y;
  });
}

const source: Radiograph = { data: onRays(from), width: 64, height: 48, kind: "line-integral" };

describe("warpRadiograph", () => {
  it.each<[string, Camera]>([
    [
      "a finer, shifted detector",
      { ...from, width: 80, height: 70, pixelSpacingMm: [0.5, 0.4], principalPointPx: [33, 41] },
    ],
    [
      "a coarser, farther detector",
      { ...from, width: 40, height: 30, sourceToDetectorMm: 1300, pixelSpacingMm: [2, 2.2] },
    ],
  ])("keeps every ray's value on %s", (_, to) => {
    const { radiograph, valid } = warpRadiograph(source, from, to);
    const expected = onRays(to);
    const homography = multiply3(cameraMatrix(from), invert3(cameraMatrix(to)));
    let interior = 0;
    for (let p = 0; p < expected.length; p++) {
      const [u, v] = transform3(homography, [p % to.width, Math.floor(p / to.width), 1]);
      const inside = u >= -0.5 && u <= 63.5 && v >= -0.5 && v <= 47.5;
      expect(valid[p]).toBe(inside ? 1 : 0);
      if (!inside) expect(radiograph.data[p]).toBe(0);
      if (u > 2 && u < 61 && v > 2 && v < 45) {
        interior++;
        expect(Math.abs(radiograph.data[p]! - expected[p]!)).toBeLessThan(2e-5);
      }
    }
    expect(interior).toBeGreaterThan(100);
  });

  it("to the binned camera is binning, and to itself changes nothing", () => {
    const binned = warpRadiograph(source, from, binCamera(from, 2)).radiograph;
    const expected = binRadiograph(source, 2);
    binned.data.forEach((value, p) => expect(value).toBeCloseTo(expected.data[p]!, 4));
    expect(warpRadiograph(source, from, from).radiograph.data).toEqual(source.data);
  });

  it("refuses an image that is not the camera's", () => {
    expect(() => warpRadiograph(source, { ...from, width: 63 }, from)).toThrow(
      /64 x 48 pixels; expected 63 x 48/,
    );
  });
});
