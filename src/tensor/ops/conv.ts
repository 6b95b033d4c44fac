import { usageError } from "../../errors.ts";
import type { Primitive, Tensor } from "../primitive.ts";
import { type Shape, formatShape, sameShape, sizeOf } from "../shape.ts";
import { type ConvGeometry, type ConvOptions, convGeometry } from "./convGeometry.ts";
import { lowerConv, lowerConvDx } from "./convLowering.ts";
import { accumulateConv } from "./convReference.ts";
import { lowerConvDw } from "./convWeightLowering.ts";

/*
 * Convolution y = conv(x, w) is bilinear. With its adjoints in x and in w it is closed under
 * differentiation: the gradient of each of the three is made of the other two.
 */

type Pair = readonly [Tensor, Tensor];
const zeros = (shape: Shape): Float64Array => new Float64Array(sizeOf(shape));

const convPrimitive: Primitive<ConvGeometry, Pair> = {
  name: "conv",
  gradient: ({ inputs: [x, w], attributes }, _output, seed) => [
    convDx(seed, w, attributes),
    convDw(x, seed, attributes),
  ],
  evaluate: ({ attributes }, [x, w]) =>
    accumulateConv(attributes, "y", { x, w, y: zeros(attributes.yShape) }),
  lower: ({ attributes }, [x, w], emitter) => lowerConv(attributes, x, w, emitter),
};

const convDxPrimitive: Primitive<ConvGeometry, Pair> = {
  name: "convDx",
  gradient: ({ inputs: [y, w], attributes }, _output, seed) => [
    convolve(seed, w, attributes),
    convDw(seed, y, attributes),
  ],
  evaluate: ({ attributes }, [y, w]) =>
    accumulateConv(attributes, "x", { x: zeros(attributes.xShape), w, y }),
  lower: ({ attributes }, [y, w], emitter) => lowerConvDx(attributes, y, w, emitter),
};

const convDwPrimitive: Primitive<ConvGeometry, Pair> = {
  name: "convDw",
  gradient: ({ inputs: [x, y], attributes }, _output, seed) => [
    convDx(y, seed, attributes),
    convolve(x, seed, attributes),
  ],
  evaluate: ({ attributes }, [x, y]) =>
    accumulateConv(attributes, "w", { x, w: zeros(attributes.wShape), y }),
  lower: ({ attributes }, [x, y], emitter) => lowerConvDw(attributes, x, y, emitter),
};

function convolve(x: Tensor, w: Tensor, geometry: ConvGeometry): Tensor {
  return x.graph.apply(convPrimitive, [x, w], geometry, geometry.yShape);
}

function convDx(y: Tensor, w: Tensor, geometry: ConvGeometry): Tensor {
  return y.graph.apply(convDxPrimitive, [y, w], geometry, geometry.xShape);
}

function convDw(x: Tensor, y: Tensor, geometry: ConvGeometry): Tensor {
  return x.graph.apply(convDwPrimitive, [x, y], geometry, geometry.wShape);
}

/**
 * Cross-correlation, as deep learning calls convolution, in one, two or three dimensions:
 * x [batch, channels, ...space], w [filters, channels / groups, ...kernel] -> [batch, filters, ...space'].
 * Depthwise convolution is `groups` = channels.
 */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  return convolve(x, w, convGeometry("conv", x.shape, w.shape, options));
}

const ofRank =
  (op: string, rank: number) =>
  (x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor => {
    if (x.shape.length !== rank + 2) {
      throw usageError({
        what: op,
        got: `x ${formatShape(x.shape)}`,
        expected: `a tensor of ${rank + 2} axes, [batch, channels, ...space]`,
      });
    }
    return convolve(x, w, convGeometry(op, x.shape, w.shape, options));
  };

type Convolution = (x: Tensor, w: Tensor, options?: ConvOptions) => Tensor;
/** Convolution over [batch, channels, length]. */
export const conv1d: Convolution = ofRank("conv1d", 1);
/** Convolution over [batch, channels, height, width]. */
export const conv2d: Convolution = ofRank("conv2d", 2);
/** Convolution over [batch, channels, depth, height, width]. */
export const conv3d: Convolution = ofRank("conv3d", 3);

/**
 * Transposed convolution: the adjoint in x of the convolution with the same weights and options that
 * maps [batch, channels, ...outputSpace] to y's shape [batch, filters, ...space].
 */
export function convTranspose(
  y: Tensor,
  w: Tensor,
  outputSpace: readonly number[],
  options: ConvOptions = {},
): Tensor {
  const channels = (w.shape[1] ?? 0) * (options.groups ?? 1);
  const xShape = [y.shape[0] ?? 0, channels, ...outputSpace];
  const geometry = convGeometry("convTranspose", xShape, w.shape, options);
  if (!sameShape(geometry.yShape, y.shape)) {
    throw usageError({
      what: "convTranspose",
      got: `y ${formatShape(y.shape)}`,
      expected: `${formatShape(geometry.yShape)}, what the convolution gives for output space ${formatShape(outputSpace)}`,
    });
  }
  return convDx(y, w, geometry);
}
