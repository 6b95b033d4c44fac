import { usageError } from "../errors.ts";
import type { Graph } from "./graph.ts";
import type { Initialiser } from "./initialiser.ts";
import type { Tensor } from "./primitive.ts";
import type { Shape } from "./shape.ts";

/** A trainable array of a network: its name in weight files, its shape and how it starts. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
}

/**
 * Where a layer keeps its parameters. Layers are plain functions of a scope and tensors; the scope's
 * path prefixes the names ("encoder.stem.weight"). Applying a layer twice in one scope shares the weights.
 */
export interface Scope {
  readonly graph: Graph;
  /** Dotted path; empty at the root. */
  readonly path: string;
  /** A scope inside this one. */
  child(name: string): Scope;
  /** The parameter of that name, made at its first mention. */
  parameter(name: string, shape: Shape, initialiser: Initialiser): Tensor;
  /** Labels the nodes made by `build` with this scope's path. */
  label<T>(build: () => T): T;
  /** Builds a layer inside a child scope, its nodes labelled with the path. */
  layer<T>(name: string, build: (scope: Scope) => T): T;
  /** All parameters of the network in order of their first mention (of the root, whatever the path). */
  readonly parameters: readonly ParameterSpec[];
}

/** The root scope of a network. */
export function createScope(graph: Graph, path = ""): Scope {
  const specs = new Map<string, ParameterSpec>();
  const list: ParameterSpec[] = [];

  function at(prefix: string): Scope {
    const join = (name: string): string => {
      if (name === "") throw usageError({ what: `A layer in "${prefix}"`, got: "an empty name" });
      return prefix === "" ? name : `${prefix}.${name}`;
    };
    const label = <T>(build: () => T): T => graph.within(`/${prefix.replaceAll(".", "/")}`, build);
    return {
      graph,
      path: prefix,
      parameters: list,
      label,
      child: (name) => at(join(name)),
      layer: (name, build) => {
        const inner = at(join(name));
        return inner.label(() => build(inner));
      },
      parameter: (name, shape, initialiser) => {
        const full = join(name);
        const tensor = graph.parameter(full, shape);
        if (!specs.has(full)) {
          const spec = { name: full, shape: tensor.shape, initialiser };
          specs.set(full, spec);
          list.push(spec);
        }
        return tensor;
      },
    };
  }
  return at(path);
}
