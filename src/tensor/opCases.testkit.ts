import type { OpCase } from "./opCheck.testkit.ts";
import * as t from "./ops/index.ts";
import { stopGradient } from "./gradient.ts";
import type { Tensor } from "./primitive.ts";

const positive = [0.3, 2] as const;

const elementwise: OpCase[] = [
  {
    name: "add",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: t.add,
  },
  {
    name: "add, broadcast both ways",
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    build: t.add,
  },
  { name: "sub, broadcast", shapes: [[3], [2, 3]], build: t.sub },
  {
    name: "mul",
    shapes: [
      [2, 3],
      [2, 3],
    ],
    build: t.mul,
  },
  {
    name: "mul, broadcast",
    shapes: [
      [2, 3, 2],
      [3, 1],
    ],
    build: t.mul,
  },
  { name: "mul by itself", shapes: [[5]], build: (x) => t.mul(x, x) },
  { name: "square", shapes: [[5]], build: t.square },
  {
    name: "div",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: t.div,
    range: positive,
  },
  { name: "div of a number", shapes: [[4]], build: (x) => t.div(3, x), range: positive },
  { name: "maximum", shapes: [[6], [2, 1]], build: t.maximum, gap: 0.02 },
  { name: "minimum", shapes: [[6], [6]], build: t.minimum, gap: 0.02 },
  { name: "scale factors", shapes: [[2, 3], [3]], build: (x, y) => t.mul(t.neg(t.div(t.mul(x, y), 3)), 0.7) },
  { name: "x + x - 0.2", shapes: [[4]], build: (x) => t.mul(x, t.sub(t.add(x, x), 0.2)) },
  { name: "mean", shapes: [[2, 3, 4]], build: (x) => t.mean(t.square(x), { axes: [0, -1] }) },
  { name: "exp", shapes: [[5]], build: t.exp },
  { name: "log", shapes: [[5]], build: t.log, range: positive },
  { name: "sqrt", shapes: [[5]], build: t.sqrt, range: positive },
  { name: "tanh", shapes: [[5]], build: t.tanh },
  { name: "sin", shapes: [[5]], build: t.sin, range: [-3, 3] },
  { name: "cos", shapes: [[5]], build: t.cos, range: [-3, 3] },
  { name: "sigmoid", shapes: [[5]], build: t.sigmoid, range: [-4, 4] },
  { name: "erf", shapes: [[9]], build: t.erf, range: [-3, 3] },
  { name: "abs", shapes: [[6]], build: (x) => t.mul(t.abs(x), x), gap: 0.05 },
  { name: "step", shapes: [[6]], build: (x) => t.mul(t.step(x), t.square(x)), gap: 0.05 },
  {
    name: "stopGradient",
    shapes: [[6]],
    build: (x) => t.add(stopGradient(t.step(x)), t.square(x)),
    gap: 0.05,
  },
];

const activations: OpCase[] = [
  { name: "relu", shapes: [[8]], build: (x) => t.square(t.relu(x)), gap: 0.05 },
  { name: "leakyRelu", shapes: [[8]], build: (x) => t.square(t.leakyRelu(x, 0.1)), gap: 0.05 },
  { name: "silu", shapes: [[8]], build: t.silu, range: [-4, 4] },
  { name: "gelu", shapes: [[8]], build: t.gelu, range: [-3, 3] },
  {
    name: "solveSymmetric",
    shapes: [
      [2, 3, 3],
      [2, 3],
    ],
    // A A^T + 1 is positive definite whatever A is.
    build: (a, b) =>
      t.solveSymmetric(
        t.add(t.matmul(a, a, { transposeB: true }), a.graph.constant([1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 3, 3])),
        b,
      ),
  },
  { name: "softmax", shapes: [[2, 3]], build: (x) => t.softmax(x) },
  { name: "softmax, inner axis", shapes: [[2, 3, 2]], build: (x) => t.softmax(x, 1), range: [-3, 3] },
];

