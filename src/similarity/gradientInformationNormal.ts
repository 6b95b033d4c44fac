import type { DerivativeJacobian } from "./derivativeFilter.ts";
import { type GramMatrix, createGramMatrix } from "./gramMatrix.ts";

/** Gradients of the fixed and moving image, weights and counting pixels; the images are read anew in every call. */
export interface GradientPair {
  readonly gx: Float32Array;
  readonly gy: Float32Array;
  readonly hx: Float32Array;
  readonly hy: Float32Array;
  readonly weight: Float32Array;
  readonly index: Int32Array;
  /** Mean length of the fixed gradients. */
  readonly meanLength: number;
}

type AddNormal = (
  back: readonly [Float64Array, Float64Array],
  jacobian: DerivativeJacobian,
  s: number,
  movingLength: number,
  gradient: Float64Array,
  hessian: Float64Array,
) => void;

/** Gradients shorter than this fraction of the mean are treated as that long: the curvature goes as 1 / length. */
const leastLength = 0.02;
/** Curvature of cos^2 min(|g|, |h|) at h = g, times |g|: along g, and across it with the turn of the mean length. */
const curvatureAlong = 5 / 4;
const curvatureAcross = 2;

/**
 * Second-order model of NGI. At h = g the information of a pixel falls off as a paraboloid around g, steeper across it
 * than along it; the length normalisation takes the mean stretch out of the motion. Away from the match every
 * pixel keeps that paraboloid times cos^2(alpha), so that the sum stays positive semi-definite.
 * The Jacobian's derivative images are turned into components along and across h, in place.
 */
export function createInformationNormal(pair: GradientPair): AddNormal {
  const factor = new Float64Array(pair.index.length);
  let gram: GramMatrix | undefined;
  let parameters = 0;
  return (back, jacobian, s, movingLength, gradient, hessian) => {
    if (gram === undefined || parameters !== gradient.length) gram = createGramMatrix(gradient.length);
    parameters = gradient.length;
    const pixels = pair.weight.length;
    for (let q = 0; q < parameters; q++) {
      gradient[q]! -= turn(pair, back, jacobian, q * pixels, movingLength);
    }
    fillFactors(pair, s, factor);
    const scale = (s * s) / (pair.meanLength * sumWeights(pair));
    gram.add(jacobian.x, pixels, pair.index, factor, scale * curvatureAlong, hessian);
    gram.add(jacobian.y, pixels, pair.index, factor, scale * curvatureAcross, hessian);
  };
}

function sumWeights({ weight, index }: GradientPair): number {
  let sum = 0;
  for (let j = 0; j < index.length; j++) sum += weight[index[j]!]!;
  return sum;
}

/**
 * Replaces derivative image pairs by their components along h (less the mean stretch) and across h; returns the
 * metric's derivative along this parameter.
 */
function turn(
  { hx, hy, weight, index }: GradientPair,
  back: readonly [Float64Array, Float64Array],
  { x, y }: DerivativeJacobian,
  from: number,
  movingLength: number,
): number {
  let slope = 0;
  let stretch = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const [jx, jy] = [x[from + i]!, y[from + i]!];
    slope += back[0][i]! * jx + back[1][i]! * jy;
    const length = Math.sqrt(hx[i]! * hx[i]! + hy[i]! * hy[i]!);
    const inverse = length > 0 ? 1 / length : 0;
    const along = inverse * (hx[i]! * jx + hy[i]! * jy);
    x[from + i] = along;
    y[from + i] = inverse * (hx[i]! * jy - hy[i]! * jx);
    stretch += weight[i]! * along;
  }
  const mean = movingLength > 0 ? stretch / movingLength : 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    x[from + i]! -= mean * Math.sqrt(hx[i]! * hx[i]! + hy[i]! * hy[i]!);
  }
  return slope;
}

/** w cos^2(alpha) / max(|g|, |s h|). */
function fillFactors(
  { gx, gy, hx, hy, weight, index, meanLength }: GradientPair,
  s: number,
  factor: Float64Array,
): void {
  const least = (leastLength * meanLength) ** 2;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const a = gx[i]! * gx[i]! + gy[i]! * gy[i]!;
    const b = s * s * (hx[i]! * hx[i]! + hy[i]! * hy[i]!);
    const c = s * (gx[i]! * hx[i]! + gy[i]! * hy[i]!);
    const product = a * b;
    factor[j] = product > 0 ? (weight[i]! * c * c) / (product * Math.sqrt(Math.max(a, b, least))) : 0;
  }
}
