import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { badInput } from "../../errors.ts";
import { type NetworkName, type Networks, createNetworks } from "../../networks/networks.ts";
import { createNodeRuntime } from "./onnxSession.ts";

export interface NodeNetworksOptions {
  /** Folder with a folder per network, each with `weights.safetensors`. Default: the shipped weights. */
  readonly folder?: string;
  /** Weight files of single networks, instead of those in the folder: another training of one of them. */
  readonly files?: Readonly<Partial<Record<NetworkName, string>>>;
  /** Threads inside one operation (default 2: the networks are small). */
  readonly threads?: number;
}

/** The folder of the shipped weights, beside `src` and `dist`. */
const shippedModels: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "models");

/** Where the weights of a network are looked for. */
export function networkFile(
  name: NetworkName,
  { folder = shippedModels, files }: NodeNetworksOptions = {},
): string {
  return files?.[name] ?? join(folder, name, "weights.safetensors");
}

/** Trained networks from files, run by ONNX Runtime; nothing is read or loaded before it is needed. */
export function createNodeNetworks(options: NodeNetworksOptions = {}): Networks {
  const { threads = 2 } = options;
  return createNetworks({
    openRuntime: () => createNodeRuntime({ threads }),
    weights: (name) => readWeightFile(networkFile(name, options)),
  });
}

async function readWeightFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw badInput({
      what: `Weights ${path}`,
      got: String(code ?? cause),
      expected: "a readable file",
      cause,
    });
  }
}
