import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CarmFrame,
  cameraFromCarm,
  cameraFromPose,
  cameraTwistJacobian,
  poseFromCamera,
  referenceFromWorld,
  views,
} from "./carm.ts";
import { type Mat4, compose, identity4, translation4 } from "./mat4.ts";
import { apart } from "./matrices.testkit.ts";
import {
  type Pose,
  poseFromDegMm,
  poseFromMatrix,
  poseMatrix,
  poseToDegMm,
  poseTwistJacobian,
  zeroPose,
} from "./pose.ts";
import { invertRigid, isRigid, logSe3 } from "./se3.ts";

const angle = fc.double({ min: -3, max: 3, noNaN: true });
const tilt = fc.double({ min: -1.5, max: 1.5, noNaN: true });
const shift = fc.double({ min: -200, max: 200, noNaN: true });
const pose: fc.Arbitrary<Pose> = fc
  .tuple(angle, tilt, angle, shift, shift, shift)
  .map(([rx, ry, rz, tx, ty, tz]) => ({ rx, ry, rz, tx, ty, tz }));
const frame: fc.Arbitrary<CarmFrame> = fc
  .tuple(
    fc.constantFrom(...views),
    fc.tuple(shift, shift, shift),
    fc.double({ min: 300, max: 900, noNaN: true }),
  )
  .map(([view, centreMm, sourceToIsocentreMm]) => ({ view, centreMm, sourceToIsocentreMm }));
const runs = { seed: 6, numRuns: 200 };
const names = ["rx", "ry", "rz", "tx", "ty", "tz"] as const;

