import { groupNormLayer } from "../tensor/layers.ts";
import { normalise } from "../tensor/ops/normalise.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";

/** Channels that are normalised together. */
const groupSize = 8;

/**
 * Group normalisation, eight channels a group, with trainable gain and offset. It takes the place of
 * the paper's batch normalisation: with one to four images a batch, statistics over the batch are noise,
 * and an image's features may not depend on the images beside it when its pose is optimised alone.
 */
export function groupNormalisation(scope: Scope, x: Tensor): Tensor {
  const channels = x.shape[1] ?? 1;
  return groupNormLayer(scope, x, channels % groupSize === 0 ? channels / groupSize : 1);
}

/**
 * Every image or volume of a batch at mean 0 and variance 1: brightness and contrast are the detector's
 * choice, not the patient's.
 */
export function standardise(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis).slice(1);
  return x.graph.within("standardise", () => normalise(x, axes));
}
