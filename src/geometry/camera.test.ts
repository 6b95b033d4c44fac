import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Camera,
  binCamera,
  cameraFromMatrix,
  cameraMatrix,
  detectorCentre,
  projectPoint,
} from "./camera.ts";
import { transform3 } from "./mat3.ts";
import { transformPoint } from "./mat4.ts";
import { apart, rigidMotion } from "./matrices.testkit.ts";
import { isocentreRatio, presetGeometry, presetNames } from "./presets.ts";

const positive = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const camera: fc.Arbitrary<Camera> = fc
  .tuple(positive(600, 1500), positive(0.1, 2), positive(0.1, 2), positive(-50, 300), positive(-50, 300))
  .map(([sdd, du, dv, cu, cv]) => ({
    width: 256,
    height: 200,
    sourceToDetectorMm: sdd,
    pixelSpacingMm: [du, dv] as const,
    principalPointPx: [cu, cv] as const,
  }));
const point = fc.tuple(positive(-200, 200), positive(-200, 200), positive(100, 1000));
const runs = { seed: 8, numRuns: 200 };

describe("camera", () => {
  it("[u, v, 1] ~ K (R X + t)", () => {
    fc.assert(
      fc.property(camera, rigidMotion, point, (c, m, p) => {
        const inCamera = transformPoint(m, p);
        const [x, y, w] = transform3(cameraMatrix(c), inCamera);
        const [u, v] = projectPoint(c, m, p);
        if (inCamera[2] <= 0) expect([u, v]).toEqual([Number.NaN, Number.NaN]);
        else {
          expect(Math.abs(u - x / w)).toBeLessThan(1e-9 * (1 + Math.abs(u)));
          expect(Math.abs(v - y / w)).toBeLessThan(1e-9 * (1 + Math.abs(v)));
        }
      }),
      runs,
    );
  });

  it("a point of the detector plane falls on the pixel at its millimetres", () => {
    const c: Camera = {
      width: 10,
      height: 8,
      sourceToDetectorMm: 1000,
      pixelSpacingMm: [0.5, 2],
      principalPointPx: [4.5, 3.5],
    };
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    expect(projectPoint(c, identity, [0, 0, 1000])).toEqual([4.5, 3.5]);
    expect(projectPoint(c, identity, [-2.25, -7, 1000])).toEqual([0, 0]);
    expect(projectPoint(c, identity, [0.5, 2, 500])).toEqual([6.5, 5.5]);
    expect(detectorCentre(256, 255)).toEqual([127.5, 127]);
  });

  it("K and back, for any source-to-detector distance and scale of K", () => {
    fc.assert(
      fc.property(camera, positive(500, 2000), positive(0.5, 3), (c, sdd, factor) => {
        const k = cameraMatrix(c);
        const back = cameraFromMatrix(
          k.map((value) => value * factor),
          c.width,
          c.height,
          sdd,
        );
        expect(apart(cameraMatrix(back), k)).toBeLessThan(1e-8);
        expect(back.sourceToDetectorMm).toBe(sdd);
      }),
      runs,
    );
  });

  it("K with skew, mirrored or without focal length is refused", () => {
    const sdd = 1000;
    expect(() => cameraFromMatrix([1000, 1, 0, 0, 1000, 0, 0, 0, 1], 4, 4, sdd)).toThrow(/skew 1/);
    expect(() => cameraFromMatrix([-1000, 0, 0, 0, 1000, 0, 0, 0, 1], 4, 4, sdd)).toThrow(
      /focal lengths -1000, 1000/,
    );
    expect(() => cameraFromMatrix([0, 0, 0, 0, 0, 0, 0, 0, 0], 4, 4, sdd)).toThrow(/Camera matrix K/);
  });

  it("binning: pixel centres of blocks stay on their rays, twice is once by the product", () => {
    fc.assert(
      fc.property(camera, rigidMotion, point, fc.constantFrom(2, 3, 4), (c, m, p, factor) => {
        const [u, v] = projectPoint(c, m, p);
        fc.pre(Number.isFinite(u) && Math.abs(u) < 1e5 && Math.abs(v) < 1e5);
        const [bu, bv] = projectPoint(binCamera(c, factor), m, p);
        expect(factor * bu + (factor - 1) / 2).toBeCloseTo(u, 6);
        expect(factor * bv + (factor - 1) / 2).toBeCloseTo(v, 6);
        const twice = binCamera(binCamera(c, 2), factor);
        const once = binCamera(c, 2 * factor);
        expect(
          apart(
            [...twice.principalPointPx, ...twice.pixelSpacingMm],
            [...once.principalPointPx, ...once.pixelSpacingMm],
          ),
        ).toBeLessThan(1e-9);
      }),
      runs,
    );
    expect(binCamera(presetGeometry("perlove-plx118f").camera, 2)).toMatchObject({
      width: 128,
      principalPointPx: [63.5, 63.5],
    });
  });
});

describe("presets", () => {
  it("the paper's C-arm, section 3.1", () => {
    const { camera: c, sourceToIsocentreMm, view } = presetGeometry("perlove-plx118f");
    expect(c.sourceToDetectorMm).toBe(1011.7);
    expect(c.pixelSpacingMm[0]).toBeCloseTo((0.19959 * 1024) / 256, 9);
    expect(c.principalPointPx).toEqual(detectorCentre(c.width, c.height));
    expect([sourceToIsocentreMm, view]).toEqual([700, "AP"]);
    expect(isocentreRatio * 1011.7).toBeCloseTo(700, 9);
  });

  it("an unknown name lists the known ones", () => {
    expect(() => presetGeometry("toString")).toThrow(
      new RegExp(`"toString"; expected one of ${presetNames.join(", ")}`),
    );
  });
});
