import type { PoseSpread, Protocol, ProtocolVolume } from "../protocolTypes.ts";

/** The detector of section 3.1 of the paper. */
export const presetGeometry: Pick<Protocol, "geometry"> = { geometry: { preset: "perlove-plx118f" } };

/** Every method under test, in the order of the paper's tables; `rtpi+opt` shows what the encoders add. */
export const allMethods: Protocol["methods"] = [
  ...["opt-nccl", "opt-ngi", "opt-gc", "deep-reg", "rtpi", "sopi", "sopi+opt", "rtpi+opt"],
].map((name) => ({ name }));

/** The ten phantoms on which training is validated; their poses here are others. */
export const validationPhantoms: ProtocolVolume = phantomsFrom(800_000, 10);

/** A real lumbar CT with TotalSegmentator labels; paths are relative to the working directory. */
export const realCt: ProtocolVolume = {
  kind: "file",
  path: "../shared/data/ct_totalseg/example_ct.nii.gz",
  labels: "../shared/data/ct_totalseg/totalseg.nii.gz",
};

/** Phantoms kept for tests: training draws its own from seeds below 900000. */
export function testPhantoms(count: number): ProtocolVolume {
  return phantomsFrom(900_001, count);
}

/** Phantoms of the trunk with seeds in a row, at the resolution of a good CT. */
export function phantomsFrom(firstSeed: number, count: number): ProtocolVolume {
  return { kind: "phantom", firstSeed, count, field: "trunk", spacingMm: 2.5 };
}

/** Pose distributions by name; half widths or standard deviations in degrees and mm. */
export const distributions: {
  readonly truth: PoseSpread;
  readonly near: PoseSpread;
  readonly wide: PoseSpread;
  readonly literal: PoseSpread;
} = {
  truth: { distribution: "uniform", rotationDeg: 8, inPlaneMm: 15, depthMm: 15 },
  /** Reproduces the "Initial" row of the paper's Table 1: 6.4 degrees and 15 mm pooled per axis. */
  near: { distribution: "uniform", rotationDeg: 13, inPlaneMm: 30, depthMm: 30 },
  wide: { distribution: "uniform", rotationDeg: 30, inPlaneMm: 60, depthMm: 100 },
  /** The paper's text taken literally. */
  literal: { distribution: "normal", rotationDeg: 20, inPlaneMm: 20, depthMm: 20 },
};
