import { encoderOf } from "../networks/encoderConfig.ts";
import type { Projector } from "../projector/projector.ts";
import { createRandom } from "../random.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { clipNorm } from "../tensor/parameterUpdate.ts";
import { type Arrays, type TensorRuntime, compile } from "../tensor/session.ts";
import { doubleBackward, gradientOf } from "./doubleBackward.ts";
import { loadContent } from "./onlinePairs.ts";
import { type UpdateConfig, createUpdate } from "./parameterUpdates.ts";
import { type RefinementPairSettings, type RefinementPairs, drawRefinementPairs } from "./refinementPairs.ts";
import type { Measures, Trainer } from "./trainer.ts";
import type { TrainingContent } from "./trainingVolumes.ts";

/** Configuration of the fine registration's training. */
export interface EncoderTrainingConfig extends RefinementPairSettings {
  readonly update: UpdateConfig;
  readonly clipNorm: number;
  readonly validationBatches: number;
  /**
   * What the features are trained for: `direction` is equation (7) by double backward, as the paper does;
   * `step` makes the registration's own Gauss-Newton step lead to the true pose.
   */
  readonly scheme: EncoderScheme;
}

export type EncoderScheme =
  | { readonly kind: "direction" }
  | { readonly kind: "step"; /** See `FeatureStepOptions`. */ readonly damping: number };

export interface EncoderTrainerInput {
  readonly config: EncoderTrainingConfig;
  readonly seed: number;
  readonly training: readonly TrainingContent[];
  readonly validation: readonly TrainingContent[];
  readonly projector: Projector;
  readonly runtime: TensorRuntime;
}

/** Both encoders of the fine registration in training: section 2.3, equation (7) by double backward. */
export async function createEncoderTrainer(input: EncoderTrainerInput): Promise<Trainer> {
  const { config, seed, projector, runtime } = input;
  const { encoder, masked, distance } = config.config;
  const graph = doubleBackward({
    ...{ encoder: encoderOf(encoder), batch: config.batch, imageSize: encoder.imageSize },
    ...{ masked, distance },
  });
  const parameters = initialiseParameters(graph.parameters, createRandom(seed).fork("parameters"));
  shareStart(parameters.arrays);
  const gradient = createParameterStore(graph.parameters);
  const update = createUpdate(config.update, parameters.values.length);
  const { loss, poseGradient, gradients } = graph;
  const session = await compile({ loss, poseGradient, ...gradients }, runtime);
  const validationSession = await compile({ loss, poseGradient }, runtime);
  const into = Object.fromEntries(
    Object.entries(gradient.arrays).map(([name, array]) => [gradientOf(name), array]),
  );
  // The coarse volume is the initialiser's business.
  const training = loadContent(input.training, projector, { volumeSpacingMm: 8 });
  const validation = loadContent(input.validation, projector, { volumeSpacingMm: 8 });
  const draw = (step: number): RefinementPairs =>
    drawRefinementPairs(training, projector, config, createRandom(seed).fork(`step ${step}`));
  const fixed = Array.from({ length: config.validationBatches }, (_, i) =>
    drawRefinementPairs(validation, projector, config, createRandom(seed).fork(`validation ${i}`)),
  );
  let next: { step: number; pairs: RefinementPairs } | undefined;

  return {
    ...{ network: "encoder", parameters, update, config: config.config },
    step: async (number, rate) => {
      const pairs = next?.step === number ? next.pairs : draw(number);
      const running = session.run({ ...parameters.arrays, ...pairs }, into);
      // The next pairs are rendered while the network runs on its own thread.
      next = { step: number + 1, pairs: draw(number + 1) };
      const results = await running;
      const norm = clipNorm(gradient.values, config.clipNorm);
      if (Number.isFinite(norm)) update.step(parameters.values, gradient.values, rate);
      const measures = directionMeasures([results["poseGradient"]!], [pairs]);
      return { loss: results["loss"]![0]!, gradientNorm: norm, ...measures };
    },
    validate: async () => {
      let total = 0;
      const slopes: Float32Array[] = [];
      for (const pairs of fixed) {
        const results = await validationSession.run({ ...parameters.arrays, ...pairs });
        total += results["loss"]![0]! / fixed.length;
        slopes.push(results["poseGradient"]!);
      }
      return { loss: total, score: total, ...directionMeasures(slopes, fixed) };
    },
    dispose: async () => {
      await session.dispose();
      await validationSession.dispose();
    },
  };
}

/**
 * Both encoders start with the same weights: then equal images have equal features from the first step on,
 * and training need not find that out. From there they go their own ways.
 */
export function shareStart(arrays: Arrays): void {
  for (const [name, values] of Object.entries(arrays)) {
    if (name.startsWith("fixed.")) arrays[`moving.${name.slice("fixed.".length)}`]?.set(values);
  }
}

/** Mean cosine between the network's pose gradient and the geodesic one, rotation and translation apart. */
function directionMeasures(slopes: readonly Float32Array[], pairs: readonly RefinementPairs[]): Measures {
  let [rotation, translation, count] = [0, 0, 0];
  slopes.forEach((slope, b) => {
    const goal = pairs[b]!.geodesicGradient;
    for (let i = 0; i < slope.length; i += 6) {
      rotation += cosine(slope.subarray(i, i + 3), goal.subarray(i, i + 3));
      translation += cosine(slope.subarray(i + 3, i + 6), goal.subarray(i + 3, i + 6));
      count++;
    }
  });
  return { rotationCosine: rotation / count, translationCosine: translation / count };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
