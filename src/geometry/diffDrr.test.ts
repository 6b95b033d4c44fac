import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectPoint } from "./camera.ts";
import { cameraFromPose } from "./carm.ts";
import { type DiffDrrView, diffDrrFromView, viewFromDiffDrr } from "./diffDrr.ts";
import { determinant3, multiply3, transform3 } from "./mat3.ts";
import { linearPart, translationPart } from "./mat4.ts";
import { rigidMotion, translation } from "./matrices.testkit.ts";
import { zeroPose } from "./pose.ts";
import { invertRigid } from "./se3.ts";
import { type Vec3, add } from "./vec3.ts";
import { expectClose, oddCamera as camera } from "./views.testkit.ts";

const runs = { seed: 11, numRuns: 150 };

describe("DiffDRR", () => {
  const view: DiffDrrView = {
    ...{
      orientation: "AP",
      rotationDeg: [20, -15, 30],
      translationMm: [30, 850, -40],
      isocentreMm: [5, -60, 200],
    },
    ...{ sddMm: 1020, height: 200, width: 160, delxMm: 2, delyMm: 1.5, x0Mm: 7, y0Mm: -4 },
  };

  /**
   * Where DiffDRR's detector module puts pixel (row, column), written after its published description:
   * source at the origin, pixels on z = 1 scaled by the calibration matrix, then reorient, rotation, translation.
   */
  function diffDrrPixel(v: DiffDrrView, row: number, column: number): { source: Vec3; target: Vec3 } {
    const t = -(row - v.height / 2 + 0.5);
    const s = -(column - v.width / 2 + 0.5);
    const onDetector: Vec3 = [v.delxMm * s + v.x0Mm, v.delyMm * t + v.y0Mm, v.sddMm];
    const reorient = v.orientation === "AP" ? [1, 0, 0, 0, 0, -1, 0, 1, 0] : [1, 0, 0, 0, 0, 1, 0, 1, 0];
    const [z, x, y] = v.rotationDeg.map((angle) => (angle * Math.PI) / 180) as [number, number, number];
    const about = (axis: number, angle: number): number[] => {
      const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
      const m = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      m[4 * i] = m[4 * j] = Math.cos(angle);
      m[3 * i + j] = -Math.sin(angle);
      m[3 * j + i] = Math.sin(angle);
      return m;
    };
    const rotation = multiply3(multiply3(about(2, z), about(0, x)), about(1, y));
    const place = (point: Vec3): Vec3 => {
      const ras = transform3(rotation, add(transform3(reorient, point), v.translationMm));
      return add([-ras[0], -ras[1], ras[2]], v.isocentreMm);
    };
    return { source: place([0, 0, 0]), target: place(onDetector) };
  }

  test.each(["AP", "PA"] as const)(
    "%s: every pixel of its detector lies on the same pixel here",
    (orientation) => {
      const given = { ...view, orientation };
      const { camera: own, cameraFromWorld, mirrored } = viewFromDiffDrr(given);
      expect(determinant3(linearPart(cameraFromWorld))).toBeCloseTo(1, 12);
      expect(mirrored).toBe(orientation === "PA");
      for (const [row, column] of [
        [0, 0],
        [199, 0],
        [37, 121],
        [150, 159],
      ] as const) {
        const { source, target } = diffDrrPixel(given, row, column);
        translationPart(invertRigid(cameraFromWorld)).forEach((value, i) =>
          expect(value).toBeCloseTo(source[i]!, 9),
        );
        const [u, v] = projectPoint(own, cameraFromWorld, target);
        expectClose([mirrored ? 159 - u : u, v], [column, row]);
      }
    },
  );

  test("its AP view without rotation is the AP view here", () => {
    const plain = viewFromDiffDrr({ ...view, rotationDeg: [0, 0, 0], translationMm: [0, 700, 0] });
    const frame = { view: "AP", centreMm: view.isocentreMm, sourceToIsocentreMm: 700 } as const;
    const expected = cameraFromPose(zeroPose, frame);
    plain.cameraFromWorld.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  test("its parameters come back from any camera", () => {
    fc.assert(
      fc.property(
        rigidMotion,
        translation,
        fc.constantFrom("AP", "PA"),
        (cameraFromWorld, isocentreMm, orientation) => {
          const found = diffDrrFromView({ camera, cameraFromWorld }, orientation as "AP" | "PA", isocentreMm);
          const again = viewFromDiffDrr(found);
          again.cameraFromWorld.forEach((value, i) =>
            expect(Math.abs(value - cameraFromWorld[i]!)).toBeLessThan(1e-7),
          );
          expectClose(again.camera.principalPointPx, camera.principalPointPx, 9);
          expect(again.camera).toMatchObject({ width: 320, height: 256, sourceToDetectorMm: 1011.7 });
        },
      ),
      runs,
    );
  });
});
