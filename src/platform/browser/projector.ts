import type { Projector } from "../../projector/projector.ts";
import { createReferenceProjector } from "../../projector/reference.ts";
import { createWasmProjector } from "../../projector/wasm.ts";
import { usageError } from "../../errors.ts";
import { browserKernelThreads } from "./kernelThreads.ts";

export interface BrowserProjectorOptions {
  /** Threads that render, the calling one included (default: one per core, at most 8). */
  readonly threads?: number;
  /** `wasm` (default) or `reference` (Float64, slow, single-threaded). */
  readonly backend?: string;
}

/**
 * The projector for browsers: WebAssembly SIMD, over Web Workers where the page is cross-origin isolated.
 * Calls block their thread while they render, so a page calls it from a worker.
 */
export async function createBrowserProjector(options: BrowserProjectorOptions = {}): Promise<Projector> {
  const cores = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator
    ?.hardwareConcurrency;
  const { backend = "wasm", threads = Math.min(cores ?? 1, 8) } = options;
  if (backend === "reference") return createReferenceProjector();
  if (backend !== "wasm") {
    throw usageError({ what: "Projector backend", got: `"${backend}"`, expected: "wasm or reference" });
  }
  return createWasmProjector({ threads, threadHost: browserKernelThreads });
}
