import { SopiError } from "../../errors.ts";
import { type OnnxRuntimeApi, openOnnxSession } from "../../tensor/onnxRuntime.ts";
import type { TensorRuntime } from "../../tensor/session.ts";

/** ONNX Runtime for the web with its settings (`onnxruntime-web` or one of its sub-paths). */
export interface OnnxRuntimeWeb extends OnnxRuntimeApi {
  readonly env: { readonly wasm: { numThreads?: number; proxy?: boolean } };
}

/** Options of `createWebRuntime`. */
export interface WebRuntimeOptions {
  readonly provider: "wasm" | "webgpu";
  /** WebAssembly threads (default 1); more need a cross-origin isolated page. Fixed by the first session of the page. */
  readonly threads?: number;
}

/**
 * ONNX Runtime in a browser. The module is passed in, so that an app decides which flavour it bundles.
 * Call it inside a web worker: on the page's own thread `run` would freeze the page.
 */
export function createWebRuntime(
  ort: OnnxRuntimeWeb,
  { provider, threads = 1 }: WebRuntimeOptions,
): TensorRuntime {
  ort.env.wasm.numThreads = threads;
  const sessionOptions = {
    executionProviders: [provider],
    logSeverityLevel: 4,
  };
  return {
    name: provider === "wasm" ? `onnxruntime-web wasm x${threads}` : "onnxruntime-web webgpu",
    provider,
    open: async (model) => {
      if (provider === "webgpu") await requireAdapter();
      return openOnnxSession(ort, model, sessionOptions);
    },
    dispose: () => Promise.resolve(),
  };
}

/** ONNX Runtime falls back in silence when there is no GPU; asking first makes it a plain error. */
async function requireAdapter(): Promise<void> {
  const { navigator } = globalThis as { navigator?: { gpu?: { requestAdapter(): Promise<object | null> } } };
  const gpu = navigator?.gpu;
  if (await gpu?.requestAdapter()) return;
  throw new SopiError("backend-unavailable", {
    what: "WebGPU",
    got: gpu ? "no graphics adapter" : "a browser without it",
    todo: 'Use the "wasm" provider.',
  });
}
