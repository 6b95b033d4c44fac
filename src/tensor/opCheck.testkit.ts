import { expect } from "vitest";
import { createRandom } from "../random.ts";
import { directionalDerivative, gradient } from "./gradient.ts";
import { type Graph, createGraph } from "./graph.ts";
import { interpret } from "./interpreter.ts";
import { add, mul } from "./ops/arithmetic.ts";
import { sum } from "./ops/reduction.ts";
import type { Tensor } from "./primitive.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** An operation to be checked: how to apply it to inputs of given shapes. */
export interface OpCase {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** Range of the random inputs (default -1..1). */
  readonly range?: readonly [number, number];
  /** Keeps inputs at least so far from zero, for functions with a kink there. */
  readonly gap?: number;
}

/** A case with all its derivatives, in one graph. */
export interface BuiltCase {
  readonly inputs: readonly Tensor[];
  /** The operation's value, and the scalar <y, c> with fixed random c. */
  readonly y: Tensor;
  readonly loss: Tensor;
  /** Gradient of the loss, and the scalar <gradient, k>. */
  readonly first: readonly Tensor[];
  readonly firstLoss: Tensor;
  /** Gradient of that. */
  readonly second: readonly Tensor[];
  /** Derivative of y along the same directions k. */
  readonly forward: Tensor;
  readonly directions: Readonly<Record<string, Float64Array>>;
  readonly feeds: Readonly<Record<string, Float64Array>>;
}

/** Seeded values in a range, optionally kept away from zero. */
export function randomArray(
  seed: string,
  size: number,
  [low, high]: readonly [number, number] = [-1, 1],
  gap = 0,
): Float64Array {
  const random = createRandom(7).fork(seed);
  return Float64Array.from({ length: size }, () => {
    const value = random.uniform(low, high);
    return value + Math.sign(value) * gap;
  });
}

/** Builds a case, in a graph of its own or (with a prefix for its input names) beside others. */
export function buildCase(
  { name, shapes, build, range, gap }: OpCase,
  graph: Graph = createGraph(),
  prefix = "",
): BuiltCase {
  const feeds: Record<string, Float64Array> = {};
  // Weights are inputs, not constants: linear operations of constants would be computed at build time.
  const weights = (key: string, shape: Shape): Tensor => {
    feeds[prefix + key] = randomArray(`${name} ${key}`, sizeOf(shape));
    return graph.input(prefix + key, shape);
  };
  const inputs = shapes.map((shape, i) => {
    feeds[`${prefix}x${i}`] = randomArray(`${name} x${i}`, sizeOf(shape), range, gap);
    return graph.input(`${prefix}x${i}`, shape);
  });
  const y = build(...inputs);
  const loss = sum(mul(y, weights("c", y.shape)));
  const first = gradient(loss, inputs);
  const along = inputs.map((x, i) => weights(`k${i}`, x.shape));
  const firstLoss = first.map((g, i) => sum(mul(g, along[i]!))).reduce((a, b) => add(a, b));
  const second = gradient(firstLoss, inputs);
  const [forward] = directionalDerivative([y], inputs, along);
  const directions = Object.fromEntries(inputs.map((x, i) => [x.name, feeds[`${prefix}k${i}`]!]));
  return { inputs, y, loss, first, firstLoss, second, forward: forward!, directions, feeds };
}

/** Everything derived from a case, to be computed by a runtime. */
export function outputsOf({ y, first, second, forward }: BuiltCase): Record<string, Tensor> {
  const named = (prefix: string, list: readonly Tensor[]): [string, Tensor][] =>
    list.map((tensor, i) => [`${prefix}${i}`, tensor]);
  return Object.fromEntries([
    ...named("value", [y]),
    ...named("first", first),
    ...named("second", second),
    ...named("forward", [forward]),
  ]);
}

/** Gradient of a scalar by central differences of fourth order, in double precision. */
export function finiteDifferences(
  loss: Tensor,
  x: Tensor,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  step = 1e-3,
): Float64Array {
  const at = (i: number, offset: number): number => {
    const moved = Float64Array.from(feeds[x.name]!);
    moved[i]! += offset;
    return interpret([loss], { ...feeds, [x.name]: moved })[0]![0]!;
  };
  return Float64Array.from({ length: sizeOf(x.shape) }, (_, i) => {
    const near = at(i, step) - at(i, -step);
    const far = at(i, 2 * step) - at(i, -2 * step);
    return (8 * near - far) / (12 * step);
  });
}

/** Derivative of y along directions by central differences of fourth order. */
export function finiteForward(
  y: Tensor,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  directions: Readonly<Record<string, Float64Array>>,
  step = 1e-3,
): Float64Array {
  const at = (offset: number): Float64Array => {
    const moved = Object.entries(directions).map(([name, direction]) => {
      return [name, Float64Array.from(feeds[name]!, (value, i) => value + offset * direction[i]!)] as const;
    });
    return interpret([y], { ...feeds, ...Object.fromEntries(moved) })[0]!;
  };
  const [a, b, c, d] = [at(-2 * step), at(-step), at(step), at(2 * step)];
  return a!.map((_, i) => (8 * (c![i]! - b![i]!) - (d![i]! - a![i]!)) / (12 * step));
}

/** Largest difference of two arrays relative to the largest reference value (at least `floor`). */
export function relativeError(actual: ArrayLike<number>, reference: ArrayLike<number>, floor = 1e-3): number {
  if (actual.length !== reference.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, floor];
  for (let i = 0; i < reference.length; i++) {
    // A NaN on either side must fail, so it may not be lost in Math.max.
    const here = Math.abs(actual[i]! - reference[i]!);
    difference = Number.isNaN(here) ? Number.POSITIVE_INFINITY : Math.max(difference, here);
    scale = Math.max(scale, Math.abs(reference[i]!));
  }
  return difference / scale;
}

/** Asserts that two arrays agree relative to the largest reference value. */
export function expectClose(
  actual: ArrayLike<number>,
  reference: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(relativeError(actual, reference), what).toBeLessThan(tolerance);
}