const layout: OpCase[] = [
  { name: "reshape", shapes: [[2, 6]], build: (x) => t.square(t.reshape(x, [3, -1])) },
  { name: "transpose", shapes: [[2, 3, 4]], build: (x) => t.square(t.transpose(x, [2, 0, 1])) },
  {
    name: "swapLastAxes",
    shapes: [[2, 3]],
    build: (x) => t.mul(t.swapLastAxes(x), t.swapLastAxes(t.square(x))),
  },
  { name: "slice", shapes: [[3, 4]], build: (x) => t.square(t.slice(x, [1, 0], [2, 3])) },
  { name: "sliceAxis", shapes: [[3, 4]], build: (x) => t.square(t.sliceAxis(x, -1, 1, 2)) },
  { name: "pad", shapes: [[2, 3]], build: (x) => t.square(t.add(t.pad(x, [1, 0], [0, 2]), 1)) },
  {
    name: "concat",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (x, y) => t.square(t.concat([x, y, x], 1)),
  },
  { name: "sum", shapes: [[2, 3, 2]], build: (x) => t.square(t.sum(x, { axes: [1], keepDims: true })) },
  { name: "sum of all", shapes: [[2, 3]], build: (x) => t.square(t.sum(x)) },
  { name: "broadcastTo", shapes: [[3, 1]], build: (x) => t.square(t.broadcastTo(t.square(x), [2, 3, 2])) },
  { name: "sumTo", shapes: [[2, 3, 2]], build: (x) => t.square(t.sumTo(x, [3, 1])) },
];

const matrices: OpCase[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({
    name: `matmul ${transposeA ? "At" : "A"} ${transposeB ? "Bt" : "B"}`,
    shapes: [transposeA ? [2, 4, 3] : [2, 3, 4], transposeB ? [5, 4] : [4, 5]],
    build: (a: Tensor, b: Tensor) => t.matmul(a, b, { transposeA, transposeB }),
  })),
);

const conv = (name: string, x: number[], w: number[], options: t.ConvOptions = {}): OpCase => ({
  name,
  shapes: [x, w],
  build: (a, b) => t.conv(a, b, options),
});

const convolutions: OpCase[] = [
  conv("conv1d", [2, 2, 7], [3, 2, 3], { padding: 1 }),
  conv("conv1d, stride 3, dilation 2", [1, 1, 14], [2, 1, 3], { stride: 3, padding: 2, dilation: 2 }),
  conv("conv2d, 1x1", [2, 3, 3, 2], [4, 3, 1, 1]),
  conv("conv2d, 3x3", [2, 2, 5, 4], [3, 2, 3, 3], { padding: 1 }),
  conv("conv2d, 3x3, many channels", [1, 5, 4, 3], [2, 5, 3, 3], { padding: 1 }),
  conv("conv2d, stride 2", [1, 2, 7, 6], [3, 2, 3, 3], { stride: 2, padding: 1 }),
  conv("conv2d, stride 2, many channels", [2, 4, 6, 5], [2, 4, 3, 3], { stride: 2, padding: 1 }),
  conv("conv2d, stride 2, 1x1", [1, 2, 6, 5], [3, 2, 1, 1], { stride: 2 }),
  conv("conv2d, strides 1 and 2", [1, 2, 5, 6], [2, 2, 3, 2], { stride: [1, 2], padding: [1, 0] }),
  conv("conv2d, same, even kernel", [1, 1, 5, 6], [2, 1, 4, 4], { stride: 3, padding: "same" }),
  conv("conv2d, dilation 2", [1, 1, 7, 8], [2, 1, 3, 3], { dilation: 2, padding: 2 }),
  conv("conv2d, padding beyond the kernel", [1, 1, 3, 3], [2, 1, 2, 2], { padding: 3 }),
  conv("conv2d, leftover input", [1, 1, 8, 7], [1, 1, 2, 3], { stride: 3 }),
  conv("conv2d, two groups", [2, 4, 4, 3], [6, 2, 3, 3], { groups: 2, padding: 1 }),
  conv("conv2d, two groups, stride 2", [1, 4, 5, 4], [4, 2, 3, 3], { groups: 2, padding: 1, stride: 2 }),
  conv("conv2d, depthwise", [2, 3, 5, 5], [3, 1, 3, 3], { groups: 3, padding: 1 }),
  conv("conv2d, depthwise, two filters each", [2, 2, 5, 4], [4, 1, 3, 3], { groups: 2, padding: 1 }),
  conv("conv2d, depthwise 7x7, dilation 2", [1, 2, 8, 8], [2, 1, 7, 7], {
    groups: 2,
    padding: 6,
    dilation: 2,
  }),
  conv("conv2d, depthwise, stride 2", [1, 2, 6, 8], [2, 1, 3, 3], { groups: 2, padding: 1, stride: 2 }),
  conv("conv2d, depthwise, leftover input", [1, 2, 9, 8], [2, 1, 2, 2], { groups: 2, stride: 3 }),
  conv("conv2d, more weights than points", [3, 10, 2, 2], [10, 10, 2, 1], { padding: "same" }),
  conv("conv2d, more weights than points, two groups", [2, 20, 2, 2], [20, 10, 1, 1], { groups: 2 }),
  conv("conv3d", [1, 2, 3, 4, 3], [2, 2, 3, 3, 3], { padding: 1 }),
  conv("conv3d, stride 2", [1, 1, 5, 4, 4], [2, 1, 3, 3, 3], { padding: 1, stride: 2 }),
  conv("conv3d, depthwise", [1, 2, 3, 3, 4], [2, 1, 3, 3, 3], { padding: 1, groups: 2 }),
  {
    name: "convTranspose",
    shapes: [
      [1, 2, 3, 3],
      [2, 3, 2, 2],
    ],
    build: (y, w) => t.convTranspose(y, w, [6, 7], { stride: 2 }),
  },
];

