import type { Mat4 } from "../geometry/mat4.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { type PoseJudge, refineEmbedded } from "./embeddedRefine.ts";
import { createJointAgreement } from "./jointAgreement.ts";
import { type LevelName, type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { type Reading, searchedCandidates } from "./poseSearch.ts";
import { type InitialEstimate, initialEstimate, judgePose, requireNetworks } from "./rtpi.ts";
import { firstRange } from "./searchStages.ts";

/** How many of the search's candidates are followed beside the initialiser's answer and the start pose. */
const followedCandidates = 4;

/** The paper's method: the initialiser, then iterations on embedded features. */
async function registerSopi(input: MethodInput): Promise<MethodOutcome> {
  const networks = requireNetworks(input, "sopi");
  const started = performance.now();
  const estimate = await initialEstimate(input, networks);
  const encoder = await networks.encoder();
  const levels = createLevels(input, estimate.xray);
  const judge = createJudge(levels, input);
  const starts = await startsOf(input, { xray: estimate.xray, levels }, estimate, judge);
  const initialiseMs = performance.now() - started;
  const refined = await refineEmbedded(
    ...([encoder, input, estimate.xray, starts, judge] as const),
    (iteration, value, cameraFromWorld) =>
      input.report({
        ...{ stage: "features", iteration },
        ...{ similarity: -value, cameraFromWorld, fraction: Math.min(0.95, 0.2 + iteration / 80) },
      }),
  );
  const network = input.initialiser === "start" ? undefined : await networks.initialiser();
  const { evidence } = judgePose(input, levels, refined.cameraFromWorld, network);
  return {
    cameraFromWorld: refined.cameraFromWorld,
    iterations: refined.iterations,
    status: refined.stop === "max-iterations" ? "max-iterations" : "converged",
    similarity: { name: "network", initial: -refined.initial, final: -refined.final },
    ...{ initialiseMs, xray: estimate.xray, warnings: [], evidence },
  };
}

/** Bone, and the whole volume where there is more of it, together. */
function createJudge(levels: Levels, input: MethodInput): PoseJudge {
  const judgeAt = (name: LevelName) => {
    const agreement = createJointAgreement(levels, input, name, gradientCorrelation);
    return (pose: Mat4) => agreement(pose).joint;
  };
  return { quick: judgeAt("coarse"), careful: judgeAt("medium") };
}

/**
 * Where the features set out from: the initialiser's answer, the start pose, and what the exhaustive search finds.
 * Without the initialiser (an ablation) the start pose alone.
 */
async function startsOf(
  input: MethodInput,
  reading: Reading,
  estimate: InitialEstimate,
  judge: PoseJudge,
): Promise<Mat4[]> {
  if (input.initialiser === "start") return [input.start];
  const content = input.ct.rigid ? "all" : "rigid";
  const where = firstRange(input);
  const found = await searchedCandidates(input, reading, { where, content }, { from: 0.05, share: 0.15 });
  const given = input.range === "anywhere" ? [] : [input.start];
  const likely = bestFirst(found, judge).slice(0, followedCandidates);
  return bestFirst([estimate.cameraFromWorld, ...given, ...likely], judge);
}

function bestFirst(poses: readonly Mat4[], judge: PoseJudge): Mat4[] {
  return poses
    .map((pose) => ({ pose, value: judge.quick(pose) }))
    .sort((a, b) => b.value - a.value)
    .map(({ pose }) => pose);
}

export const sopi: RegistrationMethod = {
  name: "sopi",
  summary: "pose initialiser, then embedded-feature similarity (two networks)",
  citation:
    "Chen et al., Embedded Feature Similarity Optimization with Specific Parameter Initialization for 2D/3D Medical Image Registration, ICASSP 2024",
  needs: ["rtpi", "encoder"],
  run: registerSopi,
};
