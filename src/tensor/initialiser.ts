import type { Random } from "../random.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Draws the first values of a parameter. */
export type Initialiser = (shape: Shape, random: Random) => Float32Array;

/** Every element the same. */
export function constantInitialiser(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

export const zeros: Initialiser = constantInitialiser(0);
export const ones: Initialiser = constantInitialiser(1);

/** Inputs that one output element sums over, for weights [outputs, inputs, ...kernel]. */
function fanIn(shape: Shape): number {
  return sizeOf(shape.slice(1));
}

/** Outputs that one input element reaches, for weights [outputs, inputs, ...kernel]. */
function fanOut(shape: Shape): number {
  return (shape[0] ?? 1) * sizeOf(shape.slice(2));
}

/**
 * Normal with standard deviation gain / sqrt(fan-in) (He et al. 2015); gain sqrt(2), the default, keeps
 * the variance through ReLU-like activations.
 */
export function kaimingNormal(gain: number = Math.SQRT2): Initialiser {
  return (shape, random) => {
    const sd = gain / Math.sqrt(fanIn(shape));
    return Float32Array.from({ length: sizeOf(shape) }, () => random.normal(0, sd));
  };
}

/** Uniform in +-gain sqrt(6 / (fan-in + fan-out)) (Glorot & Bengio 2010). */
export function xavierUniform(gain = 1): Initialiser {
  return (shape, random) => {
    const limit = gain * Math.sqrt(6 / (fanIn(shape) + fanOut(shape)));
    return Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(-limit, limit));
  };
}

/** Fills a dropout mask: 0 with probability `rate`, else 1 / (1 - rate), so that the mean stays. */
export function drawDropoutMask(mask: Float32Array, rate: number, random: Random): void {
  for (let i = 0; i < mask.length; i++) mask[i] = random.next() < rate ? 0 : 1 / (1 - rate);
}
