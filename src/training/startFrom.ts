import { badInput } from "../errors.ts";
import type { ParameterStore } from "../tensor/parameterStore.ts";
import { readSafetensors } from "../tensor/safetensors.ts";
import { formatShape } from "../tensor/shape.ts";

/** How much of a network was taken from a weight file. */
export interface TakenWeights {
  readonly taken: number;
  readonly of: number;
}

/**
 * Starts a network from trained weights: every parameter that the file has in its shape takes the file's values, the
 * others stay as they were drawn. Counts parameters, not numbers. Throws when the file fits nowhere.
 */
export function startFrom(parameters: ParameterStore, weights: Uint8Array, name: string): TakenWeights {
  const { arrays } = readSafetensors(weights, name);
  let taken = 0;
  for (const { name: parameter, shape } of parameters.shapes) {
    const entry = arrays[parameter];
    if (entry === undefined || formatShape(entry.shape) !== formatShape(shape)) continue;
    parameters.arrays[parameter]!.set(entry.values);
    taken++;
  }
  if (taken === 0) {
    throw badInput({
      what: name,
      got: "no layer that this network has",
      expected: "weights of a network of the same kind",
    });
  }
  return { taken, of: parameters.shapes.length };
}
