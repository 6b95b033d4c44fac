import { badInput } from "../errors.ts";
import type { ParameterStore } from "../tensor/parameterStore.ts";
import type { ParameterUpdate } from "../tensor/parameterUpdate.ts";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors.ts";

/** Where a run stands, beside the numbers of its network and its update. */
export interface RunState {
  /** Steps made. */
  readonly step: number;
  readonly seed: number;
  /** The configuration as text: a run is only continued with its own. */
  readonly config: string;
  /** Best validation score so far, and when. Infinity before the first. */
  readonly bestScore: number;
  readonly bestStep: number;
  /** Time trained so far. */
  readonly trainedMs: number;
}

type Trained = { readonly parameters: ParameterStore; readonly update: ParameterUpdate };

const valuesName = "parameters";

/** Everything that the next step depends on, as a safetensors file (float32, lossless). */
export function writeCheckpoint({ parameters, update }: Trained, state: RunState): Uint8Array {
  const arrays: Record<string, { shape: number[]; values: Float32Array }> = {
    [valuesName]: { shape: [parameters.values.length], values: parameters.values },
  };
  for (const [name, values] of Object.entries(update.state.arrays)) {
    arrays[`update.${name}`] = { shape: [values.length], values };
  }
  const metadata = {
    format: "sopi-checkpoint/1",
    update: update.name,
    updateSteps: String(update.state.steps),
    state: JSON.stringify({ ...state, bestScore: Number.isFinite(state.bestScore) ? state.bestScore : null }),
  };
  return writeSafetensors({ arrays, metadata });
}

/** Puts a checkpoint's numbers into a network and its update; throws when they are of another run. */
export function readCheckpoint(bytes: Uint8Array, { parameters, update }: Trained, name: string): RunState {
  const { arrays, metadata } = readSafetensors(bytes, name);
  if (metadata["format"] !== "sopi-checkpoint/1" || metadata["update"] !== update.name) {
    throw badInput({
      what: name,
      got: `${metadata["format"] ?? "no format"}, update ${metadata["update"] ?? "unknown"}`,
      expected: `sopi-checkpoint/1 of an ${update.name} run`,
    });
  }
  copyInto(parameters.values, arrays[valuesName]?.values, name);
  for (const [key, values] of Object.entries(update.state.arrays)) {
    copyInto(values, arrays[`update.${key}`]?.values, name);
  }
  update.state.steps = Number(metadata["updateSteps"]);
  const state = JSON.parse(metadata["state"] ?? "{}") as RunState & { bestScore: number | null };
  return { ...state, bestScore: state.bestScore ?? Infinity };
}

/** Where the run of a checkpoint stands, without a network to put it into; `name` names its file in errors. */
export function checkpointState(bytes: Uint8Array, name: string): RunState {
  return JSON.parse(readSafetensors(bytes, name).metadata["state"] ?? "{}") as RunState;
}

function copyInto(target: Float32Array, source: Float32Array | undefined, name: string): void {
  if (source?.length !== target.length) {
    throw badInput({
      what: name,
      got: source ? `${source.length} numbers` : "an array missing",
      expected: `${target.length}: a checkpoint of this network`,
      todo: "Resume with the configuration the run was started with",
    });
  }
  target.set(source);
}
