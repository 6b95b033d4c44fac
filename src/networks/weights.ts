import { badInput } from "../errors.ts";
import {
  type ParameterShape,
  type ParameterStore,
  type ShapedArrays,
  loadParameters,
} from "../tensor/parameterStore.ts";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors.ts";
import type { Shape } from "../tensor/shape.ts";

/** What a weight file says about itself besides its arrays. */
export interface WeightsInfo {
  /** Which network: "rtpi", "encoder", "deep-reg". */
  readonly network: string;
  /** The network's configuration, as plain data. */
  readonly config: unknown;
  /** Anything worth keeping: steps, data, licence. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Writes a network's weights with its configuration; "F16" halves the file. */
export function writeWeights(
  store: ParameterStore,
  info: WeightsInfo,
  precision: "F32" | "F16" = "F32",
): Uint8Array {
  const arrays: Record<string, { shape: Shape; values: Float32Array }> = {};
  for (const { name, shape } of store.shapes) {
    arrays[name] = { shape, values: store.arrays[name] ?? new Float32Array(0) };
  }
  const metadata = { ...info.notes, network: info.network, config: JSON.stringify(info.config) };
  return writeSafetensors({ arrays, metadata }, precision);
}

/** A weight file that has been read but not yet fitted to a network. */
export interface WeightFile {
  readonly info: WeightsInfo;
  /** The parameters in the order of `shapes`; throws where the file does not fit. */
  parameters(shapes: readonly ParameterShape[]): ParameterStore;
}

/** Reads a weight file; `name` names it in errors. */
export function readWeights(bytes: Uint8Array, name: string): WeightFile {
  const { arrays, metadata } = readSafetensors(bytes, name);
  const { network, config, ...notes } = metadata;
  if (network === undefined || config === undefined) {
    throw badInput({
      what: name,
      got: "no network and configuration in its metadata",
      expected: "a weight file written by sopi",
    });
  }
  return {
    info: { network, config: parseConfig(config, name), notes },
    parameters: (shapes) => loadParameters(shapes, arrays satisfies ShapedArrays, name),
  };
}

/** Throws when a weight file is of another network. */
export function requireNetwork(file: WeightFile, network: string): void {
  if (file.info.network === network) return;
  throw badInput({ what: "Weight file", got: `the network ${file.info.network}`, expected: network });
}

function parseConfig(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badInput({ what: `${name}: configuration`, got: "text that is no JSON", cause });
  }
}