/** The four matrices of eq. (3), as printed. */
function printedFactors({ rx, ry, rz, tx, ty, tz }: Pose): Record<"mt" | "mrx" | "mry" | "mrz", Mat4> {
  const [cx, sx, cy, sy] = [Math.cos(rx), Math.sin(rx), Math.cos(ry), Math.sin(ry)];
  const [cz, sz] = [Math.cos(rz), Math.sin(rz)];
  return {
    mt: [1, 0, 0, tx, 0, 1, 0, ty, 0, 0, 1, tz, 0, 0, 0, 1],
    mrx: [1, 0, 0, 0, 0, cx, -sx, 0, 0, sx, cx, 0, 0, 0, 0, 1],
    mry: [cy, 0, sy, 0, 0, 1, 0, 0, -sy, 0, cy, 0, 0, 0, 0, 1],
    mrz: [cz, -sz, 0, 0, sz, cz, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  };
}

describe("pose", () => {
  it("A = Mt . Mrx . Mry . Mrz, and no other order", () => {
    fc.assert(
      fc.property(pose, (p) => {
        const { mt, mrx, mry, mrz } = printedFactors(p);
        expect(apart(poseMatrix(p), compose(mt, mrx, mry, mrz))).toBeLessThan(1e-12);
      }),
      runs,
    );
    const p = poseFromDegMm({ rxDeg: 30, ryDeg: 40, rzDeg: 50, txMm: 1, tyMm: 2, tzMm: 3 });
    const { mt, mrx, mry, mrz } = printedFactors(p);
    expect(apart(poseMatrix(p), compose(mt, mrz, mry, mrx))).toBeGreaterThan(0.1);
    expect(apart(poseMatrix(p), compose(mrx, mry, mrz, mt))).toBeGreaterThan(0.1);
    expect(poseMatrix(zeroPose).map((value) => value + 0)).toEqual(identity4);
  });

  it("theta and matrix are two views of one pose", () => {
    fc.assert(
      fc.property(pose, (p) => {
        const back = poseFromMatrix(poseMatrix(p));
        for (const name of names) {
          const wrap = name[0] === "r" ? 2 * Math.PI : Number.POSITIVE_INFINITY;
          const difference = Math.abs(back[name] - p[name]);
          expect(Math.min(difference, Math.abs(wrap - difference))).toBeLessThan(1e-8);
        }
      }),
      runs,
    );
  });

  it("at ry = +-90 degrees some theta still gives the matrix back", () => {
    for (const ryDeg of [90, -90]) {
      const m = poseMatrix(poseFromDegMm({ rxDeg: 20, ryDeg, rzDeg: -70, txMm: 1, tyMm: 2, tzMm: 3 }));
      expect(apart(poseMatrix(poseFromMatrix(m)), m)).toBeLessThan(1e-9);
    }
  });

  it("degrees and millimetres at the boundary", () => {
    const given = { rxDeg: 90, ryDeg: -45, rzDeg: 180, txMm: 1, tyMm: -2, tzMm: 3 };
    const p = poseFromDegMm(given);
    expect([p.rx, p.ry, p.rz, p.tx]).toEqual([Math.PI / 2, -Math.PI / 4, Math.PI, 1]);
    for (const [key, value] of Object.entries(poseToDegMm(p))) {
      expect(value).toBeCloseTo(given[key as keyof typeof given], 12);
    }
  });

  /** Columns of twists by central differences of log(M(theta + h) M(theta - h)^-1) / 2h. */
  function numericTwists(matrixOf: (p: Pose) => Mat4, p: Pose): number[][] {
    return names.map((name) => {
      const h = name[0] === "r" ? 1e-6 : 1e-3;
      const [plus, minus] = [
        matrixOf({ ...p, [name]: p[name] + h }),
        matrixOf({ ...p, [name]: p[name] - h }),
      ];
      return logSe3(compose(plus, invertRigid(minus))).map((value) => value / (2 * h));
    });
  }

  function expectColumns(jacobian: readonly number[], columns: readonly number[][]): void {
    columns.forEach((column, q) => {
      column.forEach((value, r) => {
        expect(Math.abs(jacobian[6 * r + q]! - value)).toBeLessThan(r < 3 ? 1e-7 : 3e-4);
      });
    });
  }

  it("poseTwistJacobian by finite differences", () => {
    fc.assert(
      fc.property(pose, (p) => expectColumns(poseTwistJacobian(p), numericTwists(poseMatrix, p))),
      runs,
    );
  });

  it("cameraTwistJacobian by finite differences, in every view", () => {
    fc.assert(
      fc.property(pose, frame, (p, f) => {
        expectColumns(
          cameraTwistJacobian(p, f),
          numericTwists((theta) => cameraFromPose(theta, f), p),
        );
      }),
      runs,
    );
  });
});

describe("C-arm", () => {
  const apply = (m: Mat4, x: number, y: number, z: number, w: number): number[] =>
    [0, 4, 8].map((row) => m[row]! * x + m[row + 1]! * y + m[row + 2]! * z + m[row + 3]! * w + 0);

  it.each([
    ["AP", [1, 0, 0], [0, 0, -1], [0, 1, 0]],
    ["PA", [-1, 0, 0], [0, 0, -1], [0, -1, 0]],
    ["LAT", [0, -1, 0], [0, 0, -1], [1, 0, 0]],
  ] as const)(
    "reference view %s: camera axes in the world as the table says",
    (view, columns, rows, beam) => {
      const f: CarmFrame = { view, centreMm: [12, -34, 56], sourceToIsocentreMm: 700 };
      const worldFromCamera = invertRigid(cameraFromPose(zeroPose, f));
      expect(apply(worldFromCamera, 1, 0, 0, 0)).toEqual(columns);
      expect(apply(worldFromCamera, 0, 1, 0, 0)).toEqual(rows);
      expect(apply(worldFromCamera, 0, 0, 1, 0)).toEqual(beam);
      expect(apply(worldFromCamera, 0, 0, 0, 1)).toEqual(
        [0, 1, 2].map((i) => f.centreMm[i]! - 700 * beam[i]!),
      );
    },
  );

  it("the volume centre lies on the principal ray at the isocentre's distance", () => {
    for (const view of views) {
      const f: CarmFrame = { view, centreMm: [12, -34, 56], sourceToIsocentreMm: 650 };
      expect(apply(cameraFromPose(zeroPose, f), 12, -34, 56, 1)).toEqual([0, 0, 650]);
    }
  });

  it("camera = (Y_c, Z_c, X_c + sourceToIsocentreMm)", () => {
    expect(apply(cameraFromCarm(700), 1, 2, 3, 1)).toEqual([2, 3, 701]);
  });

  it("cameraFromWorld = cameraFromCarm . A . referenceFromWorld, rigid, and theta comes back", () => {
    fc.assert(
      fc.property(pose, frame, (p, f) => {
        const m = cameraFromPose(p, f);
        expect(isRigid(m, 1e-9)).toBe(true);
        const product = compose(cameraFromCarm(f.sourceToIsocentreMm), poseMatrix(p), referenceFromWorld(f));
        expect(apart(m, product)).toBeLessThan(1e-9);
        expect(apart(cameraFromPose(poseFromCamera(m, f), f), m)).toBeLessThan(1e-8);
      }),
      runs,
    );
  });

  it("signs: tx moves away from the source, ty and tz along columns and rows, rx rolls about the beam", () => {
    const f: CarmFrame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
    const moved = (theta: Partial<Pose>): number[] =>
      apply(cameraFromPose({ ...zeroPose, ...theta }, f), 0, 0, 0, 1);
    expect(moved({ tx: 10 })).toEqual([0, 0, 710]);
    expect(moved({ ty: 10 })).toEqual([10, 0, 700]);
    expect(moved({ tz: 10 })).toEqual([0, 10, 700]);
    expect(moved({ rx: 1 })).toEqual([0, 0, 700]);
    const left = apply(cameraFromPose({ ...zeroPose, rx: Math.PI / 2 }, f), 5, 0, 0, 1);
    [0, 5, 700].forEach((value, i) => expect(left[i]).toBeCloseTo(value, 12));
  });

  it("a pure translation of the centre moves the world, not the pose", () => {
    const f: CarmFrame = { view: "LAT", centreMm: [1, 2, 3], sourceToIsocentreMm: 700 };
    const shifted: CarmFrame = { ...f, centreMm: [11, 22, 33] };
    const p = poseFromDegMm({ rxDeg: 10, ryDeg: 20, rzDeg: 30, txMm: 4, tyMm: 5, tzMm: 6 });
    const product = compose(cameraFromPose(p, shifted), translation4([10, 20, 30]));
    expect(apart(cameraFromPose(p, f), product)).toBeLessThan(1e-9);
  });
});
