import { SopiError } from "../errors.ts";
import type { OnnxModel } from "./onnx/lower.ts";
import type { NamedShape } from "./onnx/model.ts";
import { type Arrays, type GraphSession, checkArrays } from "./session.ts";

/** The part of ONNX Runtime's JavaScript API (onnxruntime-common) in use; both its packages fit. */
export interface OnnxRuntimeApi {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxRuntimeSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OnnxRuntimeValue;
}

export interface OnnxRuntimeSession {
  run(
    feeds: Readonly<Record<string, OnnxRuntimeValue>>,
    fetches: Readonly<Record<string, OnnxRuntimeValue | null>>,
  ): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
  release(): Promise<void>;
}

/** A tensor of the runtime; only passed back to it. */
export interface OnnxRuntimeValue {
  readonly data: unknown;
}

/**
 * ONNX Runtime's graph optimiser pays where weights are constants, which it lays out anew. On training
 * graphs it measured no gain, and takes five times as long to open one of 17,000 nodes.
 */
export function optimisationLevel(model: Pick<OnnxModel, "storesWeights">): "all" | "disabled" {
  return model.storesWeights ? "all" : "disabled";
}

/** Opens a session on ONNX Runtime; `options` are its session options. */
export async function openOnnxSession(
  ort: OnnxRuntimeApi,
  model: OnnxModel,
  options: Readonly<Record<string, unknown>>,
): Promise<GraphSession> {
  const session = await createSession(ort, model, options);
  const wrapped = new Map<string, { array: Float32Array; value: OnnxRuntimeValue }>();
  // The runtime's view of an array is kept, so that steps over the same arrays allocate nothing.
  const wrap = (key: string, array: Float32Array, shape: readonly number[]): OnnxRuntimeValue => {
    const known = wrapped.get(key);
    if (known?.array === array) return known.value;
    const value = new ort.Tensor("float32", array, shape);
    wrapped.set(key, { array, value });
    return value;
  };

  async function run(feeds: Arrays, into: Arrays): Promise<Record<string, Float32Array>> {
    const given = model.inputs.map(
      ({ name, shape }) => [name, wrap(`in ${name}`, feeds[name]!, shape)] as const,
    );
    const wanted = model.outputs.map(({ name, shape }) => {
      const target = into[name];
      return [name, target ? wrap(`out ${name}`, target, shape) : null] as const;
    });
    const results = await session.run(Object.fromEntries(given), Object.fromEntries(wanted));
    return collect(model.outputs, results, into);
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    inputs: model.inputs,
    outputs: model.outputs,
    run: (feeds, into = {}) => {
      checkArrays("Input", model.inputs, feeds, true);
      checkArrays("Output", model.outputs, into, false);
      const result = last.then(() => run(feeds, into));
      last = result.catch(() => undefined);
      return result;
    },
    dispose: async () => {
      await last;
      wrapped.clear();
      await session.release();
    },
  };
}

async function createSession(
  ort: OnnxRuntimeApi,
  model: OnnxModel,
  options: Readonly<Record<string, unknown>>,
): Promise<OnnxRuntimeSession> {
  try {
    const graphOptimizationLevel = optimisationLevel(model);
    return await ort.InferenceSession.create(model.bytes, { ...options, graphOptimizationLevel });
  } catch (cause) {
    throw new SopiError("backend-unavailable", {
      what: "ONNX Runtime could not open a graph",
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function collect(
  outputs: readonly NamedShape[],
  results: Readonly<Record<string, { readonly data: unknown }>>,
  into: Arrays,
): Record<string, Float32Array> {
  const out: Record<string, Float32Array> = {};
  for (const { name } of outputs) {
    const data = results[name]?.data;
    if (!(data instanceof Float32Array)) {
      throw new SopiError("internal", {
        what: `Output "${name}"`,
        got: typeof data,
        expected: "a Float32Array",
      });
    }
    const target = into[name];
    // The native runtime writes into the given array; others return one of their own.
    if (target && data.buffer !== target.buffer && data.length === target.length) target.set(data);
    out[name] = target ?? data;
  }
  return out;
}
