import type { Emitter } from "../primitive.ts";
import type { Shape } from "../shape.ts";

/* The ONNX nodes that lowerings share, each as one call. All return the name of the result. */

export function emitReshape(emitter: Emitter, x: string, shape: Shape): string {
  return emitter.emit("Reshape", [x, emitter.integers(shape)]);
}

export function emitTranspose(emitter: Emitter, x: string, axes: readonly number[]): string {
  if (axes.every((axis, i) => axis === i)) return x;
  return emitter.emit("Transpose", [x], { attributes: { perm: { ints: axes } } });
}

export interface EmittedSlice {
  readonly axes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps?: readonly number[];
}

export function emitSlice(emitter: Emitter, x: string, { starts, ends, axes, steps }: EmittedSlice): string {
  if (axes.length === 0) return x;
  const lists = [starts, ends, axes, ...(steps ? [steps] : [])];
  return emitter.emit("Slice", [x, ...lists.map((list) => emitter.integers(list))]);
}

/** Pads with zeros, or by repeating the border. Negative counts cut off instead. */
export function emitPad(
  emitter: Emitter,
  x: string,
  before: readonly number[],
  after: readonly number[],
  mode: "constant" | "edge" = "constant",
): string {
  const added = [...before, ...after].map((count) => Math.max(count, 0));
  const padded = added.every((count) => count === 0)
    ? x
    : emitter.emit("Pad", [x, emitter.integers(added)], { attributes: { mode: { text: mode } } });
  const axes = before.map((_, axis) => axis).filter((axis) => before[axis]! < 0 || after[axis]! < 0);
  return emitSlice(emitter, padded, {
    axes,
    starts: axes.map((axis) => Math.max(-before[axis]!, 0)),
    ends: axes.map((axis) => (after[axis]! < 0 ? after[axis]! : endOfAxis)),
  });
}

/** ONNX reads an end beyond the extent as the extent. */
const endOfAxis = 2 ** 31 - 1;

export function emitConcat(emitter: Emitter, names: readonly string[], axis: number): string {
  if (names.length === 1 && names[0] !== undefined) return names[0];
  return emitter.emit("Concat", names, { attributes: { axis: { int: axis } } });
}

/** Sum over axes; `keep` leaves them with extent one. */
export function emitSum(emitter: Emitter, x: string, axes: readonly number[], keep = false): string {
  const attributes = { keepdims: { int: keep ? 1 : 0 } };
  return emitter.emit("ReduceSum", [x, emitter.integers(axes)], { attributes });
}
