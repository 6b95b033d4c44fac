import { describe, expect, it } from "vitest";
import { poseToDegMm } from "../geometry/pose.ts";
import { createRandom } from "../random.ts";
import { type PoseDistribution, paperInitialiserPoses, samplePose } from "./poseSampler.ts";

const keys = ["rxDeg", "ryDeg", "rzDeg", "txMm", "tyMm", "tzMm"] as const;

function moments(
  distribution: PoseDistribution,
  count: number,
): { mean: number; sd: number; most: number }[] {
  const random = createRandom(7);
  const poses = Array.from({ length: count }, () => poseToDegMm(samplePose(random, distribution)));
  return keys.map((key) => {
    const values = poses.map((pose) => pose[key]);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    return { mean, sd, most: Math.max(...values.map(Math.abs)) };
  });
}

describe("pose sampler", () => {
  it("draws normal parameters with the printed standard deviations where no limit cuts them", () => {
    const free = { ...paperInitialiserPoses, limitDeg: [180, 180, 180], limitMm: [900, 900, 900] } as const;
    const found = moments(free, 6000);
    [20, 20, 20, 100, 30, 15].forEach((sd, q) => {
      expect(found[q]!.sd / sd).toBeCloseTo(1, 1);
      expect(Math.abs(found[q]!.mean)).toBeLessThan(4 * (sd / Math.sqrt(6000)));
    });
  });

  it("keeps every draw within the limits", () => {
    const found = moments(paperInitialiserPoses, 2000);
    [34, 34, 34, 115, 69, 69].forEach((limit, q) => expect(found[q]!.most).toBeLessThanOrEqual(limit));
  });

  it("mixes its components by their shares", () => {
    const mixture: PoseDistribution = {
      components: [
        { share: 3, kind: "uniform", rotationDeg: [0, 0, 0], translationMm: [0, 0, 0] },
        { share: 1, kind: "uniform", rotationDeg: [12, 12, 12], translationMm: [30, 30, 30] },
      ],
      limitDeg: [40, 40, 40],
      limitMm: [99, 99, 99],
    };
    const random = createRandom(2);
    const moved = Array.from({ length: 4000 }, () => samplePose(random, mixture)).filter((p) => p.tx !== 0);
    expect(moved.length / 4000).toBeCloseTo(0.25, 1);
    // A uniform distribution has a third of its squared half width as variance.
    const variance = moved.reduce((sum, pose) => sum + pose.ty ** 2, 0) / moved.length;
    expect(variance / 300).toBeCloseTo(1, 0);
  });

  it("refuses limits that leave nothing", () => {
    const impossible = { ...paperInitialiserPoses, limitMm: [1e-9, 1, 1] } as const;
    expect(() => samplePose(createRandom(1), impossible)).toThrow(/limits/);
  });
});
