import { convLayer } from "../tensor/layers.ts";
import { relu } from "../tensor/ops/activation.ts";
import { add } from "../tensor/ops/arithmetic.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { groupNormalisation } from "./normalisation.ts";

/** Options of `residualBlock`. */
export interface ResidualBlockOptions {
  /** Output channels. */
  readonly filters: number;
  /** Of the first convolution (default 1). */
  readonly stride?: number;
  readonly activation?: (x: Tensor) => Tensor;
}

/**
 * The basic block of residual networks (He et al. 2016): two 3x3 convolutions, each normalised, added to
 * the input; the input goes through a 1x1 convolution where shapes differ.
 * [batch, channels, ...space] -> [batch, filters, ...space / stride].
 */
export function residualBlock(scope: Scope, x: Tensor, options: ResidualBlockOptions): Tensor {
  const { filters, stride = 1, activation = relu } = options;
  const shape = { filters, kernel: 3, bias: false };
  const first = activation(
    groupNormalisation(
      scope.child("norm1"),
      convLayer(scope.child("conv1"), x, { ...shape, stride, padding: 1 }),
    ),
  );
  const second = groupNormalisation(scope.child("norm2"), convLayer(scope.child("conv2"), first, shape));
  return activation(add(second, shortcut(scope, x, filters, stride)));
}

function shortcut(scope: Scope, x: Tensor, filters: number, stride: number): Tensor {
  if (x.shape[1] === filters && stride === 1) return x;
  const projected = convLayer(scope.child("shortcut"), x, {
    ...{ filters, kernel: 1, stride, padding: 0, bias: false },
    gain: 1,
  });
  return groupNormalisation(scope.child("shortcutNorm"), projected);
}
