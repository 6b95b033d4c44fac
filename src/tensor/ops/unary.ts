import type { Primitive, Tensor } from "../primitive.ts";
import { div, mul, neg, step, sub } from "./arithmetic.ts";

/* Smooth functions of one variable, applied to every element. */

type Unary = Primitive<Record<never, never>, readonly [Tensor]>;

function unary(
  name: string,
  onnx: string,
  value: (x: number) => number,
  derivative: (x: Tensor, output: Tensor, seed: Tensor) => Tensor,
): Unary {
  return {
    name,
    gradient: ({ inputs: [x] }, output, seed) => [derivative(x, output, seed)],
    evaluate: (_site, [values]) => values.map(value),
    lower: (_site, [x], emitter) => emitter.emit(onnx, [x]),
  };
}

const expPrimitive = unary("exp", "Exp", Math.exp, (_x, y, seed) => mul(seed, y));
const logPrimitive = unary("log", "Log", Math.log, (x, _y, seed) => div(seed, x));
const sqrtPrimitive = unary("sqrt", "Sqrt", Math.sqrt, (_x, y, seed) => div(mul(seed, 0.5), y));
const tanhPrimitive = unary("tanh", "Tanh", Math.tanh, (_x, y, seed) => mul(seed, sub(1, mul(y, y))));
const sinPrimitive = unary("sin", "Sin", Math.sin, (x, _y, seed) => mul(seed, cos(x)));
const cosPrimitive = unary("cos", "Cos", Math.cos, (x, _y, seed) => neg(mul(seed, sin(x))));
const sigmoidPrimitive = unary(
  "sigmoid",
  "Sigmoid",
  (x) => 1 / (1 + Math.exp(-x)),
  (_x, y, seed) => mul(seed, mul(y, sub(1, y))),
);
const erfPrimitive = unary("erf", "Erf", erfValue, (x, _y, seed) =>
  mul(seed, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
);

const apply =
  (primitive: Unary) =>
  (x: Tensor): Tensor =>
    x.graph.apply(primitive, [x], {}, x.shape);

type ElementFunction = (x: Tensor) => Tensor;
export const exp: ElementFunction = apply(expPrimitive);
/** Natural logarithm. */
export const log: ElementFunction = apply(logPrimitive);
export const sqrt: ElementFunction = apply(sqrtPrimitive);
export const tanh: ElementFunction = apply(tanhPrimitive);
/** Sine of radians. */
export const sin: ElementFunction = apply(sinPrimitive);
/** Cosine of radians. */
export const cos: ElementFunction = apply(cosPrimitive);
/** 1 / (1 + exp(-x)). */
export const sigmoid: ElementFunction = apply(sigmoidPrimitive);
/** The error function. */
export const erf: ElementFunction = apply(erfPrimitive);

/** |x|; its gradient is 0 at 0. */
export function abs(x: Tensor): Tensor {
  return mul(x, sign(x));
}

/** -1, 0 or 1; its gradient is zero. */
export function sign(x: Tensor): Tensor {
  return sub(step(x), step(neg(x)));
}

/** erf to double precision: its power series near zero, the continued fraction of erfc beyond. */
export function erfValue(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
      term *= (-x * x) / n;
      total += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  }
  let fraction = 0;
  for (let n = 80; n >= 1; n--) fraction = n / 2 / (z + fraction);
  const complement = Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
  return Math.sign(x) * (1 - complement);
}
