import { usageError } from "../errors.ts";
import { reachableFrom } from "./graph.ts";
import { add } from "./ops/arithmetic.ts";
import { broadcastTo } from "./ops/reduction.ts";
import type { Primitive, Tensor } from "./primitive.ts";
import { formatShape, sameShape } from "./shape.ts";

/**
 * Reverse mode: d(sum(seed * y))/dx for each x, as tensors of the same graph, so that gradients can be
 * differentiated again. The default seed is one, and then y must be a scalar. An x that y does not
 * depend on gets zeros.
 */
export function gradient(y: Tensor, xs: readonly Tensor[], seed?: Tensor): Tensor[] {
  const start = seed ?? y.graph.constant(1);
  if (!sameShape(start.shape, y.shape)) {
    throw usageError({
      what: "gradient",
      got: `y ${formatShape(y.shape)} with seed ${formatShape(start.shape)}`,
      expected: seed ? "a seed of y's shape" : "a scalar y, or a seed of y's shape",
    });
  }
  const nodes = reachableFrom([y]);
  const needed = dependentsOf(nodes, xs);
  const adjoints = new Map<Tensor, Tensor>([[y, start]]);
  for (const node of nodes.reverse()) {
    const adjoint = adjoints.get(node);
    if (!adjoint || !node.rule || !node.inputs.some((input) => needed.has(input))) continue;
    const rule = node.rule;
    const contributions = y.graph.within(`gradient/${node.label}`, () => rule.gradient(node, adjoint));
    node.inputs.forEach((input, i) => {
      const contribution = contributions[i];
      if (!contribution || !needed.has(input)) return;
      const sofar = adjoints.get(input);
      adjoints.set(input, sofar ? add(sofar, contribution) : contribution);
    });
  }
  return xs.map((x) => adjoints.get(x) ?? broadcastTo(x.graph.constant(0), x.shape));
}

/** The nodes among `nodes` (inputs before users) that depend on any of `xs`. */
function dependentsOf(nodes: readonly Tensor[], xs: readonly Tensor[]): Set<Tensor> {
  const needed = new Set(xs);
  for (const node of nodes) {
    if (node.inputs.some((input) => needed.has(input))) needed.add(node);
  }
  return needed;
}

/**
 * Forward mode: the derivative of each y when the xs move along `directions`. It is taken as the
 * gradient of the gradient: reverse mode is linear in its seed, so differentiating it by the seed
 * gives the directional derivative, and the seed itself drops out of the graph.
 */
export function directionalDerivative(
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  directions: readonly Tensor[],
): Tensor[] {
  if (
    xs.length !== directions.length ||
    !xs.every((x, i) => sameShape(x.shape, directions[i]?.shape ?? []))
  ) {
    throw usageError({
      what: "directionalDerivative",
      got: `directions ${directions.map((d) => formatShape(d.shape)).join(", ")}`,
      expected: `one for each of ${xs.map((x) => formatShape(x.shape)).join(", ")}`,
    });
  }
  return ys.map((y) => {
    const seed = y.graph.placeholder(y.shape);
    const pulled = gradient(y, xs, seed);
    const terms = pulled.map((g, i) => gradient(g, [seed], directions[i]!)[0]!);
    return terms.reduce((total, term) => add(total, term));
  });
}

const stopPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "stopGradient",
  gradient: () => [undefined],
  evaluate: (_site, [values]) => values,
  lower: (_site, [x]) => x,
};

/** x itself, but constant to `gradient`. */
export function stopGradient(x: Tensor): Tensor {
  return x.graph.apply(stopPrimitive, [x], {}, x.shape);
}
