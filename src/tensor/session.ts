import { usageError } from "../errors.ts";
import type { NamedShape } from "./onnx/model.ts";
import { type LowerOptions, type OnnxModel, toOnnx } from "./onnx/lower.ts";
import type { Provider, Tensor } from "./primitive.ts";
import { formatShape, sizeOf } from "./shape.ts";

/** Arrays by name, row-major float32. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** A compiled graph, ready to run. One session serves one set of shapes. */
export interface GraphSession {
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
  /**
   * Computes all outputs. Feeds not needed are ignored. Arrays given in `into` receive the output of
   * their name (then nothing is allocated for it); the others are new. One run at a time: calls queue.
   */
  run(feeds: Arrays, into?: Arrays): Promise<Record<string, Float32Array>>;
  /** Frees the memory of the session; it cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** Something that runs ONNX models: ONNX Runtime of some platform. Made in `platform/`, passed to whoever needs it. */
export interface TensorRuntime {
  /** As printed in results: "onnxruntime-node cpu x2". */
  readonly name: string;
  readonly provider: Provider;
  open(model: OnnxModel): Promise<GraphSession>;
  /** Ends worker threads, with every session still open. */
  dispose(): Promise<void>;
}

/** Compiles the part of a graph that computes `outputs` for a runtime. */
export async function compile(
  outputs: Readonly<Record<string, Tensor>>,
  runtime: TensorRuntime,
  options: Omit<LowerOptions, "provider"> = {},
): Promise<GraphSession> {
  return runtime.open(toOnnx(outputs, { ...options, provider: runtime.provider }));
}

/** Checks the arrays of a run against the declared shapes; `what` is "Input" or "Output". */
export function checkArrays(
  what: string,
  declared: readonly NamedShape[],
  arrays: Arrays,
  all: boolean,
): void {
  for (const { name, shape } of declared) {
    const array = arrays[name];
    if (array === undefined && !all) continue;
    if (array?.length !== sizeOf(shape)) {
      throw usageError({
        what: `${what} "${name}" of a graph session`,
        got: array ? `${array.length} values` : "nothing",
        expected: `${sizeOf(shape)} values, shape ${formatShape(shape)}`,
      });
    }
  }
}
