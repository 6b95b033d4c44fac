import { badInput } from "../errors.ts";
import { createGraph } from "../tensor/graph.ts";
import { initialiserNodes } from "./initialiser.ts";
import type { InitialiserConfig } from "./initialiserInput.ts";
import { type WeightFile, readWeights } from "./weights.ts";

/** A weight file of the pose initialiser, and the sizes it was trained with. */
export interface InitialiserWeights extends WeightFile {
  readonly config: InitialiserConfig;
}

/**
 * Reads weights of the pose initialiser; `name` names their file in errors. Throws `bad-input` when they are of
 * another network or do not fit the network that this version builds from their configuration.
 */
export function readInitialiserWeights(bytes: Uint8Array, name: string): InitialiserWeights {
  const file = readWeights(bytes, name);
  if (file.info.network !== "rtpi") {
    throw badInput({
      what: name,
      got: `weights of the network ${file.info.network}`,
      expected: "weights of the initialiser (rtpi)",
    });
  }
  const config = file.info.config as InitialiserConfig;
  file.parameters(initialiserNodes(createGraph(), config, { batch: 1, volumes: 1 }).scope.parameters);
  return { ...file, config };
}
