import { describe } from "vitest";
import { zeroPose } from "../src/geometry/pose.ts";
import { compactInitialiser } from "../src/networks/initialiser.ts";
import { type CompositeEncoderConfig, compositeEncoder } from "../src/networks/compositeEncoder.ts";
import { paperConditioning, smoothConditioning } from "../src/networks/normalisation.ts";
import { tinyRefinement } from "../src/networks/refinementInput.ts";
import { createNodeRuntime } from "../src/platform/node/onnxSession.ts";
import { createNodeProjector } from "../src/platform/node/projector.ts";
import { createRandom } from "../src/random.ts";
import { initialiseParameters } from "../src/tensor/parameterStore.ts";
import { compile } from "../src/tensor/session.ts";
import { defaultRandomisation, noRandomisation } from "../src/training/domainRandomisation.ts";
import { featureStep } from "../src/training/featureStep.ts";
import { type LoadedVolume, drawPairs, loadContent } from "../src/training/onlinePairs.ts";
import { type PoseDistribution, aimedPoses, refinementTruths } from "../src/training/poseSampler.ts";
import { shareStart } from "../src/training/sharedStart.ts";
import { type StepPairs, drawStepPairs } from "../src/training/stepPairs.ts";
import { createTrainingVolume, trainingContent } from "../src/training/trainingVolumes.ts";
import { poseErrorMeasures } from "../src/training/trainRtpi.ts";
import { keptMeasurement } from "./keptMeasurement.ts";

/*
 * What networks have to beat, on the ten validation phantoms: what is left of an offset after one Gauss-Newton step on the
 * features of encoders that were not trained, in both conditionings; and the errors of always answering the zero pose on the
 * X-rays that the shipped initialiser is validated on.
 */

const batch = 4;
const batches = 40;

const smallOffsets: PoseDistribution = {
  components: [{ share: 1, kind: "normal", rotationDeg: [2, 2, 2], translationMm: [8, 2, 2] }],
  ...{ limitDeg: [25, 25, 25], limitMm: [60, 35, 35] },
};

/** Median of |step - offset| / |offset|: 1 is what standing still leaves. */
async function leftByUntrained(
  encoder: CompositeEncoderConfig,
  pairs: readonly StepPairs[],
): Promise<number> {
  const { masked, distance, softening } = tinyRefinement;
  const graph = featureStep({
    ...{ encoder: compositeEncoder(encoder), batch, imageSize: encoder.imageSize, damping: 0.03 },
    ...{ masked, distance, softening },
  });
  const parameters = initialiseParameters(graph.parameters, createRandom(1).fork("parameters"));
  shareStart(parameters);
  const runtime = createNodeRuntime({ threads: 1 });
  const session = await compile({ step: graph.step }, runtime);
  const left: number[] = [];
  for (const inputs of pairs) {
    const { step } = await session.run({ ...parameters.arrays, ...inputs });
    for (let i = 0; i < step!.length; i += 6) {
      const offset = inputs.offset.subarray(i, i + 6);
      const miss = offset.map((value, q) => step![i + q]! - value);
      left.push(Math.hypot(...miss) / Math.hypot(...offset));
    }
  }
  await session.dispose();
  await runtime.dispose();
  return left.sort((a, b) => a - b)[left.length >> 1]!;
}

function zeroPoseErrors(
  volumes: readonly LoadedVolume[],
  projector: Awaited<ReturnType<typeof createNodeProjector>>,
) {
  const settings = {
    ...{ config: compactInitialiser, batch: 16, volumes: 2, centreJitterMm: 10, segmentedShare: 0.25 },
    ...{ poses: aimedPoses, randomisation: defaultRandomisation },
  };
  // The seed and the draws of models/rtpi/config.json.
  const truth = Array.from({ length: 10 }, (_, i) =>
    drawPairs(volumes, projector, settings, createRandom(2).fork(`validation ${i}`)),
  ).flatMap((pairs) => pairs.truth);
  const weights = [1, 1, 1, 0.2, 0.7, 0.7];
  const { rotationDeg, inPlaneMm, depthMm } = poseErrorMeasures(
    truth,
    truth.map(() => zeroPose),
    weights,
  );
  return { xrays: truth.length, rotationDeg, inPlaneMm, depthMm };
}

async function measure() {
  const projector = await createNodeProjector({ threads: 1 });
  const contents = Array.from({ length: 10 }, (_, i) =>
    trainingContent(createTrainingVolume(800_000 + i, { field: "trunk", size: 76, spacingMm: 4 })),
  );
  const volumes = loadContent(contents, projector, compactInitialiser);
  const settings = {
    ...{ config: tinyRefinement, batch, segmentedShare: 0, truths: refinementTruths },
    ...{ offsets: smallOffsets, randomisation: noRandomisation },
  };
  const pairs = Array.from({ length: batches }, (_, i) =>
    drawStepPairs(volumes, projector, settings, createRandom(1).fork(`validation ${i}`)),
  );
  const encoder = tinyRefinement.encoder as CompositeEncoderConfig;
  const untrained = {
    pairs: batch * batches,
    offsets: "normal, 2 degrees, 2 mm in plane, 8 mm of depth (sd)",
    medianShareLeft: {
      paperConditioning: await leftByUntrained({ ...encoder, conditioning: paperConditioning }, pairs),
      smoothConditioning: await leftByUntrained({ ...encoder, conditioning: smoothConditioning }, pairs),
    },
  };
  const zero = zeroPoseErrors(volumes, projector);
  projector.dispose();
  return { untrained, zero };
}

describe("what networks have to beat", () => {
  keptMeasurement("untrained encoders and the zero pose", "networkBaselines", measure);
});
