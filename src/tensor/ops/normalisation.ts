import { usageError } from "../../errors.ts";
import type { Tensor } from "../primitive.ts";
import { formatShape } from "../shape.ts";
import { add, mul } from "./arithmetic.ts";
import { reshape } from "./layout.ts";
import { normalise } from "./normalise.ts";

/** Gain and offset of each channel after normalisation, both [channels]. */
export interface Affine {
  readonly gain: Tensor;
  readonly offset: Tensor;
}

/** Options of the normalisations of [batch, channels, ...space]. */
export interface NormalisationOptions {
  readonly affine?: Affine;
  /** Added to the variance (default 1e-5). */
  readonly epsilon?: number;
}

/** Normalises each image and group of channels over the group and space (Wu & He 2018). */
export function groupNorm(x: Tensor, groups: number, options: NormalisationOptions = {}): Tensor {
  const [batch = 0, channels = 0, ...space] = x.shape;
  if (x.shape.length < 2 || !Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw usageError({
      what: "groupNorm",
      got: `${groups} groups for ${formatShape(x.shape)}`,
      expected: "[batch, channels, ...space] and a divisor of its channels",
    });
  }
  const grouped = reshape(x, [batch, groups, channels / groups, ...space]);
  const axes = grouped.shape.map((_, axis) => axis).slice(2);
  return applyAffine(reshape(normalise(grouped, axes, options.epsilon), x.shape), options.affine);
}

/** Normalises each channel of each image over space (Ulyanov et al. 2016). */
export function instanceNorm(x: Tensor, options: NormalisationOptions = {}): Tensor {
  const axes = x.shape.map((_, axis) => axis).slice(2);
  return applyAffine(normalise(x, axes, options.epsilon), options.affine);
}

/** Normalises over the channels at every point, as ConvNeXt's channels-first LayerNorm does. */
export function channelNorm(x: Tensor, options: NormalisationOptions = {}): Tensor {
  return applyAffine(normalise(x, [1], options.epsilon), options.affine);
}

/** x gain + offset, channel by channel. */
function applyAffine(x: Tensor, affine: Affine | undefined): Tensor {
  if (!affine) return x;
  const shape = [x.shape[1] ?? 1, ...x.shape.slice(2).map(() => 1)];
  return add(mul(x, reshape(affine.gain, shape)), reshape(affine.offset, shape));
}
