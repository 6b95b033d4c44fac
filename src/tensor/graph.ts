import { usageError } from "../errors.ts";
import type { Attributes, BoundRule, PerInput, Primitive, Tensor, TensorGraph } from "./primitive.ts";
import { type Shape, checkShape, formatShape, sameShape, sizeOf } from "./shape.ts";

/** Constants up to this many elements are computed when the graph is built. */
const foldLimit = 4096;

/**
 * A static tensor graph. Every operation on its tensors adds a node, or finds the node that already
 * computes the same thing (hash-consing), which keeps derivatives of derivatives small.
 */
export interface Graph extends TensorGraph {
  /** A named array given at every run. The same name must always have the same shape. */
  input(name: string, shape: Shape): Tensor;
  /** A named trainable array. */
  parameter(name: string, shape: Shape): Tensor;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Number of nodes made so far. */
  readonly size: number;
}

type NodeParts = Omit<Tensor, "graph" | "id" | "label">;

const leaf = { inputs: [], attributes: {}, name: "", constant: undefined, rule: undefined } as const;

/** Makes an empty graph. */
export function createGraph(): Graph {
  const nodes = new Map<string, Tensor>();
  const inputs = new Map<string, Tensor>();
  const parameters = new Map<string, Tensor>();
  let count = 0;
  let label = "";

  function make(parts: NodeParts): Tensor {
    return Object.freeze({ ...parts, graph, id: count++, label });
  }

  function named(table: Map<string, Tensor>, op: string, name: string, shape: Shape): Tensor {
    checkShape(`${op} "${name}"`, shape);
    if (name === "") throw usageError({ what: `A graph's ${op}`, got: "an empty name" });
    const other = table === inputs ? parameters : inputs;
    const known = table.get(name) ?? other.get(name);
    if (known && (known.op !== op || !sameShape(known.shape, shape))) {
      throw usageError({
        what: `${op} "${name}"`,
        got: `shape ${formatShape(shape)}`,
        expected: `one shape and kind for one name, here ${known.op} ${formatShape(known.shape)}`,
        todo: "Give the new one another name.",
      });
    }
    const node = known ?? make({ ...leaf, op, shape: [...shape], name });
    table.set(name, node);
    return node;
  }

  function constant(values: number | ArrayLike<number>, shape?: Shape): Tensor {
    const data = typeof values === "number" ? Float64Array.of(values) : Float64Array.from(values);
    const extents = shape ?? (typeof values === "number" ? [] : [data.length]);
    if (data.length !== sizeOf(extents)) {
      throw usageError({
        what: "constant",
        got: `${data.length} values`,
        expected: `${sizeOf(extents)} for shape ${formatShape(extents)}`,
      });
    }
    const parts = { ...leaf, op: "constant", shape: [...extents], constant: data };
    return data.length > foldLimit
      ? make(parts)
      : remember(`constant ${formatShape(extents)} ${data.join(" ")}`, parts);
  }

  function remember(key: string, parts: NodeParts): Tensor {
    const known = nodes.get(key);
    if (known) return known;
    const node = make(parts);
    nodes.set(key, node);
    return node;
  }

  function apply<A extends Attributes, I extends readonly Tensor[]>(
    primitive: Primitive<A, I>,
    operands: I,
    attributes: A,
    shape: Shape,
  ): Tensor {
    checkShape(primitive.name, shape);
    checkOwner(primitive.name, operands, graph);
    const rule = bind(primitive, operands, attributes, shape);
    const constants = operands.map((operand) => operand.constant).filter((values) => values !== undefined);
    if (constants.length === operands.length && sizeOf(shape) <= foldLimit) {
      return constant(rule.evaluate(constants), shape);
    }
    const ids = operands.map((operand) => operand.id);
    if (primitive.commutative) ids.sort((a, b) => a - b);
    const key = `${primitive.name} ${ids.join(" ")} ${JSON.stringify(attributes)}`;
    return remember(key, { ...leaf, op: primitive.name, shape, inputs: operands, attributes, rule });
  }

  function within<T>(path: string, build: () => T): T {
    const outer = label;
    if (path.startsWith("/")) label = path.slice(1);
    else label = outer === "" ? path : `${outer}/${path}`;
    try {
      return build();
    } finally {
      label = outer;
    }
  }

  const graph: Graph = {
    input: (name, shape) => named(inputs, "input", name, shape),
    parameter: (name, shape) => named(parameters, "parameter", name, shape),
    placeholder: (shape) => make({ ...leaf, op: "placeholder", shape: [...shape] }),
    ...{ constant, apply, within, inputs, parameters },
    get size() {
      return count;
    },
  };
  return graph;
}

/** Fills a primitive's site in, so that nodes of all kinds can be walked alike. */
function bind<A extends Attributes, I extends readonly Tensor[]>(
  primitive: Primitive<A, I>,
  inputs: I,
  attributes: A,
  shape: Shape,
): BoundRule {
  const site = { inputs, attributes, shape };
  return {
    gradient: (output, seed) => primitive.gradient(site, output, seed),
    // Sound because `inputs` and these arrays have one entry for each input of this very node.
    evaluate: (values) => primitive.evaluate(site, values as PerInput<I, Float64Array>),
    lower: (names, emitter) => primitive.lower(site, names as PerInput<I, string>, emitter),
  };
}

function checkOwner(op: string, operands: readonly Tensor[], graph: TensorGraph): void {
  if (operands.every((operand) => operand.graph === graph)) return;
  throw usageError({
    what: op,
    got: "tensors of different graphs",
    expected: "tensors of one graph",
    todo: "Build both from the same createGraph().",
  });
}

/** The nodes that `outputs` depend on, inputs before users. */
export function reachableFrom(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
