import type { Mat4 } from "../geometry/mat4.ts";
import type { MethodInput, MethodOutcome, RegistrationMethod } from "./method.ts";
import { trainedShare } from "./networkPose.ts";
import { optGc } from "./optGc.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { initialEstimate, requireNetworks, rtpi } from "./rtpi.ts";
import type { SearchRange } from "./searchRange.ts";

/** How far a network's answer may be from the truth; the optimisation looks there unless it is told otherwise. */
const doubt: SearchRange = { rotationDeg: 10, inPlaneMm: 20, depthMm: 40 };

/** `opt-gc` around a pose that networks found. */
export async function optimiseFrom(
  input: MethodInput,
  found: {
    readonly cameraFromWorld: Mat4;
    readonly xray: PreparedXray;
    /** Other poses to try before a search is made. */
    readonly followed?: readonly Mat4[];
  },
): Promise<MethodOutcome> {
  // The networks' stage has decided how the X-ray is to be read.
  const { otherPolarity: _, ...rest } = input;
  const { cameraFromWorld, xray, followed } = found;
  // When none of the poses convinces, the search is the one that `opt-gc` would have made.
  const where = followed
    ? { candidates: [cameraFromWorld, ...followed] }
    : { start: cameraFromWorld, range: typeof input.range === "string" ? doubt : input.range };
  return withTrainedShare(input, await optGc.run({ ...rest, ...where, xray }));
}

/** The same outcome with the share of the networks' range that its pose takes. */
export async function withTrainedShare(input: MethodInput, outcome: MethodOutcome): Promise<MethodOutcome> {
  if (!input.networks || input.initialiser === "start") return outcome;
  const share = trainedShare(await input.networks.initialiser(), input, outcome.cameraFromWorld);
  return { ...outcome, evidence: { ...outcome.evidence, trainedShare: share } };
}

/** The initialiser with `opt-gc` in place of the fine registration: what the encoders have to beat. */
export const rtpiOpt: RegistrationMethod = {
  name: "rtpi+opt",
  summary: "rtpi, then opt-gc around its answer",
  citation: rtpi.citation,
  needs: ["rtpi"],
  run: async (input) => {
    const started = performance.now();
    const estimate = await initialEstimate(input, requireNetworks(input, "rtpi+opt"));
    const initialiseMs = performance.now() - started;
    const outcome = await optimiseFrom(input, estimate);
    return { ...outcome, initialiseMs };
  },
};
