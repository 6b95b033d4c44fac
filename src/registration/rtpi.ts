import { usageError } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { InitialiserNetwork, Networks } from "../networks/networks.ts";
import { gradientCorrelation } from "../similarity/gradientCorrelation.ts";
import { type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { networkPose, trainedShare } from "./networkPose.ts";
import { posePrecision } from "./posePrecision.ts";
import type { PreparedXray } from "./prepareXray.ts";
import type { RegistrationEvidence } from "./result.ts";

/** What the initialiser answered, in the reading of the X-ray that it explains better. */
export interface InitialEstimate {
  readonly xray: PreparedXray;
  readonly cameraFromWorld: Mat4;
  /** Gradient correlation at medium resolution, at the start and at the estimate. */
  readonly startSimilarity: number;
  readonly similarity: number;
  /** What speaks for the estimate and against it. */
  readonly evidence: RegistrationEvidence;
}

/** The networks of a run; without them the method cannot work. */
export function requireNetworks(input: MethodInput, method: string): Networks {
  if (input.networks) return input.networks;
  throw usageError({
    what: `Method ${method}`,
    got: "no networks",
    expected: "the option `networks`, made by createNodeNetworks or createNetworks",
    todo: "Give them, or choose a method without networks (opt-gc)",
  });
}

/**
 * One forward pass for every reading of the X-ray; the projection decides between two readings. Without the
 * initialiser the start pose stands in for its answer.
 */
export async function initialEstimate(input: MethodInput, networks: Networks): Promise<InitialEstimate> {
  const network = input.initialiser === "start" ? undefined : await networks.initialiser();
  const readings = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  const estimates: InitialEstimate[] = [];
  for (const xray of readings) {
    const cameraFromWorld = network ? await networkPose(network, input, xray) : input.start;
    const levels = createLevels(input, xray);
    const judged = judgePose(input, levels, cameraFromWorld, network);
    estimates.push({ xray, cameraFromWorld, ...judged });
  }
  return estimates.reduce((best, other) => (other.similarity > best.similarity ? other : best));
}

/** The initialiser's answer for a method that judges poses by itself: nothing is projected to judge a single reading. */
export async function initialPose(
  input: MethodInput,
  networks: Networks,
): Promise<Pick<InitialEstimate, "xray" | "cameraFromWorld">> {
  const { xray, start, otherPolarity } = input;
  if (otherPolarity) return initialEstimate(input, networks);
  if (input.initialiser === "start") return { xray, cameraFromWorld: start };
  return { xray, cameraFromWorld: await networkPose(await networks.initialiser(), input, xray) };
}

/** Gradient correlation at medium resolution, at the start and at a pose that networks found, and its peak there. */
export function judgePose(
  input: MethodInput,
  levels: Levels,
  cameraFromWorld: Mat4,
  network: InitialiserNetwork | undefined,
): Pick<InitialEstimate, "startSimilarity" | "similarity" | "evidence"> {
  const level = levels.get("medium", gradientCorrelation, "rigid");
  const startSimilarity = level.value(input.start);
  const similarity = level.value(cameraFromWorld);
  const precision = posePrecision(level, cameraFromWorld, input);
  const evidence: RegistrationEvidence = {
    ...{ content: "rigid", medium: similarity, margin: 0 },
    ...(network && { trainedShare: trainedShare(network, input, cameraFromWorld) }),
    ...(precision && { precision }),
  };
  return { startSimilarity, similarity, evidence };
}

/** RTPI of the paper alone: the pose from one forward pass of a network, whatever the start. */
export const rtpi: RegistrationMethod = {
  name: "rtpi",
  summary: "pose initialiser, one forward pass of a network",
  citation:
    "Chen et al., Embedded Feature Similarity Optimization with Specific Parameter Initialization for 2D/3D Medical Image Registration, ICASSP 2024 (section 2.2)",
  needs: ["rtpi"],
  run: async (input) => {
    const started = performance.now();
    const estimate = await initialEstimate(input, requireNetworks(input, "rtpi"));
    const initialiseMs = performance.now() - started;
    await input.report({
      ...{ stage: "network", iteration: 0, fraction: 1 },
      ...{ similarity: estimate.similarity, cameraFromWorld: estimate.cameraFromWorld },
    });
    return { ...outcomeOf(estimate), initialiseMs };
  },
};

/** A network's answer cannot tell how good it is: it is only believed to be better than the start. */
function outcomeOf(estimate: InitialEstimate): Omit<MethodOutcome, "initialiseMs"> {
  const { xray, cameraFromWorld, similarity, startSimilarity, evidence } = estimate;
  return {
    cameraFromWorld,
    status: similarity > startSimilarity ? "converged" : "low-confidence",
    similarity: { name: "gc", initial: startSimilarity, final: similarity },
    ...{ iterations: 0, xray, warnings: [] },
    evidence,
  };
}
