import type { Primitive, Tensor } from "../primitive.ts";
import { broadcastIndices, broadcastShapes, sameShape, sizeOf } from "../shape.ts";
import { broadcastTo, sumTo, sum, type ReduceOptions } from "./reduction.ts";
import { resolveAxes } from "../shape.ts";

/* Element-wise arithmetic of two tensors under trailing-axis broadcasting. */

type Pair = readonly [Tensor, Tensor];
type Binary = Primitive<Record<never, never>, Pair>;
/** A tensor, or a number that becomes a constant of the other operand's graph. */
export type Operand = Tensor | number;

function binary(
  name: string,
  onnx: string,
  combine: (a: number, b: number) => number,
  gradient: (a: Tensor, b: Tensor, seed: Tensor, output: Tensor) => Pair,
  commutative = false,
): Binary {
  return {
    name,
    commutative,
    gradient: ({ inputs: [a, b] }, output, seed) => {
      const [da, db] = gradient(a, b, seed, output);
      return [sumTo(da, a.shape), sumTo(db, b.shape)];
    },
    evaluate: ({ inputs: [a, b], shape }, [x, y]) => {
      const [atX, atY] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
      const out = new Float64Array(sizeOf(shape));
      for (let i = 0; i < out.length; i++) out[i] = combine(x[atX[i]!]!, y[atY[i]!]!);
      return out;
    },
    lower: (_site, [a, b], emitter) => emitter.emit(onnx, [a, b]),
  };
}

const addPrimitive = binary(
  "add",
  "Add",
  (a, b) => a + b,
  (_a, _b, seed) => [seed, seed],
  true,
);
const subPrimitive = binary(
  "sub",
  "Sub",
  (a, b) => a - b,
  (_a, _b, seed) => [seed, neg(seed)],
);
const mulPrimitive = binary(
  "mul",
  "Mul",
  (a, b) => a * b,
  (a, b, seed) => [mul(seed, b), mul(seed, a)],
  true,
);
const divPrimitive = binary(
  "div",
  "Div",
  (a, b) => a / b,
  (_a, b, seed, output) => {
    const da = div(seed, b);
    return [da, neg(mul(da, output))];
  },
);
const maximumPrimitive = binary("maximum", "Max", Math.max, (a, b, seed) => {
  const da = mul(seed, step(sub(a, b)));
  return [da, sub(seed, da)];
});

/** a + b. */
export function add(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  if (isConstant(x, 0) && covers(y, x)) return y;
  if (isConstant(y, 0) && covers(x, y)) return x;
  if (x === y) return mul(x, 2);
  const negated = negatedOperand(y);
  if (negated) return sub(x, negated);
  return applyBinary(addPrimitive, x, y);
}

/** a - b. */
export function sub(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  if (isConstant(y, 0) && covers(x, y)) return x;
  if (isConstant(x, 0) && covers(y, x)) return neg(y);
  const negated = negatedOperand(y);
  if (negated) return add(x, negated);
  return applyBinary(subPrimitive, x, y);
}

/** a b, element by element. */
export function mul(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  if (x.constant && !y.constant) return mul(y, x);
  if (isConstant(y, 1) && covers(x, y)) return x;
  if (isConstant(y, 0)) return broadcastTo(x.graph.constant(0), broadcastShapes("mul", x.shape, y.shape));
  if (y.constant?.length === 1 && x.op === "mul" && covers(x, y)) {
    // A scale factor joins the smaller operand (often another scale factor): one pass over memory less.
    const [p, q] = x.inputs as Pair;
    const [large, small] = sizeOf(p.shape) < sizeOf(q.shape) ? [q, p] : [p, q];
    if (sizeOf(small.shape) < sizeOf(x.shape)) return mul(large, mul(small, y));
  }
  return applyBinary(mulPrimitive, x, y);
}

/** a / b. */
export function div(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  if (y.constant && !y.constant.includes(0)) {
    return mul(
      x,
      x.graph.constant(
        y.constant.map((value) => 1 / value),
        y.shape,
      ),
    );
  }
  return applyBinary(divPrimitive, x, y);
}

/** The larger of a and b; where they are equal the gradient goes to b. */
export function maximum(a: Operand, b: Operand): Tensor {
  return applyBinary(maximumPrimitive, ...operands(a, b));
}

/** The smaller of a and b; where they are equal the gradient goes to b. */
export function minimum(a: Operand, b: Operand): Tensor {
  const [x, y] = operands(a, b);
  return neg(maximum(neg(x), neg(y)));
}

export function neg(x: Tensor): Tensor {
  return mul(x, -1);
}

/** x x. */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** Mean over axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const axes = resolveAxes("mean", x.shape, options.axes ?? x.shape.map((_, axis) => axis));
  return mul(sum(x, options), 1 / axes.reduce((count, axis) => count * x.shape[axis]!, 1));
}

const stepPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "step",
  gradient: () => [undefined],
  evaluate: (_site, [values]) => values.map((value) => (value > 0 ? 1 : 0)),
  // One vectorised pass, where Greater + Cast would be two with a Boolean array between.
  lower: (_site, [x], emitter) =>
    emitter.emit("HardSigmoid", [x], { attributes: { alpha: { float: 1e30 }, beta: { float: 0 } } }),
};

/** 1 where x > 0, else 0; its gradient is zero. */
export function step(x: Tensor): Tensor {
  return x.graph.apply(stepPrimitive, [x], {}, x.shape);
}

function operands(a: Operand, b: Operand): Pair {
  const graph = typeof a === "object" ? a.graph : typeof b === "object" ? b.graph : undefined;
  if (!graph) throw new TypeError("arithmetic on two plain numbers needs no graph");
  return [typeof a === "object" ? a : graph.constant(a), typeof b === "object" ? b : graph.constant(b)];
}

/** Applies after dropping broadcasts that the operation does by itself. */
function applyBinary(primitive: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(primitive.name, a.shape, b.shape);
  const plain = (x: Tensor, other: Tensor): Tensor => {
    const source = x.op === "broadcast" ? x.inputs[0]! : x;
    return sameShape(broadcastShapes(primitive.name, source.shape, other.shape), shape) ? source : x;
  };
  const left = plain(a, b);
  return a.graph.apply(primitive, [left, plain(b, left)], {}, shape);
}

function isConstant(x: Tensor, value: number): boolean {
  return x.constant !== undefined && x.constant.every((element) => element === value);
}

/** Whether `small` broadcasts to the shape `large` already has. */
function covers(large: Tensor, small: Tensor): boolean {
  return sameShape(broadcastShapes("broadcast", large.shape, small.shape), large.shape);
}

/** y when x is -1 y. */
function negatedOperand(x: Tensor): Tensor | undefined {
  const [inner, factor] = x.inputs;
  const negated =
    x.op === "mul" && factor !== undefined && isConstant(factor, -1) && factor.constant?.length === 1;
  return negated && inner && covers(inner, factor) ? inner : undefined;
}
