import type { Mat4 } from "../geometry/mat4.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { type PoseJudge, refineEmbedded } from "./embeddedRefine.ts";
import { explanationFrom } from "./explanation.ts";
import { createJointAgreement } from "./jointAgreement.ts";
import { type LevelName, type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import { type Reading, searchedCandidates } from "./poseSearch.ts";
import type { Refined } from "./refine.ts";
import { type InitialEstimate, initialEstimate, judgePose, requireNetworks } from "./rtpi.ts";
import { firstRange } from "./searchStages.ts";
import { finish, settledAlone } from "./settled.ts";

/** How many of the search's candidates are followed beside the initialiser's answer and the start pose. */
const followedCandidates = 4;

/** What `sopi` found, with the other poses that its features led to. */
export interface SopiOutcome extends MethodOutcome {
  readonly followed: readonly Mat4[];
  /** Whether the optimisation was sure of a pose on the way; this is then what it made of it. */
  readonly optimised: boolean;
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
    const reading = { xray: estimate.xray, levels };
    const starts = await startsOf(input, reading, estimate, judge);
    const initialiseMs = performance.now() - started;
    let sure: Refined | undefined;
    const enough = async (pose: Mat4): Promise<boolean> => {
      sure = optimisation && (await explanationFrom(input, optimisation, levels, pose));
      return sure !== undefined;
    };
    const refined = await refineEmbedded(
      ...([encoder, input, estimate.xray, starts] as const),
      optimisation ? { ...judge, enough } : judge,
      (iteration, value, cameraFromWorld) =>
        input.report({
          ...{ stage: "features", iteration },
          ...{ similarity: -value, cameraFromWorld, fraction: Math.min(0.95, 0.2 + iteration / 80) },
        }),
    );
    const { followed, iterations } = refined;
    if (optimisation && sure) {
      const outcome = await finish(input, optimisation, settledAlone(sure, reading), initialiseMs);
      return { ...outcome, iterations: iterations + outcome.iterations, followed, optimised: true };
    }
    const network = input.initialiser === "start" ? undefined : await networks.initialiser();
    const judged = judgePose(input, levels, refined.cameraFromWorld, network);
    return {
      optimised: false,
      cameraFromWorld: refined.cameraFromWorld,
      ...{ followed, iterations },
      status: refined.stop === "max-iterations" ? "max-iterations" : "converged",
      similarity: { name: "network", initial: -refined.initial, final: -refined.final },
      ...{ initialiseMs, xray: estimate.xray, warnings: [] },
      evidence: judged.evidence,
    };
  } finally {
    levels.dispose();
  }
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
