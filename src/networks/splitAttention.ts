import { channelNormLayer, convLayer, linearLayer } from "../tensor/layers.ts";
import { leakyRelu } from "../tensor/ops/activation.ts";
import { add, mul } from "../tensor/ops/arithmetic.ts";
import { reshape } from "../tensor/ops/layout.ts";
import { globalAvgPool } from "../tensor/ops/pooling.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { softmax } from "../tensor/ops/softmax.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { type Conditioning, groupNormalisation, paperConditioning } from "./normalisation.ts";

/** Options of `splitAttention`. */
export interface SplitAttentionOptions {
  /** Output channels. */
  readonly filters: number;
  /** Alternatives the attention weighs for every channel (default 2). */
  readonly radix?: number;
}

/**
 * Split attention (Zhang et al. 2022, ResNeSt): a grouped 3x3 convolution makes `radix` alternatives of
 * every channel; a small network on their global mean weighs them with a softmax.
 * [batch, channels, h, w] -> [batch, filters, h, w].
 */
export function splitAttention(
  scope: Scope,
  x: Tensor,
  { filters, radix = 2 }: SplitAttentionOptions,
): Tensor {
  const [batch = 1, , height = 1, width = 1] = x.shape;
  const convolved = convLayer(scope.child("conv"), x, {
    ...{ filters: filters * radix, kernel: 3, groups: radix, bias: false },
  });
  const all = leakyRelu(groupNormalisation(scope.child("norm"), convolved));
  const splits = reshape(all, [batch, radix, filters, height, width]);
  const context = globalAvgPool(sum(splits, { axes: [1] }));
  const hidden = linearLayer(scope.child("squeeze"), context, {
    ...{ features: Math.max((filters * radix) / 4, 32), bias: false, gain: Math.SQRT2 },
  });
  const active = leakyRelu(channelNormLayer(scope.child("squeezeNorm"), hidden));
  const logits = linearLayer(scope.child("excite"), active, { features: filters * radix });
  const attention = softmax(reshape(logits, [batch, radix, filters, 1, 1]), 1);
  return sum(mul(splits, attention), { axes: [1] });
}

/**
 * Bottleneck with split attention in its middle: 1x1, split attention, 1x1, each normalised, added to
 * the input. Keeps the shape [batch, channels, h, w].
 */
export function splitAttentionBottleneck(
  scope: Scope,
  x: Tensor,
  conditioning: Conditioning = paperConditioning,
): Tensor {
  const filters = x.shape[1] ?? 1;
  const point = { filters, kernel: 1, bias: false };
  const reduced = leakyRelu(
    groupNormalisation(scope.child("norm1"), convLayer(scope.child("conv1"), x, point)),
  );
  const attended = splitAttention(scope.child("attention"), reduced, { filters });
  const widened = convLayer(scope.child("conv2"), attended, point);
  const expanded = groupNormalisation(scope.child("norm2"), widened, conditioning.residualGain);
  const sum = add(x, expanded);
  return conditioning.linearPath ? sum : leakyRelu(sum);
}
