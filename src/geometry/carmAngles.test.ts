import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectPoint } from "./camera.ts";
import { cameraFromPose } from "./carm.ts";
import {
  type CarmAngles,
  beamOfAngles,
  cameraFromCarmAngles,
  carmAnglesFromCamera,
  formatCarmAngles,
  parseCarmAngles,
} from "./carmAngles.ts";
import type { Mat4 } from "./mat4.ts";
import { rigidMotion } from "./matrices.testkit.ts";
import { zeroPose } from "./pose.ts";
import { type Vec3, add } from "./vec3.ts";
import { expectClose, number, oddCamera as camera } from "./views.testkit.ts";

const runs = { seed: 11, numRuns: 150 };

describe("C-arm angles", () => {
  const stand = { isocentreMm: [10, -20, 30] as const, sourceToIsocentreMm: 720 };
  const camOf = (primaryDeg: number, secondaryDeg: number, rollDeg = 0): Mat4 =>
    cameraFromCarmAngles({ primaryDeg, secondaryDeg, rollDeg }, stand);
  const detectorOf = (m: Mat4): Vec3 => [m[8]!, m[9]!, m[10]!];

  test("put the detector where their names say", () => {
    const near = (a: Vec3, b: Vec3): void => a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 12));
    near(detectorOf(camOf(0, 0)), [0, -1, 0]);
    near(detectorOf(camOf(90, 0)), [1, 0, 0]);
    near(detectorOf(camOf(-90, 0)), [-1, 0, 0]);
    near(detectorOf(camOf(0, 90)), [0, 0, 1]);
    near(detectorOf(camOf(30, 20)), beamOfAngles(30, 20));
  });

  test("keep the head up, and at zero are the view from behind", () => {
    const reference = cameraFromPose(zeroPose, {
      view: "PA",
      centreMm: stand.isocentreMm,
      sourceToIsocentreMm: 720,
    });
    camOf(0, 0).forEach((value, i) => expect(value).toBeCloseTo(reference[i]!, 12));
    for (const [primary, secondary] of [
      [0, 0],
      [40, 25],
      [-120, -30],
    ]) {
      const m = camOf(primary!, secondary!);
      const iso = projectPoint(camera, m, stand.isocentreMm);
      expectClose(iso, camera.principalPointPx, 9);
      const above = projectPoint(camera, m, add(stand.isocentreMm, [0, 0, 10]));
      expect(above[1]).toBeLessThan(iso[1]);
      expect(above[0]).toBeCloseTo(iso[0], 9);
    }
  });

  test("come back from the camera with the isocentre", () => {
    fc.assert(
      fc.property(
        number(-179.9, 180),
        number(-89.9, 89.9),
        number(-179.9, 180),
        (primaryDeg, secondaryDeg, rollDeg) => {
          const given: CarmAngles = { primaryDeg, secondaryDeg, rollDeg };
          const { angles, stand: found } = carmAnglesFromCamera(cameraFromCarmAngles(given, stand), 720);
          const again = cameraFromCarmAngles(angles, found);
          const m = cameraFromCarmAngles(given, stand);
          again.forEach((value, i) => expect(Math.abs(value - m[i]!)).toBeLessThan(1e-9));
          expect(angles.secondaryDeg).toBeCloseTo(secondaryDeg, 7);
          found.isocentreMm.forEach((value, i) => expect(value).toBeCloseTo(stand.isocentreMm[i]!, 8));
        },
      ),
      runs,
    );
  });

  test("any camera, even straight from above, is described exactly", () => {
    for (const secondary of [90, -90]) {
      const m = camOf(25, secondary, 40);
      const { angles, stand: found } = carmAnglesFromCamera(m, 720);
      cameraFromCarmAngles(angles, found).forEach((value, i) => expect(value).toBeCloseTo(m[i]!, 9));
    }
    fc.assert(
      fc.property(rigidMotion, (m) => {
        const { angles, stand: found } = carmAnglesFromCamera(m, 700);
        cameraFromCarmAngles(angles, found).forEach((value, i) =>
          expect(Math.abs(value - m[i]!)).toBeLessThan(1e-7),
        );
      }),
      runs,
    );
  });

  test.each([
    ["LAO 30 CRA 15", { primaryDeg: 30, secondaryDeg: 15, rollDeg: 0 }],
    ["rao 20.5/cau 10", { primaryDeg: -20.5, secondaryDeg: -10, rollDeg: 0 }],
    ["CRA 5°, roll -3", { primaryDeg: 0, secondaryDeg: 5, rollDeg: -3 }],
  ])("%s", (text, expected) => {
    expect(parseCarmAngles(text)).toEqual(expected);
    expect(parseCarmAngles(formatCarmAngles(expected))).toEqual(expected);
  });

  test.each(["", "30", "LAO 30 RAO 10", "LAO 200", "CRA 95", "LAO thirty"])("%s is refused", (text) => {
    expect(() => parseCarmAngles(text)).toThrow(/C-arm angles/);
  });
});
