import { usageError } from "../errors.ts";

/** Extents of a tensor, outermost axis first; `[]` is a scalar. Fixed when the graph is built. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** "[4, 16, 64, 64]", as shapes are printed in errors. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** Resolves axes counted from the end and sorts them; throws when one is out of range or given twice. */
export function resolveAxes(op: string, shape: Shape, axes: readonly number[]): number[] {
  const resolved = axes.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
  const valid = resolved.every((axis, i) => {
    return Number.isInteger(axis) && axis >= 0 && axis < shape.length && axis !== resolved[i - 1];
  });
  if (!valid) {
    throw usageError({
      what: op,
      got: `axes ${formatShape(axes)} for a tensor ${formatShape(shape)}`,
      expected: `distinct axes from ${-shape.length} to ${shape.length - 1}`,
    });
  }
  return resolved;
}

/** The common shape of operands under trailing-axis broadcasting (extents equal or one). */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw usageError({
        what: op,
        got: `shapes ${formatShape(a)} and ${formatShape(b)}`,
        expected: "extents that are equal or one, aligned at the last axis",
      });
    }
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** For each element of `to`, the flat index of the element of `from` that is broadcast to it. */
export function broadcastIndices(from: Shape, to: Shape): Int32Array {
  const indices = new Int32Array(sizeOf(to));
  const strides = stridesOf(from);
  const offset = to.length - from.length;
  let block = 1;
  // Grows the index table axis by axis from the innermost, so that it costs one addition an element.
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const extent = to[axis]!;
    const source = axis - offset;
    const step = source < 0 || from[source] === 1 ? 0 : strides[source]!;
    for (let i = 1; i < extent; i++) {
      for (let j = 0; j < block; j++) indices[i * block + j] = indices[j]! + i * step;
    }
    block *= extent;
  }
  return indices;
}

/** Throws unless every extent is a positive integer. */
export function checkShape(what: string, shape: Shape): void {
  if (shape.every((extent) => Number.isInteger(extent) && extent > 0)) return;
  throw usageError({ what, got: `shape ${formatShape(shape)}`, expected: "positive integer extents" });
}
