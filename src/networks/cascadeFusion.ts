import { convLayer } from "../tensor/layers.ts";
import { add } from "../tensor/ops/arithmetic.ts";
import { avgPool } from "../tensor/ops/pooling.ts";
import { upsampleLinear } from "../tensor/ops/upsample.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { focalBlock } from "./focalBlock.ts";
import { type Conditioning, conditioned, paperConditioning } from "./normalisation.ts";
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
export function cascadeFusion(
  scope: Scope,
  x: Tensor,
  widths: CascadeWidths,
  conditioning: Conditioning = paperConditioning,
): CascadeFeatures {
  const [, middleWidth, coarseWidth] = widths;
  const down = (s: Scope, from: Tensor, filters: number): Tensor =>
    downsample(s, from, filters, conditioning);
  const fine = scope.layer("fine", (s) => splitAttentionBottleneck(s, x, conditioning));
  const middle = scope.layer("middle", (s) =>
    splitAttentionBottleneck(s, down(s, fine, middleWidth), conditioning),
  );
  const coarse = scope.layer("coarse", (s) => focalBlock(s, down(s, middle, coarseWidth), conditioning));
  const fusedMiddle = scope.layer("coarseToMiddle", (s) => transition(s, coarse, middle));
  const fusedFine = scope.layer("middleToFine", (s) => transition(s, fusedMiddle, fine));
  return { fine: fusedFine, middle: fusedMiddle, coarse };
}

/** Half the resolution: normalisation and a 2x2 convolution of stride 2, or its antialiased counterpart. */
function downsample(scope: Scope, x: Tensor, filters: number, conditioning: Conditioning): Tensor {
  const normal = conditioned(scope.child("downNorm"), x, conditioning);
  return conditioning.antialiased
    ? convLayer(scope.child("down"), avgPool(normal, { kernel: 2 }), { filters, kernel: 1 })
    : convLayer(scope.child("down"), normal, { filters, kernel: 2, stride: 2, padding: 0 });
}

/** 1x1 convolution of the coarse level, bilinear to twice the size, added to the fine level. */
function transition(scope: Scope, coarse: Tensor, fine: Tensor): Tensor {
  const filters = fine.shape[1] ?? 1;
  const mixed = convLayer(scope.child("conv"), coarse, { filters, kernel: 1, gain: 1 });
  return add(fine, upsampleLinear(mixed));
}
