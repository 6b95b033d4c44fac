import { reachableFrom } from "../tensor/graph.ts";
import type { Tensor } from "../tensor/primitive.ts";

/** Options of `networkDiagram`. */
export interface DiagramOptions {
  /** Nested layers shown as boxes of their own (default 1: only the outermost). */
  readonly depth?: number;
}

/**
 * A Mermaid flow chart of a network, made from its graph: one box for each layer, arrows carry the
 * shape of what flows. Nodes outside any layer appear as operations.
 */
export function networkDiagram(
  outputs: Readonly<Record<string, Tensor>>,
  { depth = 1 }: DiagramOptions = {},
): string {
  const all = reachableFrom(Object.values(outputs));
  const hidden = weightsAmong(all);
  const nodes = all.filter((node) => !hidden.has(node));
  const boxes = new Map<string, string>();
  const idOf = (key: string): string => {
    const known = boxes.get(key) ?? `n${boxes.size}`;
    boxes.set(key, known);
    return known;
  };
  const edges = new Set<string>();
  const lines: string[] = [];
  const declare = (node: Tensor): string => {
    const key = boxOf(node, depth);
    const fresh = !boxes.has(key);
    const id = idOf(key);
    if (fresh) lines.push(node.op === "input" ? `  ${id}([${key}])` : `  ${id}[${captionOf(key)}]`);
    return id;
  };
  for (const node of nodes) {
    const id = declare(node);
    for (const input of node.inputs.filter((source) => !hidden.has(source))) {
      const from = declare(input);
      if (from !== id) edges.add(`  ${from} -->|${input.shape.join(" x ")}| ${id}`);
    }
  }
  for (const [name, tensor] of Object.entries(outputs)) {
    const id = idOf(`output ${name}`);
    lines.push(`  ${id}([${name}])`);
    edges.add(`  ${declare(tensor)} -->|${tensor.shape.join(" x ")}| ${id}`);
  }
  return ["flowchart TD", ...lines, ...edges, ""].join("\n");
}

/** Weights, constants and what is computed from nothing else: they would hide the picture. */
function weightsAmong(nodes: readonly Tensor[]): Set<Tensor> {
  const weights = new Set<Tensor>();
  for (const node of nodes) {
    const leaf = node.op === "parameter" || node.op === "constant";
    const derived = node.inputs.length > 0 && node.inputs.every((input) => weights.has(input));
    if (leaf || derived) weights.add(node);
  }
  return weights;
}

/** What a node belongs to. Reshaping is no step of its own: it belongs to what it reshapes. */
function boxOf(node: Tensor, depth: number): string {
  if (node.op === "input") return node.name;
  const path = node.label.split("/").filter((part) => part !== "");
  if (path.length > 0) return path.slice(0, depth).join("/");
  const [source] = node.inputs;
  return node.op === "reshape" && source ? boxOf(source, depth) : `${node.op} ${node.id}`;
}

function captionOf(key: string): string {
  return key.replace(/ \d+$/, "");
}
