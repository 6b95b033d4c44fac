import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { SopiError } from "../../errors.ts";
import { type OnnxRuntimeApi, openOnnxSession } from "../../tensor/onnxRuntime.ts";
import type { TensorRuntime } from "../../tensor/session.ts";
import { createWorkerRuntime } from "./onnxSessionWorker.ts";

/** Options of `createNodeRuntime`. */
export interface NodeRuntimeOptions {
  /** Threads inside one operation (default: all cores). */
  readonly threads?: number;
  /** Run on a worker thread, so that the calling thread stays free during `run` (default false). */
  readonly worker?: boolean;
  /** "cpu" (default), or "webgpu" where ONNX Runtime finds a graphics driver. */
  readonly provider?: "cpu" | "webgpu";
}

/** ONNX Runtime for Node (`onnxruntime-node`, native code). Throws `backend-unavailable` when it cannot be loaded. */
export function createNodeRuntime(options: NodeRuntimeOptions = {}): TensorRuntime {
  const { threads = availableParallelism(), worker = false, provider = "cpu" } = options;
  const sessionOptions = {
    executionProviders: provider === "cpu" ? ["cpu"] : ["webgpu", "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Threads that wait in a loop take the cores from the projector's: on two busy cores a training
    // step took twice the time with it.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
    // Errors reach the caller as exceptions; the log would only repeat them.
    logSeverityLevel: 4,
  };
  const name = `onnxruntime-node ${provider} x${threads}`;
  if (worker) return createWorkerRuntime({ name, provider, sessionOptions });
  const ort = loadOnnxRuntime();
  return {
    name,
    provider,
    open: (model) => openOnnxSession(ort, model, sessionOptions),
    dispose: () => Promise.resolve(),
  };
}

function loadOnnxRuntime(): OnnxRuntimeApi {
  try {
    // Loaded on demand: programs that use no network never load the native library.
    return createRequire(import.meta.url)("onnxruntime-node") as OnnxRuntimeApi;
  } catch (cause) {
    throw new SopiError("backend-unavailable", {
      what: "ONNX Runtime for Node could not be loaded",
      got: cause instanceof Error ? cause.message : String(cause),
      todo: "Reinstall the package on this platform (npm ci).",
      cause,
    });
  }
}