const sampling: OpCase[] = [
  { name: "avgPool", shapes: [[2, 2, 4, 6]], build: (x) => t.avgPool(x, { kernel: [2, 3] }) },
  { name: "avgPool, 3D", shapes: [[1, 2, 4, 2, 2]], build: (x) => t.avgPool(x, { kernel: 2 }) },
  {
    name: "avgPool, overlapping",
    shapes: [[1, 2, 5, 5]],
    build: (x) => t.avgPool(x, { kernel: 3, stride: 2, padding: 1 }),
  },
  { name: "globalAvgPool", shapes: [[2, 3, 2, 2]], build: (x) => t.globalAvgPool(t.square(x)) },
  { name: "upsampleNearest", shapes: [[2, 2, 2, 3]], build: (x) => t.upsampleNearest(x, [2, 3]) },
  { name: "upsampleNearest, 3D", shapes: [[1, 1, 2, 2, 1]], build: (x) => t.upsampleNearest(x, 2) },
  {
    name: "upsampleNearest of one point",
    shapes: [[2, 2, 1, 1]],
    build: (x) => t.upsampleNearest(t.square(x), 3),
  },
  { name: "upsampleLinear, 1D", shapes: [[2, 2, 3]], build: (x) => t.upsampleLinear(x) },
  { name: "upsampleLinear, 2D", shapes: [[1, 2, 3, 4]], build: (x) => t.upsampleLinear(t.square(x)) },
  { name: "upsampleLinear, 3D", shapes: [[1, 1, 2, 3, 2]], build: (x) => t.upsampleLinear(x) },
  {
    name: "upsampleLinear of one point",
    shapes: [[1, 2, 1, 1]],
    build: (x) => t.upsampleLinear(t.square(x)),
  },
];

const normalisations: OpCase[] = [
  { name: "normalise", shapes: [[3, 5]], build: (x) => t.normalise(x, [1], 0.01) },
  {
    name: "groupNorm",
    shapes: [[2, 4, 3, 2], [4], [4]],
    build: (x, gain, offset) => t.groupNorm(x, 2, { affine: { gain, offset }, epsilon: 0.01 }),
  },
  { name: "instanceNorm", shapes: [[2, 2, 3, 3]], build: (x) => t.instanceNorm(x, { epsilon: 0.01 }) },
  {
    name: "channelNorm",
    shapes: [[2, 4, 2, 2], [4], [4]],
    build: (x, gain, offset) => t.channelNorm(x, { affine: { gain, offset }, epsilon: 0.01 }),
  },
];

/** Every operation, applied in every way that is written differently as ONNX. */
export const opCases: readonly OpCase[] = [
  ...elementwise,
  ...activations,
  ...layout,
  ...matrices,
  ...convolutions,
  ...sampling,
  ...normalisations,
];
