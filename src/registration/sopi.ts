import type { Mat4 } from "../geometry/mat4.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { type PoseJudge, refineEmbedded } from "./embeddedRefine.ts";
import { type Content, type LevelName, type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { isExplained } from "./optimisation.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import { type Reading, searchedCandidates } from "./poseSearch.ts";
import { type InitialEstimate, initialEstimate, judgePose, requireNetworks } from "./rtpi.ts";
import { firstRange } from "./searchStages.ts";

/** How many of the search's candidates are followed beside the initialiser's answer and the start pose. */
const followedCandidates = 4;

/** What `sopi` found, with the other poses that its features led to. */
export interface SopiOutcome extends MethodOutcome {
  readonly followed: readonly Mat4[];
}

/**
 * The paper's method: the initialiser, then iterations on embedded features. With the metrics of an optimisation
 * that comes after it, it ends as soon as that is sure of a pose.
 */
export async function registerSopi(
  input: MethodInput,
  method: string,
  optimisation?: OptimisationMetrics,
): Promise<SopiOutcome> {
  const networks = requireNetworks(input, method);
  const started = performance.now();
  const estimate = await initialEstimate(input, networks);
  const encoder = await networks.encoder();
  const levels = createLevels(input, estimate.xray);
  try {
    const judge = createJudge(levels, input);
    const starts = await startsOf(input, { xray: estimate.xray, levels }, estimate, judge);
    const initialiseMs = performance.now() - started;
    const refined = await refineEmbedded(
      ...([encoder, input, estimate.xray, starts] as const),
      optimisation ? { ...judge, enough: (pose) => isExplained(input, optimisation, levels, pose) } : judge,
      (iteration, value, cameraFromWorld, evaluations) =>
        input.report({
          ...{ stage: "features", iteration, evaluations: estimate.evaluations + evaluations },
          ...{ similarity: -value, cameraFromWorld, fraction: Math.min(0.95, 0.2 + iteration / 80) },
        }),
    );
    const network = input.initialiser === "start" ? undefined : await networks.initialiser();
    const judged = judgePose(input, levels, refined.cameraFromWorld, network);
    return {
      cameraFromWorld: refined.cameraFromWorld,
      followed: refined.followed,
      status: refined.stop === "max-iterations" ? "max-iterations" : "converged",
      similarity: { name: "network", initial: -refined.initial, final: -refined.final },
      iterations: refined.iterations,
      evaluations: estimate.evaluations + refined.evaluations + levels.evaluations(),
      ...{ initialiseMs, xray: estimate.xray, warnings: [] },
      evidence: judged.evidence,
    };
  } finally {
    levels.dispose();
  }
}

/** How bone, and the whole volume where there is more of it, agree with the X-ray at a pose. */
function createJudge(levels: Levels, { rigid }: Pick<MethodInput, "rigid">): PoseJudge {
  const contents: Content[] = rigid ? ["rigid", "all"] : ["rigid"];
  const judgeAt = (name: LevelName) => {
    const used = contents.map((content) => levels.get(name, gradientCorrelation, content));
    return (pose: Mat4) => used.reduce((sum, level) => sum + level.value(pose), 0);
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
  const content = input.rigid ? "all" : "rigid";
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
  run: (input) => registerSopi(input, "sopi"),
};
