import { usageError } from "../../errors.ts";
import type { Primitive, Tensor } from "../primitive.ts";
import { type Shape, formatShape, sizeOf } from "../shape.ts";
import { emitReshape } from "../onnx/nodes.ts";
import { mean, mul } from "./arithmetic.ts";
import { conv } from "./conv.ts";
import { type PerAxis, convGeometry } from "./convGeometry.ts";
import { broadcastTo } from "./reduction.ts";
import { reshape } from "./layout.ts";

/*
 * Average pooling over disjoint blocks and nearest-neighbour upsampling are each other's adjoint, up
 * to the number of elements in a block.
 */

type Factors = { readonly factors: readonly number[] };

const blockMeanPrimitive: Primitive<Factors, readonly [Tensor]> = {
  name: "avgPool",
  gradient: ({ attributes: { factors } }, _output, seed) => [
    mul(upsampleNearest(seed, factors), 1 / sizeOf(factors)),
  ],
  evaluate: ({ inputs: [x], attributes: { factors }, shape }, [values]) => {
    const out = new Float64Array(sizeOf(shape));
    const target = blockIndices(x.shape, factors);
    values.forEach((value, i) => (out[target[i]!]! += value / sizeOf(factors)));
    return out;
  },
  lower: ({ attributes: { factors } }, [x], emitter) =>
    emitter.emit("AveragePool", [x], {
      attributes: { kernel_shape: { ints: factors }, strides: { ints: factors } },
    }),
};

const nearestPrimitive: Primitive<Factors, readonly [Tensor]> = {
  name: "upsampleNearest",
  gradient: ({ attributes: { factors } }, _output, seed) => [
    mul(avgPool(seed, { kernel: factors }), sizeOf(factors)),
  ],
  evaluate: ({ attributes: { factors }, shape }, [values]) =>
    Float64Array.from(blockIndices(shape, factors), (i) => values[i]!),
  lower: ({ inputs: [x], attributes: { factors }, shape }, [name], emitter) => {
    // Expand and reshape: ONNX's Resize rounds differently from one runtime to another.
    const [lead, space] = [x.shape.slice(0, 2), x.shape.slice(2)];
    const apart = emitReshape(emitter, name, [...lead, ...space.flatMap((extent) => [extent, 1])]);
    const target = [...lead, ...space.flatMap((extent, axis) => [extent, factors[axis]!])];
    return emitReshape(emitter, emitter.emit("Expand", [apart, emitter.integers(target)]), shape);
  },
};

/** For each element of the large array, the flat index of its block in the small one. */
function blockIndices(large: Shape, factors: readonly number[]): Int32Array {
  let indices = Int32Array.of(0);
  large.forEach((extent, axis) => {
    const factor = factors[axis - 2] ?? 1;
    const next = new Int32Array(indices.length * extent);
    indices.forEach((index, i) => {
      for (let j = 0; j < extent; j++)
        next[i * extent + j] = index * (extent / factor) + Math.floor(j / factor);
    });
    indices = next;
  });
  return indices;
}

/** Options of `avgPool`. */
export interface PoolOptions {
  readonly kernel: PerAxis;
  /** Default: the kernel, so that blocks do not overlap. */
  readonly stride?: PerAxis;
  /** Zeros around the input that count as elements (default 0). */
  readonly padding?: PerAxis;
}

/** Mean over windows of [batch, channels, ...space]; elements beyond the last whole window are left out. */
export function avgPool(x: Tensor, { kernel, stride = kernel, padding = 0 }: PoolOptions): Tensor {
  const rank = x.shape.length - 2;
  const window = typeof kernel === "number" ? new Array<number>(Math.max(rank, 0)).fill(kernel) : [...kernel];
  const channels = x.shape[1] ?? 0;
  const wShape = [channels, 1, ...window];
  const options = { stride, padding, groups: channels };
  const { stride: steps, before, yShape } = convGeometry("avgPool", x.shape, wShape, options);
  const disjoint = steps.every((step, axis) => step === window[axis] && before[axis] === 0);
  if (disjoint && x.shape.slice(2).every((extent, axis) => extent % (window[axis] ?? 1) === 0)) {
    return x.graph.apply(blockMeanPrimitive, [x], { factors: window }, yShape);
  }
  const weights = x.graph.constant(
    new Array<number>(channels * sizeOf(window)).fill(1 / sizeOf(window)),
    wShape,
  );
  return conv(x, weights, options);
}

/** Repeats every element of [batch, channels, ...space] `factor` times along each spatial axis. */
export function upsampleNearest(x: Tensor, factor: PerAxis): Tensor {
  const space = x.shape.slice(2);
  const factors = typeof factor === "number" ? space.map(() => factor) : [...factor];
  if (
    space.length < 1 ||
    factors.length !== space.length ||
    !factors.every((f) => Number.isInteger(f) && f > 0)
  ) {
    throw usageError({
      what: "upsampleNearest",
      got: `factor ${formatShape(factors)} for ${formatShape(x.shape)}`,
      expected: "positive integers, one for each spatial axis of [batch, channels, ...space]",
    });
  }
  const shape = [...x.shape.slice(0, 2), ...space.map((extent, axis) => extent * factors[axis]!)];
  if (factors.every((f) => f === 1)) return x;
  // Repeating a single element is plain broadcasting, which needs no copy.
  if (space.every((extent) => extent === 1)) return broadcastTo(x, shape);
  return x.graph.apply(nearestPrimitive, [x], { factors }, shape);
}

/** Mean over all space, [batch, channels, ...space] -> [batch, channels]. */
export function globalAvgPool(x: Tensor): Tensor {
  const [batch = 1, channels = 1] = x.shape;
  return reshape(mean(x, { axes: x.shape.map((_, axis) => axis).slice(2) }), [batch, channels]);
}
