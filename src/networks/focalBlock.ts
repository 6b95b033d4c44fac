import { convLayer } from "../tensor/layers.ts";
import { gelu } from "../tensor/ops/activation.ts";
import { add } from "../tensor/ops/arithmetic.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { type Conditioning, conditioned, paperConditioning } from "./normalisation.ts";

/**
 * Focal block of the cascade fusion network (Zhang et al. 2023): a 7x7 depthwise convolution for near
 * context, a second one with dilation 2 for far context, then 1x1 convolutions to four times the
 * channels and back; residual at both steps. Keeps the shape [batch, channels, h, w].
 */
export function focalBlock(scope: Scope, x: Tensor, conditioning: Conditioning = paperConditioning): Tensor {
  const channels = x.shape[1] ?? 1;
  const depthwise = { filters: channels, kernel: 7, groups: channels };
  const near = convLayer(scope.child("near"), x, depthwise);
  const local = add(x, gelu(conditioned(scope.child("nearNorm"), near, conditioning)));
  const far = convLayer(scope.child("far"), local, { ...depthwise, dilation: 2 });
  const normal = conditioned(scope.child("farNorm"), far, conditioning);
  const wide = gelu(convLayer(scope.child("expand"), normal, { filters: 4 * channels, kernel: 1 }));
  return add(
    local,
    convLayer(scope.child("reduce"), wide, { filters: channels, kernel: 1, gain: conditioning.residualGain }),
  );
}
