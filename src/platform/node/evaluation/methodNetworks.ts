import { access } from "node:fs/promises";
import { methodLabel } from "../../../evaluation/protocol.ts";
import type { ProtocolMethod } from "../../../evaluation/protocolTypes.ts";
import type { NetworkName, Networks } from "../../../networks/networks.ts";
import { registrationMethod } from "../../../registration/methods.ts";
import { readFileBytes, sha256 } from "../fileReader.ts";
import { createNodeNetworks, networkFile } from "../networks.ts";

/** The networks of a protocol's methods: one set of sessions for each set of weight files. */
export interface MethodNetworks {
  /**
   * The networks of a method, compiled already, so that no registration's time includes it; undefined for a
   * method that needs none. Weights that are missing show when the method asks for them.
   */
  open(method: ProtocolMethod): Promise<Networks | undefined>;
  dispose(): Promise<void>;
}

/** What a method needs; without its initialiser it needs one network less. */
export function networksOf({ name, initialiser }: ProtocolMethod): readonly NetworkName[] {
  const needs = registrationMethod(name).needs ?? [];
  return initialiser === "start" ? needs.filter((network) => network !== "rtpi") : needs;
}

const openers: Record<NetworkName, (networks: Networks) => Promise<unknown>> = {
  rtpi: (networks) => networks.initialiser(),
  encoder: (networks) => networks.encoder(),
  "deep-reg": (networks) => networks.deepReg(),
};

/** Opens networks when a method first needs them and keeps them. */
export function createMethodNetworks(threads: number): MethodNetworks {
  const kept = new Map<string, Networks>();
  return {
    async open(method) {
      const needs = networksOf(method);
      if (needs.length === 0) return undefined;
      const files = method.networks ?? {};
      const key = JSON.stringify(files);
      const networks = kept.get(key) ?? createNodeNetworks({ threads, files });
      kept.set(key, networks);
      for (const name of needs) await openers[name](networks).catch(() => {});
      return networks;
    },
    async dispose() {
      for (const networks of kept.values()) await networks.dispose();
      kept.clear();
    },
  };
}

/** A method that cannot run here, and why. */
export interface UnavailableMethod {
  readonly label: string;
  readonly reason: string;
}

/** Methods whose weight files are not there. */
export async function unavailableMethods(methods: readonly ProtocolMethod[]): Promise<UnavailableMethod[]> {
  const found: UnavailableMethod[] = [];
  for (const method of methods) {
    for (const network of networksOf(method)) {
      const path = networkFile(network, { files: method.networks ?? {} });
      const exists = await access(path).then(
        () => true,
        () => false,
      );
      if (exists) continue;
      const file = method.networks?.[network] ?? `models/${network}/weights.safetensors`;
      found.push({ label: methodLabel(method), reason: `no weights of the network "${network}" at ${file}` });
      break;
    }
  }
  return found;
}

/** SHA-256 (the first 12 digits) of the weights each method uses, by label and network. */
export async function weightHashes(
  methods: readonly ProtocolMethod[],
): Promise<Record<string, Record<string, string>>> {
  const hashes: Record<string, Record<string, string>> = {};
  for (const method of methods) {
    for (const network of networksOf(method)) {
      const { bytes } = await readFileBytes(networkFile(network, { files: method.networks ?? {} }));
      (hashes[methodLabel(method)] ??= {})[network] = sha256(bytes).slice(0, 12);
    }
  }
  return hashes;
}
