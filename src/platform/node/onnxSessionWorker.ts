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
  | { kind: "close"; session: number }
  | { kind: "end" };

type Reply = { call: number; outputs?: Record<string, Float32Array>; error?: string };

interface Port {
  postMessage(message: Reply, transfer: readonly ArrayBuffer[]): void;
  on(event: "message", listener: (message: { call: number; request: Request }) => void): void;
  close(): void;
}

/** What to run and under which name, see `createNodeRuntime`. */
export interface WorkerRuntimeOptions {
  readonly name: string;
  readonly provider: Provider;
  readonly sessionOptions: Readonly<Record<string, unknown>>;
}

/**
 * ONNX Runtime on a thread of its own. Feeds in shared memory are not copied by the message; outputs
 * come back by transfer. Dispose it before `process.exit`: see `startThread`.
 */
export function createWorkerRuntime({ name, provider, sessionOptions }: WorkerRuntimeOptions): TensorRuntime {
  const thread = startThread();
  let sessions = 0;

  async function open(model: OnnxModel): Promise<GraphSession> {
    const { bytes, inputs, outputs } = model;
    const session = sessions++;
    const options = { ...sessionOptions, graphOptimizationLevel: optimisationLevel(model) };
    await thread.ask({ kind: "open", session, bytes, inputs, options });
    return {
      inputs,
      outputs,
      run: async (feeds, into = {}) => {
        checkArrays("Input", inputs, feeds, true);
        checkArrays("Output", outputs, into, false);
        const needed = Object.fromEntries(inputs.map((input) => [input.name, feeds[input.name]!]));
        const results = await thread.ask({ kind: "run", session, feeds: needed });
        for (const [output, target] of Object.entries(into)) {
          const data = results[output];
          if (data) target.set(data);
          results[output] = target;
        }
        return results;
      },
      dispose: async () => {
        // The thread's end has freed the session already.
        if (!thread.hasEnded()) await thread.ask({ kind: "close", session });
      },
    };
  }

  return { name: `${name} worker`, provider, open, dispose: () => thread.end() };
}

interface Thread {
  /** Sends a request; the answer is a run's outputs, empty for the other requests. */
  ask(request: Request): Promise<Record<string, Float32Array>>;
  hasEnded(): boolean;
  /** Fails what is pending and ends the thread once the run in progress is over. */
  end(): Promise<void>;
}

function startThread(): Thread {
  const ortPath = createRequire(import.meta.url).resolve("onnxruntime-node");
  // The thread's program is the text of a function here: it is type-checked with the rest, and the
  // same file works compiled and from source.
  const program = `(${serve.toString()})(require("node:worker_threads").parentPort, require(${JSON.stringify(ortPath)}))`;
  const worker = new Worker(program, { eval: true, name: "onnx" });
  worker.unref();
  const waiting = new Map<
    number,
    { resolve: (outputs: Record<string, Float32Array>) => void; reject: (error: Error) => void }
  >();
  let calls = 0;
  let ended: SopiError | undefined;

  const failAll = (what: string, cause?: unknown): void => {
    ended ??= new SopiError("backend-unavailable", { what, cause });
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.on("error", (cause) => failAll("The network thread failed", cause));
  worker.on("exit", () => failAll("The network thread stopped"));
  worker.on("message", ({ call, outputs = {}, error }: Reply) => {
    const caller = waiting.get(call);
    waiting.delete(call);
    // A thread without work must not keep the program alive.
    if (waiting.size === 0 && !ended) worker.unref();
    if (error === undefined) caller?.resolve(outputs);
    else caller?.reject(new SopiError("backend-unavailable", { what: `ONNX Runtime: ${error}` }));
  });
  const send = (request: Request): number => {
    worker.ref();
    worker.postMessage({ call: calls, request }, []);
    return calls++;
  };
  return {
    ask: (request) => {
      if (ended) return Promise.reject(ended);
      const call = send(request);
      return new Promise((resolve, reject) => waiting.set(call, { resolve, reject }));
    },
    hasEnded: () => ended !== undefined,
    end: () => {
      failAll("The network thread was disposed");
      // Asked to end, not terminated: a thread stopped inside native code takes the whole process down.
      send({ kind: "end" });
      return exited;
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
  let ending = false;

  async function end(): Promise<void> {
    for (const { session } of sessions.values()) await session.release();
    port.close();
  }

  async function handle(request: Exclude<Request, { kind: "end" }>): Promise<Record<string, Float32Array>> {
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
    if (request.kind === "end") {
      ending = true;
      queue = queue.then(end);
      return;
    }
    queue = queue.then(async () => {
      if (ending) return;
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
