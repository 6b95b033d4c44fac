import { channelNormLayer, convLayer } from "../tensor/layers.ts";
import { add } from "../tensor/ops/arithmetic.ts";
import { upsampleLinear } from "../tensor/ops/upsample.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { focalBlock } from "./focalBlock.ts";
import { splitAttentionBottleneck } from "./splitAttention.ts";

/** Channels of a cascade fusion block at full, half and quarter resolution. */
export type CascadeWidths = readonly [number, number, number];

/** Features of one cascade fusion block. */
export interface CascadeFeatures {
  /** [batch, widths[0], h, w]; what the next block continues with. */
  readonly fine: Tensor;
  /** [batch, widths[1], h / 2, w / 2]. */
  readonly middle: Tensor;
  /** [batch, widths[2], h / 4, w / 4]. */
  readonly coarse: Tensor;
}

/**
 * Cascade fusion block (section 2.3; Zhang et al. 2023): down over three resolutions, with
 * split-attention bottlenecks at the two finer ones and a focal block at the coarsest, then back up,
 * each level added to the next finer one. x [batch, widths[0], h, w]; h and w divisible by 4.
 */
export function cascadeFusion(scope: Scope, x: Tensor, widths: CascadeWidths): CascadeFeatures {
  const [, middleWidth, coarseWidth] = widths;
  const fine = scope.layer("fine", (s) => splitAttentionBottleneck(s, x));
  const middle = scope.layer("middle", (s) => splitAttentionBottleneck(s, downsample(s, fine, middleWidth)));
  const coarse = scope.layer("coarse", (s) => focalBlock(s, downsample(s, middle, coarseWidth)));
  const fusedMiddle = scope.layer("coarseToMiddle", (s) => transition(s, coarse, middle));
  const fusedFine = scope.layer("middleToFine", (s) => transition(s, fusedMiddle, fine));
  return { fine: fusedFine, middle: fusedMiddle, coarse };
}

/** Half the resolution: channel normalisation and a 2x2 convolution of stride 2. */
function downsample(scope: Scope, x: Tensor, filters: number): Tensor {
  const normal = channelNormLayer(scope.child("downNorm"), x);
  return convLayer(scope.child("down"), normal, { filters, kernel: 2, stride: 2, padding: 0 });
}

/** 1x1 convolution of the coarse level, bilinear to twice the size, added to the fine level. */
function transition(scope: Scope, coarse: Tensor, fine: Tensor): Tensor {
  const filters = fine.shape[1] ?? 1;
  const mixed = convLayer(scope.child("conv"), coarse, { filters, kernel: 1, gain: 1 });
  return add(fine, upsampleLinear(mixed));
}
