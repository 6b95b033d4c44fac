import { usageError } from "../../errors.ts";
import { emitSum } from "../onnx/nodes.ts";
import type { Primitive, Tensor } from "../primitive.ts";
import {
  type Shape,
  broadcastIndices,
  broadcastShapes,
  formatShape,
  resolveAxes,
  sameShape,
  sizeOf,
} from "../shape.ts";
import { reshape } from "./layout.ts";

/* Sums and their adjoint, broadcasting. */

const sumPrimitive: Primitive<{ axes: readonly number[] }, readonly [Tensor]> = {
  name: "sum",
  gradient: ({ inputs: [x] }, _output, seed) => [broadcastTo(seed, x.shape)],
  evaluate: ({ inputs: [x], shape }, [values]) => {
    const out = new Float64Array(sizeOf(shape));
    const target = broadcastIndices(shape, x.shape);
    for (let i = 0; i < values.length; i++) out[target[i]!]! += values[i]!;
    return out;
  },
  lower: ({ attributes: { axes } }, [x], emitter) => emitSum(emitter, x, axes, true),
};

/** Options of `sum` and `mean`. */
export interface ReduceOptions {
  /** Axes to reduce; all when absent. */
  readonly axes?: readonly number[];
  /** Keep reduced axes with extent one (default false). */
  readonly keepDims?: boolean;
}

/** Sum over axes. */
export function sum(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const reduced = resolveAxes("sum", x.shape, axes ?? x.shape.map((_, axis) => axis));
  const kept = x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.includes(axis));
  const active = reduced.filter((axis) => x.shape[axis] !== 1);
  if (active.length === 0) return reshape(x, shape);
  return reshape(x.graph.apply(sumPrimitive, [x], { axes: active }, kept), shape);
}

const broadcastPrimitive: Primitive<{ shape: Shape }, readonly [Tensor]> = {
  name: "broadcast",
  gradient: ({ inputs: [x] }, _output, seed) => [sumTo(seed, x.shape)],
  evaluate: ({ inputs: [x], shape }, [values]) =>
    Float64Array.from(broadcastIndices(x.shape, shape), (i) => values[i]!),
  lower: ({ attributes: { shape } }, [x], emitter) => emitter.emit("Expand", [x, emitter.integers(shape)]),
};

/** Repeats x along new leading axes and axes of extent one. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
    throw usageError({
      what: "broadcastTo",
      got: `${formatShape(x.shape)} to ${formatShape(shape)}`,
      expected: "a target that only repeats axes of extent one",
    });
  }
  return x.graph.apply(broadcastPrimitive, [x], { shape: [...shape] }, [...shape]);
}

/** The adjoint of `broadcastTo`: sums down to `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.shape.length - shape.length;
  const axes = x.shape.map((_, axis) => axis);
  const reduced = axes.filter((axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, { axes: reduced, keepDims: true }), shape);
}
