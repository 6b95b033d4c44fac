import type { Attributes, Emitter, Primitive, Tensor } from "../primitive.ts";
import { type Shape, broadcastIndices, resolveAxes, sizeOf } from "../shape.ts";
import { add, div, mean, mul, neg, square } from "./arithmetic.ts";
import { sum } from "./reduction.ts";

/*
 * Normalisation y = (x - mean) r with r = 1 / sqrt(variance + epsilon), and its derivatives in closed
 * form. Left to the chain rule, a second derivative of it takes twice the passes over memory; most of a
 * small network's time would go there.
 */

type Group = Attributes & { readonly axes: readonly number[]; readonly epsilon: number };

const normalisePrimitive: Primitive<Group, readonly [Tensor]> = {
  name: "normalise",
  gradient: ({ inputs: [x], attributes }, output, seed) => [
    adjoint(seed, output, inverseDeviation(x, attributes), attributes),
  ],
  evaluate: ({ inputs: [x], attributes }, [values]) => {
    const { group, mean: means, inverse } = statistics(values, x.shape, attributes);
    return values.map((value, i) => (value - means[group[i]!]!) * inverse[group[i]!]!);
  },
  lower: ({ attributes }, [x], emitter) => {
    const { centred, inverse } = emitStatistics(emitter, x, attributes);
    return emitter.emit("Mul", [centred, inverse]);
  },
};

const inversePrimitive: Primitive<Group, readonly [Tensor]> = {
  name: "inverseDeviation",
  gradient: ({ inputs: [x], attributes }, output, seed) => {
    const count = sizeOf(x.shape) / sizeOf(output.shape);
    const y = x.graph.apply(normalisePrimitive, [x], attributes, x.shape);
    return [mul(y, mul(mul(seed, square(output)), -1 / count))];
  },
  evaluate: ({ inputs: [x], attributes }, [values]) => statistics(values, x.shape, attributes).inverse,
  lower: ({ attributes }, [x], emitter) => emitStatistics(emitter, x, attributes).inverse,
};

function inverseDeviation(x: Tensor, group: Group): Tensor {
  return x.graph.apply(inversePrimitive, [x], group, keptShape(x.shape, group.axes));
}

/** r (g - mean(g) - y mean(g y)): carries a gradient g of y back to x. Self-adjoint in g. */
const adjointPrimitive: Primitive<Group, readonly [Tensor, Tensor, Tensor]> = {
  name: "normaliseAdjoint",
  gradient: ({ inputs: [g, y, r], attributes }, output, seed) => {
    const over = { axes: attributes.axes, keepDims: true };
    const meanOf = (a: Tensor): Tensor => mul(r, mean(mul(a, y), over));
    return [
      adjoint(seed, y, r, attributes),
      neg(add(mul(seed, meanOf(g)), mul(g, meanOf(seed)))),
      div(sum(mul(seed, output), over), r),
    ];
  },
  evaluate: ({ inputs: [x, , inverse] }, [g, y, r]) => {
    const group = broadcastIndices(inverse.shape, x.shape);
    const [meanG, meanGy] = [new Float64Array(r.length), new Float64Array(r.length)];
    const count = g.length / r.length;
    g.forEach((value, i) => {
      meanG[group[i]!]! += value / count;
      meanGy[group[i]!]! += (value * y[i]!) / count;
    });
    return g.map((value, i) => r[group[i]!]! * (value - meanG[group[i]!]! - y[i]! * meanGy[group[i]!]!));
  },
  lower: ({ attributes: { axes } }, [g, y, r], emitter) => {
    const meanG = emitMean(emitter, g, axes);
    const meanGy = emitMean(emitter, emitter.emit("Mul", [g, y]), axes);
    const shifted = emitter.emit("Sub", [g, meanG]);
    const along = emitter.emit("Mul", [y, meanGy]);
    return emitter.emit("Mul", [emitter.emit("Sub", [shifted, along]), r]);
  },
};

function adjoint(g: Tensor, y: Tensor, r: Tensor, group: Group): Tensor {
  return g.graph.apply(adjointPrimitive, [g, y, r], group, y.shape);
}

/** Zero mean and unit variance over `axes`: (x - mean) / sqrt(variance + epsilon). */
export function normalise(x: Tensor, axes: readonly number[], epsilon = 1e-5): Tensor {
  const group = { axes: resolveAxes("normalise", x.shape, axes), epsilon };
  return x.graph.apply(normalisePrimitive, [x], group, x.shape);
}

function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function emitMean(emitter: Emitter, x: string, axes: readonly number[]): string {
  return emitter.emit("ReduceMean", [x], { attributes: { axes: { ints: axes }, keepdims: { int: 1 } } });
}

/** Two passes: E[x^2] - E[x]^2 would lose half the digits in single precision. */
function emitStatistics(
  emitter: Emitter,
  x: string,
  { axes, epsilon }: Group,
): { centred: string; inverse: string } {
  const centred = emitter.emit("Sub", [x, emitMean(emitter, x, axes)]);
  const variance = emitMean(emitter, emitter.emit("Mul", [centred, centred]), axes);
  const deviation = emitter.emit("Sqrt", [emitter.emit("Add", [variance, emitter.floats([epsilon], [])])]);
  return { centred, inverse: emitter.emit("Reciprocal", [deviation]) };
}

function statistics(
  values: Float64Array,
  shape: Shape,
  { axes, epsilon }: Group,
): { group: Int32Array; mean: Float64Array; inverse: Float64Array } {
  const kept = keptShape(shape, axes);
  const group = broadcastIndices(kept, shape);
  const means = new Float64Array(sizeOf(kept));
  const variance = new Float64Array(sizeOf(kept));
  const count = values.length / means.length;
  values.forEach((value, i) => (means[group[i]!]! += value / count));
  values.forEach((value, i) => (variance[group[i]!]! += (value - means[group[i]!]!) ** 2 / count));
  return { group, mean: means, inverse: variance.map((value) => 1 / Math.sqrt(value + epsilon)) };
}
