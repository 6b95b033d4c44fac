import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraMatrix, projectPoint } from "./camera.ts";
import { cameraFromPose } from "./carm.ts";
import { rigidMotion } from "./matrices.testkit.ts";
import { zeroPose } from "./pose.ts";
import {
  dltFromProjection,
  factorProjection,
  projectWithMatrix,
  projectionFromDlt,
  projectionMatrix,
  viewFromProjection,
} from "./projectionMatrix.ts";
import { expectClose, number, oddCamera as camera, pointsBefore } from "./views.testkit.ts";

const runs = { seed: 11, numRuns: 150 };

describe("projection matrices", () => {
  test("project like the camera they are made of, and give it back", () => {
    fc.assert(
      fc.property(rigidMotion, number(-4, 4), (cameraFromWorld, exponent) => {
        const view = { camera, cameraFromWorld };
        const p = projectionMatrix(view);
        for (const point of pointsBefore(cameraFromWorld)) {
          expectClose(projectWithMatrix(p, point), projectPoint(camera, cameraFromWorld, point));
        }
        const anyScale = p.map((value) => -value * 10 ** exponent);
        const { k, cameraFromWorld: found } = factorProjection(anyScale);
        k.forEach((value, i) => expect(value).toBeCloseTo(cameraMatrix(camera)[i]!, 6));
        found.forEach((value, i) => expect(Math.abs(value - cameraFromWorld[i]!)).toBeLessThan(1e-7));
        const back = viewFromProjection(anyScale, { width: 320, height: 256, sourceToDetectorMm: 1011.7 });
        expect(back.camera.pixelSpacingMm[1]).toBeCloseTo(0.75, 8);
      }),
      runs,
    );
  });

  test("survive the eleven parameters of the direct linear transformation", () => {
    const p = projectionMatrix({
      camera,
      cameraFromWorld: cameraFromPose(zeroPose, {
        view: "AP",
        centreMm: [9, 8, 7],
        sourceToIsocentreMm: 700,
      }),
    });
    const dlt = dltFromProjection(p);
    expect(dlt).toHaveLength(11);
    const [x, y, z] = [12, -30, 44];
    const denominator = dlt[8]! * x + dlt[9]! * y + dlt[10]! * z + 1;
    const u = (dlt[0]! * x + dlt[1]! * y + dlt[2]! * z + dlt[3]!) / denominator;
    expect(u).toBeCloseTo(projectWithMatrix(p, [x, y, z])[0], 8);
    const ratio = projectionFromDlt(dlt).map((value, i) => value / p[i]!);
    for (const value of ratio.filter(Number.isFinite)) expect(value).toBeCloseTo(1 / p[11]!, 12);
  });

  test("with skew, of mirrored pictures, and without a centre are refused", () => {
    const p = projectionMatrix({
      camera,
      cameraFromWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 700, 0, 0, 0, 1],
    });
    const options = { width: 320, height: 256, sourceToDetectorMm: 1011.7, inFrontMm: [0, 0, 0] as const };
    const skewed = p.map((value, i) => value + (i < 4 ? 0.01 * p[4 + i]! : 0));
    expect(() => viewFromProjection(skewed, options)).toThrow(/skew that moves pixels by up to 1\.\d\d px/);
    const slightly = p.map((value, i) => value + (i < 4 ? 1e-6 * p[4 + i]! : 0));
    expect(viewFromProjection(slightly, options).camera.principalPointPx[1]).toBeCloseTo(131, 6);
    const mirrored = p.map((value, i) => (i < 4 ? 319 * p[8 + i]! - value : value));
    expect(() => viewFromProjection(mirrored, options)).toThrow(/the picture is mirrored/i);
    expect(() => factorProjection(new Array(12).fill(1))).toThrow(/singular/);
    expect(() => factorProjection([1, 2])).toThrow(/2 entries/);
    expect(() => projectionFromDlt([1])).toThrow(/11 finite numbers/);
    const throughOrigin = projectionMatrix({
      camera,
      cameraFromWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    });
    expect(() => dltFromProjection(throughOrigin)).toThrow(/plane of the source/);
  });
});
