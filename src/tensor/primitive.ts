import type { Shape } from "./shape.ts";

/** Where a graph will run; decides how operations are written as ONNX. */
export type Provider = "cpu" | "wasm" | "webgpu";

/** What distinguishes two applications of one operation to the same inputs. Plain data: it is hashed. */
export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** A node of a static graph: one array of known shape, not yet computed. Made only by a `Graph`. */
export interface Tensor {
  readonly graph: TensorGraph;
  /** Position in the graph; inputs have smaller ids than their users. */
  readonly id: number;
  /** Name of the operation: "conv", "add"; or "input", "parameter", "constant". */
  readonly op: string;
  readonly shape: Shape;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** Path of the layer that made it, for readable models: "encoder/stem/conv1". */
  readonly label: string;
  /** Name of an input or parameter; empty for every other node. */
  readonly name: string;
  /** Values of a constant, row-major. */
  readonly constant: Float64Array | undefined;
  /** The operation bound to this node; undefined for inputs, parameters and constants. */
  readonly rule: BoundRule | undefined;
}

/** The part of a graph that operations use. */
export interface TensorGraph {
  /** A constant from one number (shape `[]`) or from row-major values. */
  constant(values: number | ArrayLike<number>, shape?: Shape): Tensor;
  /** Labels the nodes made by `build` with a layer path; paths nest ("a/b") unless they begin with "/". */
  within<T>(path: string, build: () => T): T;
  /** A node that stands for an array no run will ask for (see `directionalDerivative`). */
  placeholder(shape: Shape): Tensor;
  /** Applies an operation, or returns the node that already does exactly that. */
  apply<A extends Attributes, I extends readonly Tensor[]>(
    primitive: Primitive<A, I>,
    inputs: I,
    attributes: A,
    shape: Shape,
  ): Tensor;
}

/** Where an operation is applied. */
export interface Site<A extends Attributes, I extends readonly Tensor[]> {
  readonly inputs: I;
  readonly attributes: A;
  readonly shape: Shape;
}

/** One entry for each input of an operation. */
export type PerInput<I extends readonly Tensor[], T> = { readonly [K in keyof I]: T };

/**
 * An operation that is not made of others. Its shape is checked by the function that applies it; all
 * else it must know is here, so that adding an operation is one object in one file.
 */
export interface Primitive<A extends Attributes, I extends readonly Tensor[]> {
  readonly name: string;
  /** Whether the order of the inputs does not matter. */
  readonly commutative?: boolean;
  /** d(sum(seed * output))/d(input) for each input, in graph operations; undefined where it is zero. */
  gradient(site: Site<A, I>, output: Tensor, seed: Tensor): PerInput<I, Tensor | undefined>;
  /** The values in double precision, plainly computed: the reference for every runtime. */
  evaluate(site: Site<A, I>, values: PerInput<I, Float64Array>): Float64Array;
  /** Writes the operation as ONNX nodes; returns the name of the result. */
  lower(site: Site<A, I>, names: PerInput<I, string>, emitter: Emitter): string;
}

/** A primitive with its site filled in. */
export interface BoundRule {
  gradient(output: Tensor, seed: Tensor): readonly (Tensor | undefined)[];
  evaluate(values: readonly Float64Array[]): Float64Array;
  lower(names: readonly string[], emitter: Emitter): string;
}

/** An ONNX attribute; ONNX tells integers from floats, JavaScript does not. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

export interface EmitOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Operator set other than ONNX's own, e.g. "com.microsoft". */
  readonly domain?: string;
}

/** Collects the ONNX nodes of one model. */
export interface Emitter {
  readonly provider: Provider;
  /** Adds a node with one output and returns the output's name; "" is an absent optional input. */
  emit(opType: string, inputs: readonly string[], options?: EmitOptions): string;
  /** A float32 initialiser. */
  floats(values: ArrayLike<number>, shape: Shape): string;
  /** A one-dimensional int64 initialiser (shapes, axes, offsets). */
  integers(values: readonly number[]): string;
}
