import { usageError } from "../../errors.ts";
import { emitPad } from "../onnx/nodes.ts";
import type { Emitter, OnnxAttribute, Primitive, Tensor } from "../primitive.ts";
import { type Shape, formatShape, sizeOf } from "../shape.ts";

/*
 * Linear interpolation to twice the size (bilinear, trilinear) and its adjoint. Sample centres are at
 * half integers and the border is repeated, as in PyTorch with align_corners = false.
 */

const doublePrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "upsampleLinear",
  gradient: (_site, _output, seed) => [adjoint(seed)],
  evaluate: ({ inputs: [x] }, [values]) => interpolate(values, x.shape, false),
  lower: ({ inputs: [x] }, [name], emitter) => {
    const scales = [1, 1, ...x.shape.slice(2).map(() => 2)];
    return emitter.emit("Resize", [name, "", emitter.floats(scales, [scales.length])], {
      attributes: {
        mode: { text: "linear" },
        coordinate_transformation_mode: { text: "half_pixel" },
      },
    });
  },
};

const adjointPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "upsampleLinearAdjoint",
  gradient: (_site, _output, seed) => [upsampleLinear(seed)],
  evaluate: ({ shape }, [values]) => interpolate(values, shape, true),
  lower: ({ inputs: [y] }, [name], emitter) => lowerAdjoint(y.shape, name, emitter),
};

function adjoint(y: Tensor): Tensor {
  const shape = [...y.shape.slice(0, 2), ...y.shape.slice(2).map((extent) => extent / 2)];
  return y.graph.apply(adjointPrimitive, [y], {}, shape);
}

/** Twice the size along every spatial axis of [batch, channels, ...space] by linear interpolation. */
export function upsampleLinear(x: Tensor): Tensor {
  const rank = x.shape.length - 2;
  if (rank < 1 || rank > 3) {
    throw usageError({
      what: "upsampleLinear",
      got: formatShape(x.shape),
      expected: "[batch, channels, ...space] with one to three spatial axes",
    });
  }
  const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map((extent) => extent * 2)];
  return x.graph.apply(doublePrimitive, [x], {}, shape);
}

/**
 * The adjoint on one axis: with the border repeated once, x[i] = (y[2i-1] + 3 y[2i] + 3 y[2i+1] + y[2i+2]) / 4.
 * [1 3 3 1] is three times [1 1], so it is three average pools, which every runtime has in fast form.
 */
function lowerAdjoint(shape: Shape, name: string, emitter: Emitter): string {
  const rank = shape.length - 2;
  const each = (value: number): number[] => new Array<number>(rank).fill(value);
  const padded = emitPad(emitter, name, [0, 0, ...each(1)], [0, 0, ...each(1)], "edge");
  const pool = (x: string, stride: number): string => {
    const attributes: Record<string, OnnxAttribute> = {
      kernel_shape: { ints: each(2) },
      strides: { ints: each(stride) },
    };
    return emitter.emit("AveragePool", [x], { attributes });
  };
  const smoothed = pool(pool(pool(padded, 1), 1), 2);
  return emitter.emit("Mul", [smoothed, emitter.floats([2 ** rank], [])]);
}

/** Interpolates the array of `small` shape, or (`backwards`) spreads the large one onto it. */
function interpolate(values: Float64Array, small: Shape, backwards: boolean): Float64Array {
  const large = small.map((extent, axis) => (axis < 2 ? extent : extent * 2));
  const out = new Float64Array(sizeOf(backwards ? small : large));
  let corners = [{ index: 0, weight: 1 }];
  const walk = (axis: number, at: number): void => {
    if (axis === small.length) {
      for (const { index, weight } of corners) {
        if (backwards) out[index]! += weight * values[at]!;
        else out[at]! += weight * values[index]!;
      }
      return;
    }
    const outer = corners;
    const extent = small[axis]!;
    for (let i = 0; i < large[axis]!; i++) {
      const position = axis < 2 ? i : Math.min(Math.max((i + 0.5) / 2 - 0.5, 0), extent - 1);
      const first = Math.floor(position);
      const next = Math.min(first + 1, extent - 1);
      corners = outer.flatMap(({ index, weight }) => [
        { index: index * extent + first, weight: weight * (first + 1 - position) },
        { index: index * extent + next, weight: weight * (position - first) },
      ]);
      corners = corners.filter((corner) => corner.weight !== 0);
      walk(axis + 1, at * large[axis]! + i);
    }
    corners = outer;
  };
  walk(0, 0);
  return out;
}
