import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { SopiError } from "../../errors.ts";
import {
  type OnnxRuntimeApi,
  type OnnxRuntimeSession,
  type OnnxRuntimeValue,
  optimisationLevel,
} from "../../tensor/onnxRuntime.ts";
import type { OnnxModel } from "../../tensor/onnx/lower.ts";
import type { NamedShape } from "../../tensor/onnx/model.ts";
import type { Provider } from "../../tensor/primitive.ts";
import { type Arrays, type GraphSession, type TensorRuntime, checkArrays } from "../../tensor/session.ts";

type Request =
  | { kind: "open"; session: number; bytes: Uint8Array; inputs: readonly NamedShape[]; options: object }
  | { kind: "run"; session: number; feeds: Arrays }
  | { kind: "close"; session: number };

type Reply = { call: number; outputs?: Record<string, Float32Array>; error?: string };

interface Port {
  postMessage(message: Reply, transfer: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: { call: number; request: Request }) => void): void;
}

/** What to run and under which name, see `createNodeRuntime`. */
export interface WorkerRuntimeOptions {
  readonly name: string;
  readonly provider: Provider;
  readonly sessionOptions: Readonly<Record<string, unknown>>;
}

/**
 * ONNX Runtime on a thread of its own. Feeds in shared memory are not copied by the message; outputs
 * come back by transfer.
 */
export function createWorkerRuntime({ name, provider, sessionOptions }: WorkerRuntimeOptions): TensorRuntime {
  const ortPath = createRequire(import.meta.url).resolve("onnxruntime-node");
  // The thread's program is the text of a function here: it is type-checked with the rest, and the
  // same file works compiled and from source.
  const program = `(${serve.toString()})(require("node:worker_threads").parentPort, require(${JSON.stringify(ortPath)}))`;
  const worker = new Worker(program, { eval: true, name: "onnx" });
  worker.unref();
  const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  let calls = 0;
  let sessions = 0;

  let ended: SopiError | undefined;

  const failAll = (cause: unknown): void => {
    ended ??= new SopiError("backend-unavailable", { what: "The network thread stopped", cause });
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    worker.unref();
  };
  worker.on("error", failAll);
  worker.on("exit", () => failAll("exit"));
  worker.on("message", (reply: Reply) => {
    const call = waiting.get(reply.call);
    waiting.delete(reply.call);
    // A thread without work must not keep the program alive.
    if (waiting.size === 0) worker.unref();
    if (reply.error === undefined) call?.resolve(reply);
    else call?.reject(new SopiError("backend-unavailable", { what: `ONNX Runtime: ${reply.error}` }));
  });

  function ask(request: Request): Promise<Reply> {
    if (ended) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const call = calls++;
      waiting.set(call, { resolve, reject });
      worker.ref();
      worker.postMessage({ call, request }, []);
    });
  }

  async function open(model: OnnxModel): Promise<GraphSession> {
    const { bytes, inputs, outputs } = model;
    const session = sessions++;
    const options = { ...sessionOptions, graphOptimizationLevel: optimisationLevel(model) };
    await ask({ kind: "open", session, bytes, inputs, options });
    return {
      inputs,
      outputs,
      run: async (feeds, into = {}) => {
        checkArrays("Input", inputs, feeds, true);
        checkArrays("Output", outputs, into, false);
        const needed = Object.fromEntries(inputs.map((input) => [input.name, feeds[input.name]!]));
        const reply = await ask({ kind: "run", session, feeds: needed });
        const results = reply.outputs ?? {};
        for (const [output, target] of Object.entries(into)) {
          const data = results[output];
          if (data) target.set(data);
          results[output] = target;
        }
        return results;
      },
      dispose: async () => {
        await ask({ kind: "close", session });
      },
    };
  }

  return {
    name: `${name} worker`,
    provider,
    open,
    dispose: async () => {
      await worker.terminate();
    },
  };
}

/** The thread's program. It is run from its own text, so it must use nothing from outside itself. */
function serve(port: Port, ort: OnnxRuntimeApi): void {
  interface Open {
    session: OnnxRuntimeSession;
    /** Private copies of the feeds: the native runtime takes no shared memory. */
    feeds: Record<string, OnnxRuntimeValue & { data: Float32Array }>;
  }
  const sessions = new Map<number, Open>();

  async function handle(request: Request): Promise<Record<string, Float32Array>> {
    if (request.kind === "open") {
      const { bytes, inputs, options } = request;
      const session = await ort.InferenceSession.create(bytes, options as Record<string, unknown>);
      const feeds: Open["feeds"] = {};
      for (const { name, shape } of inputs) {
        const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
        feeds[name] = new ort.Tensor("float32", data, shape) as OnnxRuntimeValue & { data: Float32Array };
      }
      sessions.set(request.session, { session, feeds });
      return {};
    }
    const open = sessions.get(request.session);
    if (!open) throw new Error("the session was disposed");
    if (request.kind === "close") {
      sessions.delete(request.session);
      await open.session.release();
      return {};
    }
    for (const [name, array] of Object.entries(request.feeds)) open.feeds[name]?.data.set(array);
    const results = await open.session.run(open.feeds, {});
    const outputs: Record<string, Float32Array> = {};
    for (const [name, value] of Object.entries(results)) outputs[name] = value.data as Float32Array;
    return outputs;
  }

  let queue: Promise<void> = Promise.resolve();
  port.on("message", ({ call, request }) => {
    queue = queue.then(async () => {
      try {
        const outputs = await handle(request);
        const buffers = new Set(Object.values(outputs).map((array) => array.buffer as ArrayBuffer));
        port.postMessage({ call, outputs }, [...buffers]);
      } catch (error) {
        port.postMessage({ call, error: error instanceof Error ? error.message : String(error) }, []);
      }
    });
  });
}
