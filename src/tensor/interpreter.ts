import { usageError } from "../errors.ts";
import { reachableFrom } from "./graph.ts";
import type { Tensor } from "./primitive.ts";
import { formatShape, sizeOf } from "./shape.ts";

/** Values of inputs and parameters by name, row-major. */
export type Feeds = Readonly<Record<string, ArrayLike<number>>>;

/**
 * Computes tensors in double precision, one plain loop an operation: slow, obvious, and the reference
 * that every runtime is compared with. Throws when a needed input is missing or of the wrong size.
 */
export function interpret(outputs: readonly Tensor[], feeds: Feeds = {}): Float64Array[] {
  const values = new Map<Tensor, Float64Array>();
  for (const node of reachableFrom(outputs)) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    values.set(node, node.rule?.evaluate(inputs) ?? node.constant ?? feedOf(node, feeds));
  }
  return outputs.map((output) => values.get(output)!.slice());
}

function feedOf(node: Tensor, feeds: Feeds): Float64Array {
  const data = feeds[node.name];
  if (data?.length !== sizeOf(node.shape)) {
    throw usageError({
      what: `${node.op} "${node.name}"`,
      got: data ? `${data.length} values` : "nothing",
      expected: `${sizeOf(node.shape)} values, shape ${formatShape(node.shape)}`,
    });
  }
  return Float64Array.from(data);
}
