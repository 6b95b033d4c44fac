import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multiply3, transform3, transpose3 } from "../geometry/mat3.ts";
import { linearPart } from "../geometry/mat4.ts";
import { type Pose, poseMatrix } from "../geometry/pose.ts";
import { expSo3, logSo3, rightJacobianSo3 } from "../geometry/so3.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { geodesicDistanceSquared, geodesicGradient } from "./geodesic.ts";

const keys = ["rx", "ry", "rz", "tx", "ty", "tz"] as const;
const angle = fc.integer({ min: -900, max: 900 }).map((n) => n / 1000);
const millimetres = fc.integer({ min: -1500, max: 1500 }).map((n) => n / 10);
const poses: fc.Arbitrary<Pose> = fc.record({
  ...{ rx: angle, ry: angle, rz: angle },
  ...{ tx: millimetres, ty: millimetres, tz: millimetres },
});

const total = (pose: Pose, target: Pose): number => {
  const { rotation, translation } = geodesicDistanceSquared(pose, target);
  return rotation + translation;
};

describe("geodesic gradient", () => {
  it("is the derivative of the squared distance by the paper's own angles", () => {
    fc.assert(
      fc.property(poses, poses, (pose, target) => {
        const gradient = geodesicGradient(pose, target);
        keys.forEach((key, q) => {
          const h = 1e-5;
          const ahead = total({ ...pose, [key]: pose[key] + h }, target);
          const behind = total({ ...pose, [key]: pose[key] - h }, target);
          const scale = Math.max(1, ...gradient.map(Math.abs));
          expect(Math.abs(gradient[q]! - (ahead - behind) / (2 * h)) / scale).toBeLessThan(1e-6);
        });
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it("points at the target: a small step against it shortens the distance", () => {
    fc.assert(
      fc.property(poses, poses, (pose, target) => {
        fc.pre(total(pose, target) > 0);
        const gradient = geodesicGradient(pose, target);
        const moved = Object.fromEntries(keys.map((key, q) => [key, pose[key] - 1e-3 * gradient[q]!]));
        expect(total(moved as unknown as Pose, target)).toBeLessThan(total(pose, target));
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it("vanishes at the target, and is twice the shift for pure translations", () => {
    const pose = { rx: 0.2, ry: -0.1, rz: 0.3, tx: 1, ty: 2, tz: 3 };
    expect(geodesicGradient(pose, pose)).toEqual([0, 0, 0, 0, 0, 0].map((v) => expect.closeTo(v, 12)));
    const shifted = { ...pose, tx: 4, tz: -2 };
    const [, , , ...translation] = geodesicGradient(pose, shifted);
    expect(translation).toEqual([-6, 0, 10]);
  });

  it("measures the angle between the rotations", () => {
    const zero = { rx: 0, ry: 0, rz: 0, tx: 0, ty: 0, tz: 0 };
    const { rotation } = geodesicDistanceSquared({ ...zero, ry: 0.7 }, { ...zero, ry: -0.4 });
    expect(rotation).toBeCloseTo(1.1 ** 2, 12);
  });

  it("follows the same rule as the published form for rotation vectors, -2 J_r(w)^T Log(R^T R^)", () => {
    const vector = fc.tuple(angle, angle, angle);
    fc.assert(
      fc.property(vector, poses, (w, target) => {
        const goal = linearPart(poseMatrix(target));
        const squared = (v: Vec3): number => {
          const error = logSo3(multiply3(expSo3(v), transpose3(goal)));
          return error[0] ** 2 + error[1] ** 2 + error[2] ** 2;
        };
        const published = transform3(
          transpose3(rightJacobianSo3(w)),
          logSo3(multiply3(transpose3(expSo3(w)), goal)),
        ).map((value) => -2 * value);
        published.forEach((value, q) => {
          const at = (h: number): number =>
            squared([w[0] + (q === 0 ? h : 0), w[1] + (q === 1 ? h : 0), w[2] + (q === 2 ? h : 0)]);
          expect(value).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5);
        });
      }),
      { seed: 5, numRuns: 40 },
    );
  });
});
