import type { Mat4 } from "../geometry/mat4.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { refineEmbedded } from "./embeddedRefine.ts";
import { createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { type InitialEstimate, initialEstimate, judgePose, requireNetworks } from "./rtpi.ts";

/** How many of the initialiser's template matches are followed beside its answer and the start pose. */
const followedMatches = 8;

/** What `sopi` found, with the other poses that its features led to. */
export interface SopiOutcome extends MethodOutcome {
  readonly followed: readonly Mat4[];
}

/** The paper's method: the initialiser, then iterations on embedded features. */
export async function registerSopi(input: MethodInput, method: string): Promise<SopiOutcome> {
  const networks = requireNetworks(input, method);
  const started = performance.now();
  const estimate = await initialEstimate(input, networks);
  const initialiseMs = performance.now() - started;
  const encoder = await networks.encoder();
  const levels = createLevels(input, estimate.xray);
  try {
    const [coarse, medium] = (["coarse", "medium"] as const).map((name) =>
      levels.get(name, gradientCorrelation, "rigid"),
    );
    const refined = await refineEmbedded(
      ...([encoder, input, estimate.xray, startsOf(input, estimate)] as const),
      { quick: (pose) => coarse!.value(pose), careful: (pose) => medium!.value(pose) },
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

/**
 * Where the features set out from: the initialiser's answer, where its templates fit, and the start pose. Without the
 * initialiser (an ablation) the start pose alone.
 */
function startsOf(input: MethodInput, estimate: InitialEstimate): Mat4[] {
  if (input.initialiser === "start") return [input.start];
  return [estimate.cameraFromWorld, input.start, ...estimate.others.slice(0, followedMatches)];
}

export const sopi: RegistrationMethod = {
  name: "sopi",
  summary: "pose initialiser, then embedded-feature similarity (two networks)",
  citation:
    "Chen et al., Embedded Feature Similarity Optimization with Specific Parameter Initialization for 2D/3D Medical Image Registration, ICASSP 2024",
  needs: ["rtpi", "encoder"],
  run: (input) => registerSopi(input, "sopi"),
};
