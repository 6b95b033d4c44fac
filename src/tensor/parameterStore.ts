import { badInput } from "../errors.ts";
import type { Random } from "../random.ts";
import type { ParameterSpec } from "./scope.ts";
import type { Arrays } from "./session.ts";
import { type Shape, formatShape, sizeOf } from "./shape.ts";

/** Name and shape of one array of a store. */
export type ParameterShape = Pick<ParameterSpec, "name" | "shape">;

/**
 * The values of a network's parameters: one flat array for the optimiser, and views of it by name for
 * sessions and files. Nothing is copied between the two.
 */
export interface ParameterStore {
  readonly shapes: readonly ParameterShape[];
  /** All values, parameter after parameter. */
  readonly values: Float32Array;
  /** Views of `values` by parameter name. */
  readonly arrays: Arrays;
}

/** A store of zeros, or over the given flat values. */
export function createParameterStore(
  shapes: readonly ParameterShape[],
  values: Float32Array = new Float32Array(countParameters(shapes)),
): ParameterStore {
  if (values.length !== countParameters(shapes)) {
    throw badInput({
      what: "Parameters",
      got: `${values.length} values`,
      expected: `${countParameters(shapes)} for this network`,
    });
  }
  const arrays: Record<string, Float32Array> = {};
  let first = 0;
  for (const { name, shape } of shapes) {
    const size = sizeOf(shape);
    arrays[name] = values.subarray(first, first + size);
    first += size;
  }
  return { shapes, values, arrays };
}

/** Number of trainable values. */
export function countParameters(shapes: readonly ParameterShape[]): number {
  return shapes.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** Draws all parameters; each from a generator of its own name, so that order and additions do not matter. */
export function initialiseParameters(specs: readonly ParameterSpec[], random: Random): ParameterStore {
  const store = createParameterStore(specs);
  for (const { name, shape, initialiser } of specs) {
    store.arrays[name]?.set(initialiser(shape, random.fork(name)));
  }
  return store;
}

/** Arrays of a weight file: values with their shape. */
export type ShapedArrays = Readonly<Record<string, { readonly shape: Shape; readonly values: Float32Array }>>;

/** Fills a network's parameters from a weight file; every parameter must be there in its shape, and nothing else. */
export function loadParameters(
  shapes: readonly ParameterShape[],
  file: ShapedArrays,
  name = "Weights",
): ParameterStore {
  const store = createParameterStore(shapes);
  const wanted = new Map(shapes.map((parameter) => [parameter.name, parameter.shape]));
  const surplus = Object.keys(file).find((key) => !wanted.has(key));
  if (surplus !== undefined) {
    throw badInput({
      what: name,
      got: `"${surplus}", which this network does not have`,
      todo: "Use the network and configuration the weights were trained with.",
    });
  }
  for (const [key, shape] of wanted) {
    const entry = file[key];
    if (entry === undefined || formatShape(entry.shape) !== formatShape(shape)) {
      throw badInput({
        what: `${name}: "${key}"`,
        got: entry ? `shape ${formatShape(entry.shape)}` : "nothing",
        expected: `shape ${formatShape(shape)}`,
        todo: "Use the network and configuration the weights were trained with.",
      });
    }
    store.arrays[key]?.set(entry.values);
  }
  return store;
}
