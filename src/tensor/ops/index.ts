/** Everything that can be done to tensors. */
export { add, div, maximum, mean, minimum, mul, neg, type Operand, square, step, sub } from "./arithmetic.ts";
export { abs, cos, erf, exp, log, sigmoid, sign, sin, sqrt, tanh } from "./unary.ts";
export { gelu, leakyRelu, relu, silu } from "./activation.ts";
export { broadcastTo, type ReduceOptions, sum, sumTo } from "./reduction.ts";
export { concat, pad, reshape, slice, sliceAxis, swapLastAxes, transpose } from "./layout.ts";
export { matmul, type MatmulOptions } from "./matmul.ts";
export { solveSymmetric } from "./solve.ts";
export { softmax } from "./softmax.ts";
export { conv, conv1d, conv2d, conv3d, convTranspose } from "./conv.ts";
export type { ConvOptions, PerAxis } from "./convGeometry.ts";
export { avgPool, globalAvgPool, type PoolOptions, upsampleNearest } from "./pooling.ts";
export { upsampleLinear } from "./upsample.ts";
export {
  type Affine,
  channelNorm,
  groupNorm,
  instanceNorm,
  type NormalisationOptions,
} from "./normalisation.ts";
export { normalise } from "./normalise.ts";
