import { usageError } from "../../errors.ts";
import { emitConcat, emitPad, emitReshape, emitSlice, emitTranspose } from "../onnx/nodes.ts";
import type { Primitive, Tensor } from "../primitive.ts";
import { type Shape, formatShape, resolveAxes, sameShape, sizeOf, stridesOf } from "../shape.ts";

/*
 * Operations that move elements without changing them. They are linear, and each one's adjoint is
 * another of this file: reshape and transpose their inverses, slice and pad each other.
 */

const reshapePrimitive: Primitive<{ shape: Shape }, readonly [Tensor]> = {
  name: "reshape",
  gradient: ({ inputs: [x] }, _output, seed) => [reshape(seed, x.shape)],
  evaluate: (_site, [x]) => x,
  lower: ({ attributes }, [x], emitter) => emitReshape(emitter, x, attributes.shape),
};

/** The same elements in another shape of the same size; one extent may be -1 (worked out). */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const full = shape.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent));
  const unknowns = shape.filter((extent) => extent === -1).length;
  if (unknowns > 1 || sizeOf(full) !== sizeOf(x.shape) || !full.every(Number.isInteger)) {
    throw usageError({
      what: "reshape",
      got: `${formatShape(x.shape)} to ${formatShape(shape)}`,
      expected: `a shape of ${sizeOf(x.shape)} elements`,
    });
  }
  if (sameShape(x.shape, full)) return x;
  const source = x.op === "reshape" ? x.inputs[0]! : x;
  if (source !== x) return reshape(source, full);
  return x.graph.apply(reshapePrimitive, [x], { shape: full }, full);
}

const transposePrimitive: Primitive<{ axes: readonly number[] }, readonly [Tensor]> = {
  name: "transpose",
  gradient: ({ attributes: { axes } }, _output, seed) => [transpose(seed, inversePermutation(axes))],
  evaluate: ({ inputs: [x], attributes: { axes }, shape }, [values]) => {
    const strides = stridesOf(x.shape);
    return gather(
      values,
      shape,
      axes.map((axis) => strides[axis]!),
      0,
    );
  },
  lower: ({ attributes: { axes } }, [x], emitter) => emitTranspose(emitter, x, axes),
};

/** Axis i of the result is axis `axes[i]` of x. */
export function transpose(x: Tensor, axes: readonly number[]): Tensor {
  const permutation = axes.length === x.shape.length && resolveAxes("transpose", x.shape, axes);
  if (!permutation) {
    throw usageError({
      what: "transpose",
      got: `axes ${formatShape(axes)} for ${formatShape(x.shape)}`,
      expected: "every axis once",
    });
  }
  if (axes.every((axis, i) => axis === i)) return x;
  const shape = axes.map((axis) => x.shape[axis]!);
  // Moving only axes of extent one moves no element.
  const moved = axes.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis)) return reshape(x, shape);
  if (x.op === "transpose") {
    const inner = x.attributes["axes"] as readonly number[];
    return transpose(
      x.inputs[0]!,
      axes.map((axis) => inner[axis]!),
    );
  }
  return x.graph.apply(transposePrimitive, [x], { axes: [...axes] }, shape);
}

/** Swaps the last two axes. */
export function swapLastAxes(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  axes.push(...axes.splice(-2).reverse());
  return transpose(x, axes);
}

function inversePermutation(axes: readonly number[]): number[] {
  const inverse = new Array<number>(axes.length);
  axes.forEach((axis, i) => (inverse[axis] = i));
  return inverse;
}

const slicePrimitive: Primitive<{ start: Shape; size: Shape }, readonly [Tensor]> = {
  name: "slice",
  gradient: ({ inputs: [x], attributes: { start, size } }, _output, seed) => [
    pad(
      seed,
      start,
      x.shape.map((extent, axis) => extent - start[axis]! - size[axis]!),
    ),
  ],
  evaluate: ({ inputs: [x], attributes: { start }, shape }, [values]) => {
    const strides = stridesOf(x.shape);
    return gather(
      values,
      shape,
      strides,
      start.reduce((sum, first, axis) => sum + first * strides[axis]!, 0),
    );
  },
  lower: ({ inputs: [x], attributes: { start, size } }, [name], emitter) => {
    const axes = x.shape.map((_, axis) => axis).filter((axis) => size[axis] !== x.shape[axis]);
    const starts = axes.map((axis) => start[axis]!);
    const ends = axes.map((axis) => start[axis]! + size[axis]!);
    return emitSlice(emitter, name, { axes, starts, ends });
  },
};

