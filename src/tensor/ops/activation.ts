import { usageError } from "../../errors.ts";
import type { Primitive, Tensor } from "../primitive.ts";
import { add, mul, step, sub } from "./arithmetic.ts";
import { erf, erfValue, exp, sigmoid } from "./unary.ts";

/* Activation functions. Piecewise linear ones are primitives; smooth ones are made of others. */

const reluPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "relu",
  // The mask comes from the output, so that the pre-activation need not be kept.
  gradient: (_site, output, seed) => [mul(seed, step(output))],
  evaluate: (_site, [values]) => values.map((value) => Math.max(value, 0)),
  lower: (_site, [x], emitter) => emitter.emit("Relu", [x]),
};

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return x.graph.apply(reluPrimitive, [x], {}, x.shape);
}

const leakyReluPrimitive: Primitive<{ slope: number }, readonly [Tensor]> = {
  name: "leakyRelu",
  gradient: ({ attributes: { slope } }, output, seed) => [mul(seed, slopeOf(output, slope))],
  evaluate: ({ attributes: { slope } }, [values]) =>
    values.map((value) => (value > 0 ? value : slope * value)),
  lower: ({ attributes: { slope } }, [x], emitter) =>
    emitter.emit("LeakyRelu", [x], { attributes: { alpha: { float: slope } } }),
};

/** x where x > 0, else slope x; slope (default 0.01) in (0, 1). */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  if (!(slope > 0 && slope < 1)) {
    throw usageError({ what: "leakyRelu", got: `slope ${slope}`, expected: "a slope between 0 and 1" });
  }
  return x.graph.apply(leakyReluPrimitive, [x], { slope }, x.shape);
}

const slopePrimitive: Primitive<{ slope: number }, readonly [Tensor]> = {
  name: "slopeMask",
  gradient: () => [undefined],
  evaluate: ({ attributes: { slope } }, [values]) => values.map((value) => (value > 0 ? 1 : slope)),
  lower: ({ attributes: { slope } }, [x], emitter) => {
    const huge = emitter.emit("Mul", [x, emitter.floats([1e30], [])]);
    return emitter.emit("Clip", [huge, emitter.floats([slope], []), emitter.floats([1], [])]);
  },
};

/** 1 where x > 0, else slope. */
function slopeOf(x: Tensor, slope: number): Tensor {
  return x.graph.apply(slopePrimitive, [x], { slope }, x.shape);
}

const siluPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "silu",
  // silu' = s + y (1 - s) needs half the passes of the product rule.
  gradient: ({ inputs: [x] }, output, seed) => {
    const s = sigmoid(x);
    return [mul(seed, add(s, mul(output, sub(1, s))))];
  },
  evaluate: (_site, [values]) => values.map((value) => value / (1 + Math.exp(-value))),
  lower: (_site, [x], emitter) => emitter.emit("Mul", [x, emitter.emit("Sigmoid", [x])]),
};

/** x sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return x.graph.apply(siluPrimitive, [x], {}, x.shape);
}

const geluPrimitive: Primitive<Record<never, never>, readonly [Tensor]> = {
  name: "gelu",
  gradient: ({ inputs: [x] }, _output, seed) => {
    const distribution = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(seed, add(distribution, mul(x, density)))];
  },
  evaluate: (_site, [values]) => values.map((x) => (x / 2) * (1 + erfValue(x * Math.SQRT1_2))),
  // One pass; written out in standard ONNX it would be five.
  lower: (_site, [x], emitter) => emitter.emit("Gelu", [x], { domain: "com.microsoft" }),
};

/** x Phi(x) with the normal distribution function, exact (not the tanh approximation). */
export function gelu(x: Tensor): Tensor {
  return x.graph.apply(geluPrimitive, [x], {}, x.shape);
}
