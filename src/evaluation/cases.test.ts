import { describe, expect, test } from "vitest";
import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import { poseToDegMm } from "../geometry/pose.ts";
import { poseFromCamera } from "../geometry/carm.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { createRandom } from "../random.ts";
import { type SubjectPoints, completeCase, drawPose, planCases, subjectsOf } from "./cases.ts";
import { tinyProtocol } from "./evaluation.testkit.ts";
import { meanTargetRegistrationError } from "./poseErrors.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { distributions } from "./protocols/ingredients.ts";
import type { Protocol, StartOffset } from "./protocolTypes.ts";

const row = tinyProtocol.rows[0]!;
const points: SubjectPoints = {
  centreMm: [10, -20, 30],
  targetsMm: [-40, 0, 40].flatMap((z): Vec3[] => [
    [0, -20, 30 + z],
    [20, -10, 30 + z],
  ]),
};
const withOffset = (offset: StartOffset, cases = 40): Protocol => ({
  ...tinyProtocol,
  cases,
  rows: [{ ...row, offset }],
});
const complete = (protocol: Protocol): ReturnType<typeof completeCase>[] =>
  planCases(protocol, protocol.rows[0]!).map((plan) => completeCase(plan, protocol, points));

describe("plans", () => {
  test("the same protocol gives the same cases, another seed others", () => {
    expect(complete(tinyProtocol)).toEqual(complete(tinyProtocol));
    expect(complete({ ...tinyProtocol, seed: 8 })[0]!.truth).not.toEqual(complete(tinyProtocol)[0]!.truth);
  });

  test("more cases continue the same series", () => {
    const few = planCases({ ...tinyProtocol, cases: 3 }, row);
    expect(planCases({ ...tinyProtocol, cases: 9 }, row).slice(0, 3)).toEqual(few);
  });

  test("case n of two rows has one truth and one X-ray seed, so that rows are compared pairwise", () => {
    const other = { ...row, name: "wide", offset: distributions.wide };
    const [a, b] = [planCases(tinyProtocol, row), planCases(tinyProtocol, other)];
    expect(b.map((plan) => [plan.truth, plan.xraySeed])).toEqual(
      a.map((plan) => [plan.truth, plan.xraySeed]),
    );
    expect(b.map((plan) => plan.id)).toEqual(["wide/0000", "wide/0001"]);
  });

  test("views alternate and volumes change after every round of views", () => {
    const two = { ...row, volumes: [{ kind: "phantom", firstSeed: 50, count: 2 } as const] };
    const plans = planCases({ ...tinyProtocol, cases: 5 }, two);
    expect(plans.map((plan) => plan.view)).toEqual(["AP", "LAT", "AP", "LAT", "AP"]);
    expect(plans.map((plan) => plan.subject)).toEqual(
      [50, 50, 51, 51, 50].map((seed) => ({ kind: "phantom", seed })),
    );
    expect(subjectsOf(two)).toHaveLength(2);
  });
});

describe("poses", () => {
  const pooled = (offset: StartOffset): { rotation: number[]; translation: number[] } => {
    const cases = complete(withOffset(offset, 400));
    const differences = cases.map((one) => {
      const start = poseToDegMm(poseFromCamera(one.startCamera as Mat4, one.frame));
      const apart = (key: keyof typeof start): number => Math.abs(start[key] - one.truth[key]);
      return {
        rotation: [apart("rxDeg"), apart("ryDeg"), apart("rzDeg")],
        translation: [apart("txMm"), apart("tyMm"), apart("tzMm")],
      };
    });
    return {
      rotation: differences.flatMap((d) => d.rotation),
      translation: differences.flatMap((d) => d.translation),
    };
  };

  test("near starts reproduce the Initial row of the paper's Table 1", () => {
    const { rotation, translation } = pooled(distributions.near);
    expect(mean(rotation)).toBeCloseTo(6.4, 0);
    expect(standardDeviation(rotation)).toBeCloseTo(3.77, 0);
    expect(Math.abs(mean(translation) - 15.08)).toBeLessThan(0.8);
    expect(Math.abs(standardDeviation(translation) - 8.56)).toBeLessThan(0.6);
  });

  test("the literal reading is normal: mean |x| is sd sqrt(2/pi)", () => {
    const random = createRandom(5);
    const spread = { distribution: "normal", rotationDeg: 20, inPlaneMm: 10, depthMm: 5 } as const;
    const draws = Array.from({ length: 2000 }, () => drawPose(random, spread));
    const size = (key: keyof (typeof draws)[number]): number => mean(draws.map((d) => Math.abs(d[key])));
    expect(size("rxDeg") / 20).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
    expect(size("tzMm") / 10).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
    expect(size("txMm") / 5).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
  });

  test("binned starts have their initial mTRE in the bin of the case's number", () => {
    const edgesMm = [0, 10, 20, 30];
    const cases = complete(withOffset({ ...distributions.near, distribution: "mtre-bins", edgesMm }, 12));
    for (const one of cases) {
      const pair = { estimate: one.startCamera as Mat4, truth: one.truthCamera };
      const mtre = meanTargetRegistrationError(pair, points.targetsMm);
      expect(mtre).toBeGreaterThanOrEqual(edgesMm[one.index % 3]! - 1e-6);
      expect(mtre).toBeLessThanOrEqual(edgesMm[(one.index % 3) + 1]! + 1e-6);
    }
  });

  test("a spread of nothing cannot reach a bin: one clear error", () => {
    const none = { rotationDeg: 0, inPlaneMm: 0, depthMm: 0, edgesMm: [10, 20] };
    expect(() => complete(withOffset({ ...none, distribution: "mtre-bins" }))).toThrow(/cannot reach/);
  });

  test("without a start the method is told so", () => {
    expect(complete(withOffset({ distribution: "centre" }, 1))[0]!.startCamera).toBe("centre");
  });

  test("at zero pose the target level lies on the isocentre", () => {
    const still = { ...row.truth, rotationDeg: 0, inPlaneMm: 0, depthMm: 0 };
    const protocol = { ...tinyProtocol, rows: [{ ...row, truth: still }] };
    const one = complete(protocol)[0]!;
    const [x, y, z] = transformPoint(one.truthCamera, points.centreMm);
    expect([x, y, z].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([0, 0, 700]);
  });
});
