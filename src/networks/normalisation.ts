import { channelNormLayer, groupNormLayer } from "../tensor/layers.ts";
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
export function groupNormalisation(scope: Scope, x: Tensor, gain = 1): Tensor {
  const channels = x.shape[1] ?? 1;
  return groupNormLayer(scope, x, channels % groupSize === 0 ? channels / groupSize : 1, gain);
}

/** How a network keeps its numbers in range, and how it begins. */
export interface Conditioning {
  /**
   * What the blocks that the paper's authors normalise over the channels of each pixel are normalised over.
   * With few channels that makes full-sized signals out of the least noise where an image is flat: features
   * jump with the pose, and neither training nor registration finds a slope to follow. "image" takes groups
   * of channels over the whole image instead.
   */
  readonly normalisedOver: "channels" | "image";
  /** Gain of the residual branches at the start of training: near 0 the network begins as a smooth filter. */
  readonly residualGain: number;
  /**
   * Halve the resolution by averaging after a convolution instead of by a strided one, whose features change
   * with shifts of less than its stride (Zhang 2019, "Making convolutional networks shift-invariant again").
   */
  readonly antialiased: boolean;
  /** Leave out activations on the way that all features take; those inside residual branches stay. */
  readonly linearPath: boolean;
}

/** As the paper's authors have it. */
export const paperConditioning: Conditioning = {
  ...{ normalisedOver: "channels", residualGain: 1, antialiased: false, linearPath: false },
};

/** What trains on few images. */
export const smoothConditioning: Conditioning = {
  ...{ normalisedOver: "image", residualGain: 0.1, antialiased: true, linearPath: true },
};

/** Normalises over what the conditioning says, with trainable gain and offset. */
export function conditioned(
  scope: Scope,
  x: Tensor,
  { normalisedOver }: Pick<Conditioning, "normalisedOver">,
): Tensor {
  return normalisedOver === "channels" ? channelNormLayer(scope, x) : groupNormalisation(scope, x);
}

/**
 * Every image or volume of a batch at mean 0 and variance 1: brightness and contrast are the detector's
 * choice, not the patient's.
 */
export function standardise(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis).slice(1);
  return x.graph.within("standardise", () => normalise(x, axes));
}
