import { badInput } from "../errors.ts";
import { type Pose, poseFromDegMm } from "../geometry/pose.ts";
import type { Random } from "../random.ts";

/**
 * One way to draw poses: half widths (uniform) or standard deviations (normal) of rx, ry, rz in degrees,
 * tx, ty, tz in mm; `share` is its weight in a mixture.
 */
export interface PoseComponent {
  readonly share: number;
  readonly kind: "uniform" | "normal";
  readonly rotationDeg: readonly [number, number, number];
  readonly translationMm: readonly [number, number, number];
}

/** A mixture of distributions, cut at the limits (draws outside are drawn again). */
export interface PoseDistribution {
  readonly components: readonly PoseComponent[];
  /** Largest magnitude of each parameter, degrees and mm. */
  readonly limitDeg: readonly [number, number, number];
  readonly limitMm: readonly [number, number, number];
}

/** Section 3.2 of the paper as printed, cut at what its network can answer. */
export const paperInitialiserPoses: PoseDistribution = {
  components: [{ share: 1, kind: "normal", rotationDeg: [20, 20, 20], translationMm: [100, 30, 15] }],
  limitDeg: [34, 34, 34],
  limitMm: [115, 69, 69],
};

/** X-rays as they are taken: the C-arm aimed at L3, more or less. */
export const aimedPoses: PoseDistribution = {
  components: [
    { share: 0.65, kind: "normal", rotationDeg: [9, 9, 9], translationMm: [35, 18, 18] },
    { share: 0.35, kind: "uniform", rotationDeg: [24, 24, 24], translationMm: [90, 50, 50] },
  ],
  limitDeg: [34, 34, 34],
  limitMm: [115, 69, 69],
};

/** Where the X-rays of the fine registration are taken from. */
export const refinementTruths: PoseDistribution = {
  components: [{ share: 1, kind: "normal", rotationDeg: [8, 8, 8], translationMm: [30, 15, 15] }],
  limitDeg: [30, 30, 30],
  limitMm: [100, 60, 60],
};

/**
 * Offsets of the fine registration: the text's N(0, 20) times 0.3 as in its authors' code, deeper along
 * the beam, where an initialiser errs most.
 */
export const refinementOffsets: PoseDistribution = {
  components: [{ share: 1, kind: "normal", rotationDeg: [6, 6, 6], translationMm: [12, 6, 6] }],
  limitDeg: [25, 25, 25],
  limitMm: [50, 25, 25],
};

const mostDraws = 10_000;

/** Draws one pose. Throws when the limits leave practically nothing of the distribution. */
export function samplePose(random: Random, distribution: PoseDistribution): Pose {
  const { components, limitDeg, limitMm } = distribution;
  const limits = [...limitDeg, ...limitMm];
  const component = pickComponent(random, components);
  const spread = [...component.rotationDeg, ...component.translationMm];
  const values = spread.map((width, q) => {
    for (let draws = 0; draws < mostDraws; draws++) {
      const value = component.kind === "uniform" ? random.uniform(-width, width) : width * random.normal();
      if (Math.abs(value) <= limits[q]!) return value;
    }
    throw badInput({
      what: "Pose distribution",
      got: `a spread of ${width} within limits of ${limits[q]}`,
      expected: "limits that keep a fair part of the distribution",
    });
  });
  const [rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm] = values as [number, number, number, number, number, number];
  return poseFromDegMm({ rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm });
}

function pickComponent(random: Random, components: readonly PoseComponent[]): PoseComponent {
  const total = components.reduce((sum, { share }) => sum + share, 0);
  if (!(total > 0)) {
    throw badInput({ what: "Pose distribution", got: "no component", expected: "shares above 0" });
  }
  let left = random.next() * total;
  for (const component of components) {
    left -= component.share;
    if (left < 0) return component;
  }
  return components[components.length - 1]!;
}
