import { availableParallelism } from "node:os";
import { usageError } from "../../errors.ts";
import type { Projector } from "../../projector/projector.ts";
import { createReferenceProjector } from "../../projector/reference.ts";
import { createWasmProjector } from "../../projector/wasm.ts";
import { nodeKernelThreads } from "./kernelThreads.ts";

export interface NodeProjectorOptions {
  /** Threads that render, the calling one included (default: one per core, at most 8). */
  readonly threads?: number;
  /** `wasm` (default) or `reference` (Float64, slow, single-threaded). */
  readonly backend?: string;
}

/** The projector for Node: WebAssembly SIMD over worker threads unless the reference is asked for. */
export async function createNodeProjector(options: NodeProjectorOptions = {}): Promise<Projector> {
  const { backend = "wasm", threads = Math.min(availableParallelism(), 8) } = options;
  if (backend === "reference") return createReferenceProjector();
  if (backend !== "wasm") {
    throw usageError({ what: "Projector backend", got: `"${backend}"`, expected: "wasm or reference" });
  }
  return createWasmProjector({ threads, threadHost: nodeKernelThreads });
}
