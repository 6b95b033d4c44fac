import { encoderOf } from "../networks/encoderConfig.ts";
import { directionCosine } from "./directionCosine.ts";
import { doubleBackward } from "./doubleBackward.ts";
import { type EncoderTrainerInput, type EncoderTrainingSettings, encoderTrainer } from "./encoderTrainer.ts";
import { type RefinementPairs, drawRefinementPairs } from "./refinementPairs.ts";
import type { Measures, Trainer } from "./trainer.ts";

/** Configuration of the fine registration's training. */
export interface EncoderTrainingConfig extends EncoderTrainingSettings {
  /**
   * What the features are trained for: `direction` is equation (7) by double backward, as the paper does;
   * `step` makes the registration's own Gauss-Newton step lead to the true pose.
   */
  readonly scheme: EncoderScheme;
}

export type EncoderScheme =
  | { readonly kind: "direction" }
  | { readonly kind: "step"; /** See `FeatureStepOptions`. */ readonly damping: number };

/** Both encoders of the fine registration in training: section 2.3, equation (7) by double backward. */
export async function createEncoderTrainer(input: EncoderTrainerInput): Promise<Trainer> {
  const { config, projector } = input;
  const { encoder, masked, distance } = config.config;
  const graph = doubleBackward({
    ...{ encoder: encoderOf(encoder), batch: config.batch, imageSize: encoder.imageSize },
    ...{ masked, distance },
  });
  return encoderTrainer(input, {
    ...{ graph, answer: graph.poseGradient, measures: directionMeasures },
    draw: (source, random) => drawRefinementPairs(source, projector, config, random),
  });
}

/** Mean cosine between the network's pose gradient and the geodesic one, rotation and translation apart. */
function directionMeasures(slopes: readonly Float32Array[], pairs: readonly RefinementPairs[]): Measures {
  let [rotation, translation, count] = [0, 0, 0];
  slopes.forEach((slope, b) => {
    const goal = pairs[b]!.geodesicGradient;
    for (let i = 0; i < slope.length; i += 6) {
      rotation += directionCosine(slope.subarray(i, i + 3), goal.subarray(i, i + 3));
      translation += directionCosine(slope.subarray(i + 3, i + 6), goal.subarray(i + 3, i + 6));
      count++;
    }
  });
  return { rotationCosine: rotation / count, translationCosine: translation / count };
}