/** The block of `size` elements from index `start` on, on every axis. */
export function slice(x: Tensor, start: readonly number[], size: readonly number[]): Tensor {
  const inside = x.shape.every((extent, axis) => {
    const [first = -1, count = 0] = [start[axis], size[axis]];
    return first >= 0 && count > 0 && first + count <= extent;
  });
  if (!inside || start.length !== x.shape.length || size.length !== x.shape.length) {
    throw usageError({
      what: "slice",
      got: `start ${formatShape(start)}, size ${formatShape(size)}`,
      expected: `a block inside ${formatShape(x.shape)}`,
    });
  }
  if (sameShape(x.shape, size)) return x;
  return x.graph.apply(slicePrimitive, [x], { start: [...start], size: [...size] }, [...size]);
}

/** Elements `first` to `first + count - 1` of one axis. */
export function sliceAxis(x: Tensor, axis: number, first: number, count: number): Tensor {
  const [at] = resolveAxes("slice", x.shape, [axis]);
  return slice(
    x,
    x.shape.map((_, i) => (i === at ? first : 0)),
    x.shape.map((extent, i) => (i === at ? count : extent)),
  );
}

const padPrimitive: Primitive<{ before: Shape; after: Shape }, readonly [Tensor]> = {
  name: "pad",
  gradient: ({ inputs: [x], attributes: { before } }, _output, seed) => [slice(seed, before, x.shape)],
  evaluate: ({ inputs: [x], attributes: { before }, shape }, [values]) => {
    const strides = stridesOf(shape);
    const first = before.reduce((sum, count, axis) => sum + count * strides[axis]!, 0);
    const out = new Float64Array(sizeOf(shape));
    visit(x.shape, strides, first, (target, i) => (out[target] = values[i]!));
    return out;
  },
  lower: ({ attributes: { before, after } }, [x], emitter) => emitPad(emitter, x, before, after),
};

/** Zeros added before and after on every axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  const counts = [...before, ...after];
  if (counts.length !== 2 * x.shape.length || counts.some((count) => !Number.isInteger(count) || count < 0)) {
    throw usageError({
      what: "pad",
      got: `before ${formatShape(before)}, after ${formatShape(after)}`,
      expected: `two non-negative counts for each axis of ${formatShape(x.shape)}`,
    });
  }
  if (counts.every((count) => count === 0)) return x;
  const shape = x.shape.map((extent, axis) => before[axis]! + extent + after[axis]!);
  return x.graph.apply(padPrimitive, [x], { before: [...before], after: [...after] }, shape);
}

const concatPrimitive: Primitive<{ axis: number }, readonly Tensor[]> = {
  name: "concat",
  gradient: ({ inputs, attributes: { axis } }, _output, seed) => {
    let first = 0;
    return inputs.map((x) => {
      const count = x.shape[axis]!;
      first += count;
      return sliceAxis(seed, axis, first - count, count);
    });
  },
  evaluate: ({ inputs, attributes: { axis }, shape }, values) => {
    const out = new Float64Array(sizeOf(shape));
    const strides = stridesOf(shape);
    let first = 0;
    inputs.forEach((x, which) => {
      const source = values[which]!;
      visit(x.shape, strides, first * strides[axis]!, (target, i) => (out[target] = source[i]!));
      first += x.shape[axis]!;
    });
    return out;
  },
  lower: ({ attributes: { axis } }, names, emitter) => emitConcat(emitter, names, axis),
};

/** Tensors side by side along one axis; the other extents must agree. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (!first) throw usageError({ what: "concat", got: "no tensors", expected: "one or more" });
  const [at = 0] = resolveAxes("concat", first.shape, [axis]);
  const fits = tensors.every(
    (x) => x.shape.length === first.shape.length && x.shape.every((e, i) => i === at || e === first.shape[i]),
  );
  if (!fits) {
    throw usageError({
      what: `concat along axis ${at}`,
      got: tensors.map((x) => formatShape(x.shape)).join(", "),
      expected: "shapes that differ on that axis only",
    });
  }
  if (tensors.length === 1) return first;
  const extent = tensors.reduce((sum, x) => sum + x.shape[at]!, 0);
  const shape = first.shape.map((e, i) => (i === at ? extent : e));
  return first.graph.apply(concatPrimitive, [...tensors], { axis: at }, shape);
}

/** Calls `act(offset, i)` for the i-th element of a block, `offset` its place in an array of other strides. */
function visit(
  shape: Shape,
  strides: readonly number[],
  first: number,
  act: (offset: number, i: number) => void,
): void {
  const index = new Array<number>(shape.length).fill(0);
  const count = sizeOf(shape);
  let offset = first;
  for (let i = 0; i < count; i++) {
    act(offset, i);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      offset -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

function gather(values: Float64Array, shape: Shape, strides: readonly number[], first: number): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  visit(shape, strides, first, (offset, i) => (out[i] = values[offset]!));
  return out;
}
