import { usageError } from "../../errors.ts";
import { reachableFrom } from "../graph.ts";
import type { EmitOptions, Emitter, Provider, Tensor } from "../primitive.ts";
import { type Shape, formatShape, sizeOf } from "../shape.ts";
import { type NamedShape, type OnnxInitialiser, type OnnxNode, encodeModel } from "./model.ts";

/** Options of `toOnnx`. */
export interface LowerOptions {
  /** Where the model will run (default "cpu"). */
  readonly provider?: Provider;
  /** Values of parameters to store in the model; the others stay inputs. Runs 10-20 % faster, cannot train. */
  readonly weights?: Readonly<Record<string, ArrayLike<number>>>;
  /** The model's name in viewers. */
  readonly name?: string;
}

/** An ONNX file with what it takes and gives, all float32. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
  /** Whether some of its parameters are constants of the file. */
  readonly storesWeights: boolean;
}

/** Writes the part of a graph that computes `outputs` as an ONNX model with those output names. */
export function toOnnx(outputs: Readonly<Record<string, Tensor>>, options: LowerOptions = {}): OnnxModel {
  const { provider = "cpu", weights = {}, name = "graph" } = options;
  const entries = Object.entries(outputs);
  if (entries.length === 0) throw usageError({ what: "toOnnx", got: "no outputs", expected: "one or more" });
  const writer = createWriter(provider);
  const names = new Map<Tensor, string>();
  const inputs: NamedShape[] = [];
  for (const node of reachableFrom(entries.map(([, tensor]) => tensor))) {
    names.set(node, lowerNode(node, names, writer, inputs, weights));
  }
  const declared = entries.map(([output, tensor]) => ({ name: output, shape: tensor.shape }));
  for (const [output, tensor] of entries) {
    if (inputs.some((input) => input.name === output)) {
      throw usageError({
        what: `Output "${output}"`,
        got: "the name of an input",
        expected: "names of its own",
      });
    }
    writer.output(names.get(tensor)!, output);
  }
  const bytes = encodeModel({ name, ...writer.finish(), inputs, outputs: declared });
  const asked = new Set(inputs.map((input) => input.name));
  const storesWeights = Object.keys(weights).some((parameter) => !asked.has(parameter));
  return { bytes, inputs, outputs: declared, storesWeights };
}

function lowerNode(
  node: Tensor,
  names: ReadonlyMap<Tensor, string>,
  writer: Writer,
  inputs: NamedShape[],
  weights: Readonly<Record<string, ArrayLike<number>>>,
): string {
  if (node.rule) {
    writer.label = node.label;
    return node.rule.lower(
      node.inputs.map((input) => names.get(input)!),
      writer,
    );
  }
  if (node.constant) return writer.floats(node.constant, node.shape);
  const stored = node.op === "parameter" ? weights[node.name] : undefined;
  if (stored) return writer.weights(node.name, stored, node.shape);
  inputs.push({ name: node.name, shape: node.shape });
  return node.name;
}

interface Writer extends Emitter {
  /** Layer path of the nodes that follow. */
  label: string;
  weights(name: string, values: ArrayLike<number>, shape: Shape): string;
  /** Gives a value its public name. */
  output(value: string, name: string): void;
  finish(): { nodes: readonly OnnxNode[]; initialisers: readonly OnnxInitialiser[] };
}

function createWriter(provider: Provider): Writer {
  const nodes: OnnxNode[] = [];
  const initialisers: OnnxInitialiser[] = [];
  const known = new Map<string, string>();
  const publicNames = new Map<string, string>();
  const produced = new Set<string>();

  function remember(key: string, make: () => string): string {
    const name = known.get(key) ?? make();
    known.set(key, name);
    return name;
  }

  function push(opType: string, inputs: readonly string[], options: EmitOptions): string {
    const prefix = writer.label === "" ? "" : `${writer.label}/`;
    const name = `${prefix}${opType}_${nodes.length}`;
    nodes.push({ ...options, opType, name, inputs, output: name });
    produced.add(name);
    return name;
  }

  function store(name: string, type: OnnxInitialiser["type"], shape: Shape, bytes: Uint8Array): string {
    initialisers.push({ name, type, shape, bytes });
    return name;
  }

  const writer: Writer = {
    provider,
    label: "",
    emit: (opType, inputs, options = {}) =>
      remember(JSON.stringify([opType, inputs, options]), () => push(opType, inputs, options)),
    floats: (values, shape) =>
      remember(`floats ${formatShape(shape)} ${Array.from(values).join(" ")}`, () =>
        store(`constant_${initialisers.length}`, "float32", shape, bytesOf(Float32Array.from(values))),
      ),
    integers: (values) =>
      remember(`integers ${values.join(" ")}`, () =>
        store(
          `integers_${initialisers.length}`,
          "int64",
          [values.length],
          bytesOf(BigInt64Array.from(values, BigInt)),
        ),
      ),
    weights: (name, values, shape) => {
      if (values.length !== sizeOf(shape)) {
        throw usageError({
          what: `Weights "${name}"`,
          got: `${values.length} values`,
          expected: `${sizeOf(shape)}, shape ${formatShape(shape)}`,
        });
      }
      return store(name, "float32", shape, bytesOf(Float32Array.from(values)));
    },
    output: (value, name) => {
      const free = produced.has(value) && !publicNames.has(value);
      publicNames.set(free ? value : push("Identity", [value], {}), name);
    },
    finish: () => {
      const rename = (value: string): string => publicNames.get(value) ?? value;
      const renamed = nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        output: rename(node.output),
      }));
      return { nodes: renamed, initialisers };
    },
  };
  return writer;
}

function bytesOf(array: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
