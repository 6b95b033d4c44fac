import { refineEmbedded } from "./embeddedRefine.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { initialEstimate, judgePose, requireNetworks } from "./rtpi.ts";

/** The paper's method: the initialiser, then iterations on embedded features. */
export async function registerSopi(input: MethodInput, method: string): Promise<MethodOutcome> {
  const networks = requireNetworks(input, method);
  const started = performance.now();
  const estimate = await initialEstimate(input, networks);
  const initialiseMs = performance.now() - started;
  const encoder = await networks.encoder();
  const refined = await refineEmbedded(
    encoder,
    input,
    estimate.xray,
    estimate.cameraFromWorld,
    (iteration, value, cameraFromWorld, evaluations) =>
      input.report({
        ...{ stage: "features", iteration, evaluations: estimate.evaluations + evaluations },
        ...{ similarity: -value, cameraFromWorld, fraction: Math.min(0.95, 0.3 + iteration / 40) },
      }),
  );
  const network = input.initialiser === "start" ? undefined : await networks.initialiser();
  const judged = judgePose(input, estimate.xray, refined.cameraFromWorld, network);
  return {
    cameraFromWorld: refined.cameraFromWorld,
    status: refined.stop === "max-iterations" ? "max-iterations" : "converged",
    similarity: { name: "network", initial: -refined.initial, final: -refined.final },
    iterations: refined.iterations,
    evaluations: estimate.evaluations + refined.evaluations + judged.evaluations,
    ...{ initialiseMs, xray: estimate.xray, warnings: [] },
    evidence: judged.evidence,
  };
}

export const sopi: RegistrationMethod = {
  name: "sopi",
  summary: "pose initialiser, then embedded-feature similarity (two networks)",
  citation:
    "Chen et al., Embedded Feature Similarity Optimization with Specific Parameter Initialization for 2D/3D Medical Image Registration, ICASSP 2024",
  needs: ["rtpi", "encoder"],
  run: (input) => registerSopi(input, "sopi"),
};
