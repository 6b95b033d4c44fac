import type { Mat4 } from "../geometry/mat4.ts";
import { explanationFrom } from "./explanation.ts";
import { createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome } from "./method.ts";
import { trainedShare } from "./networkPose.ts";
import { gradientCorrelationMetrics, optGc } from "./optGc.ts";
import type { InitialEstimate } from "./rtpi.ts";
import { finish, settledAlone } from "./settled.ts";

/** Share of the whole work that trying the networks' poses is, when a search follows. */
const triedShare = 0.3;

/**
 * `opt-gc` from what networks found. Near a start that is believed their answer, and a better one that `approach` makes
 * of it, may do without a search: where the whole volume explains the X-ray from there beyond doubt. Otherwise
 * `opt-gc` searches, with these poses among its candidates.
 */
export async function optimiseFrom(
  input: MethodInput,
  { xray, cameraFromWorld }: Pick<InitialEstimate, "xray" | "cameraFromWorld">,
  approach?: () => Promise<Mat4>,
): Promise<MethodOutcome> {
  const started = performance.now();
  const metrics = gradientCorrelationMetrics;
  const levels = createLevels(input, xray);
  const candidates = [cameraFromWorld];
  const explain = (pose: Mat4, from: number) =>
    explanationFrom(input, metrics, levels, pose, { from, share: 0.1 });
  // Over the whole of the initialiser's range its answer is too coarse to be worth the projections.
  if (input.range !== "anywhere") {
    let sure = await explain(cameraFromWorld, 0);
    if (!sure && approach) {
      const nearer = await approach();
      candidates.push(nearer);
      sure = await explain(nearer, 0.2);
    }
    if (sure) {
      const settled = settledAlone(sure, { xray, levels });
      const outcome = await finish(input, metrics, settled, performance.now() - started);
      return await withTrainedShare(input, outcome);
    }
  }
  // The networks' stage has decided how the X-ray is to be read.
  const { otherPolarity: _, ...rest } = input;
  const spent = input.range === "anywhere" ? 0 : triedShare;
  const report: MethodInput["report"] = (step) =>
    input.report({ ...step, fraction: spent + (1 - spent) * step.fraction });
  const before = performance.now() - started;
  const outcome = await optGc.run({ ...rest, xray, candidates, report });
  return withTrainedShare(input, { ...outcome, initialiseMs: before + outcome.initialiseMs });
}

/** The same outcome with the share of the networks' range that its pose takes. */
async function withTrainedShare(input: MethodInput, outcome: MethodOutcome): Promise<MethodOutcome> {
  if (!input.networks || input.initialiser === "start") return outcome;
  const share = trainedShare(await input.networks.initialiser(), input, outcome.cameraFromWorld);
  return { ...outcome, evidence: { ...outcome.evidence, trainedShare: share } };
}
