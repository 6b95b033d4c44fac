import { readInitialiserWeights } from "../networks/initialiserWeights.ts";
import type { InitialiserConfig } from "../networks/initialiserInput.ts";
import { readFileBytes, sha256 } from "../platform/node/fileReader.ts";

/** Weights of the pose initialiser as a flag names them. */
export interface InitialiserFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly sha256: string;
  /** Sizes of the network. */
  readonly config: InitialiserConfig;
}

/** Reads and checks a weight file of the initialiser; one of another network is bad input. */
export async function loadInitialiserFile(path: string): Promise<InitialiserFile> {
  const { bytes } = await readFileBytes(path, { what: "Weights" });
  const name = `Weights ${path}`;
  return { bytes, name, sha256: sha256(bytes), config: readInitialiserWeights(bytes, name).config };
}
