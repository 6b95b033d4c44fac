import { describe, expect, it } from "vitest";
import { multiply4 } from "./mat4.ts";
import { expSe3, invertRigid, logSe3 } from "./se3.ts";
import { poseAt, searchParameters, searchTwistJacobian } from "./searchSpace.ts";

const base = expSe3([0.4, -0.2, 1.1, 30, -12, 640]);
const space = { base, pivot: [3, -4, 700] as const };

describe("search space", () => {
  it("starts at the base pose", () => {
    expect(poseAt(space, [0, 0, 0, 0, 0, 0]).map((v, i) => v - base[i]!)).toSatisfy((d: number[]) =>
      d.every((v) => Math.abs(v) < 1e-12),
    );
  });

  it("finds the parameters of a pose", () => {
    const x = [0.4, -0.7, 0.25, 14, -33, 81];
    expect([...searchParameters(space, poseAt(space, x))].map((v, i) => v - x[i]!)).toSatisfy((d: number[]) =>
      d.every((v) => Math.abs(v) < 1e-9),
    );
  });

  it("has the twist Jacobian that finite differences give", () => {
    const x = [0.2, -0.35, 0.1, 12, -7, 40];
    const analytic = searchTwistJacobian(space, x, new Float64Array(36));
    const here = invertRigid(poseAt(space, x));
    for (let q = 0; q < 6; q++) {
      const h = 1e-5;
      const at = (sign: number): number[] => [
        ...logSe3(
          multiply4(
            poseAt(
              space,
              x.map((v, i) => v + (i === q ? sign * h : 0)),
            ),
            here,
          ),
        ),
      ];
      const [plus, minus] = [at(1), at(-1)];
      for (let i = 0; i < 6; i++) {
        expect(analytic[6 * i + q]).toBeCloseTo((plus[i]! - minus[i]!) / (2 * h), 4);
      }
    }
  });
});
