import { type Initialiser, constantInitialiser, kaimingNormal, ones, zeros } from "./initialiser.ts";
import { add, mul } from "./ops/arithmetic.ts";
import { conv } from "./ops/conv.ts";
import type { ConvOptions, PerAxis } from "./ops/convGeometry.ts";
import { reshape } from "./ops/layout.ts";
import { matmul } from "./ops/matmul.ts";
import { type Affine, channelNorm, groupNorm, instanceNorm } from "./ops/normalisation.ts";
import type { Tensor } from "./primitive.ts";
import type { Scope } from "./scope.ts";

/* Layers: operations together with the parameters they own. Names are those of PyTorch's weight files. */

/** Options of `convLayer`. */
export interface ConvLayerOptions extends ConvOptions {
  /** Output channels. */
  readonly filters: number;
  /** Kernel extent. */
  readonly kernel: PerAxis;
  /** Add a trainable offset to every channel (default true; useless before a normalisation). */
  readonly bias?: boolean;
  /** Gain of the Kaiming initialisation (default sqrt 2). */
  readonly gain?: number;
}

/** Convolution with trainable weights; padding defaults to "same". The rank comes from x. */
export function convLayer(scope: Scope, x: Tensor, options: ConvLayerOptions): Tensor {
  const { filters, kernel, bias = true, gain, groups = 1, padding = "same" } = options;
  const [, channels = 0, ...space] = x.shape;
  const extent = typeof kernel === "number" ? space.map(() => kernel) : kernel;
  const weight = scope.parameter("weight", [filters, channels / groups, ...extent], kaimingNormal(gain));
  return scope.label(() => {
    const y = conv(x, weight, { ...options, groups, padding });
    if (!bias) return y;
    const offset = scope.parameter("bias", [filters], zeros);
    return add(y, reshape(offset, [filters, ...space.map(() => 1)]));
  });
}

/** Options of `linearLayer`. */
export interface LinearLayerOptions {
  /** Output features. */
  readonly features: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Gain of the Kaiming initialisation (default 1: no activation assumed). */
  readonly gain?: number;
}

/** [batch, inputs] -> [batch, features]. */
export function linearLayer(scope: Scope, x: Tensor, options: LinearLayerOptions): Tensor {
  const { features, bias = true, gain = 1 } = options;
  const weight = scope.parameter("weight", [features, x.shape.at(-1) ?? 0], kaimingNormal(gain));
  return scope.label(() => {
    const y = matmul(x, weight, { transposeB: true });
    return bias ? add(y, scope.parameter("bias", [features], zeros)) : y;
  });
}

function affine(scope: Scope, x: Tensor, gain: Initialiser = ones): Affine {
  const shape = [x.shape[1] ?? 1];
  return { gain: scope.parameter("weight", shape, gain), offset: scope.parameter("bias", shape, zeros) };
}

/** Group normalisation with trainable gain (at first 1 unless given) and offset. */
export function groupNormLayer(scope: Scope, x: Tensor, groups: number, gain = 1): Tensor {
  return scope.label(() => groupNorm(x, groups, { affine: affine(scope, x, constantInitialiser(gain)) }));
}

/** Instance normalisation with trainable gain and offset. */
export function instanceNormLayer(scope: Scope, x: Tensor): Tensor {
  return scope.label(() => instanceNorm(x, { affine: affine(scope, x) }));
}

/** Normalisation over channels with trainable gain and offset. */
export function channelNormLayer(scope: Scope, x: Tensor): Tensor {
  return scope.label(() => channelNorm(x, { affine: affine(scope, x) }));
}

/**
 * Dropout with the mask as an input of the graph, so that a step depends on nothing but its feeds:
 * fill it with `drawDropoutMask`. The mask may have extents of one, to drop whole channels.
 */
export function dropout(x: Tensor, mask: Tensor): Tensor {
  return mul(x, mask);
}
