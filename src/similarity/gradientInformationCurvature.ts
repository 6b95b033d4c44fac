import type { PairBlock } from "./pairNormal.ts";

/** Gradients (gx, gy) of the fixed and (hx, hy) of the moving image, weights, counting pixels and dNGI/dh. */
export interface GradientPair {
  readonly gx: Float32Array;
  readonly gy: Float32Array;
  readonly hx: Float32Array;
  readonly hy: Float32Array;
  readonly weight: Float32Array;
  readonly index: Int32Array;
  readonly slopeX: Float64Array;
  readonly slopeY: Float64Array;
  /** Sum and mean of the lengths of the fixed gradients. */
  readonly fixedLength: number;
  readonly meanLength: number;
}

/**
 * Gradients shorter than this fraction of the mean are treated as that long: the curvature goes as 1 /
 * length.
 */
const leastLength = 0.02;
/**
 * Curvature of cos^2 min(|g|, |h|) at h = g, times |g|: along g, and across it with the turn of the mean
 * length.
 */
const curvatureAlong = 5 / 4;
const curvatureAcross = 2;

/**
 * Second-order model of NGI. At h = g the information of a pixel falls off as a paraboloid around g, steeper
 * across it than along it; the length normalisation takes the mean stretch out of the motion. Away from the
 * match every pixel keeps that paraboloid times cos^2(alpha), so that the sum stays positive semi-definite.
 */
export function fillInformationBlock(
  pair: GradientPair,
  s: number,
  movingLength: number,
  block: PairBlock,
  from: number,
  count: number,
): void {
  const { gx, gy, hx, hy, weight, index } = pair;
  const least = (leastLength * pair.meanLength) ** 2;
  const toAlong = (s * s * curvatureAlong) / pair.fixedLength;
  const toAcross = (s * s * curvatureAcross) / pair.fixedLength;
  for (let j = 0; j < count; j++) {
    const i = index[from + j]!;
    const length = Math.sqrt(hx[i]! * hx[i]! + hy[i]! * hy[i]!);
    const inverse = length > 0 ? 1 / length : 0;
    const nx = inverse * hx[i]!;
    const ny = inverse * hy[i]!;
    const a = gx[i]! * gx[i]! + gy[i]! * gy[i]!;
    const b = s * s * length * length;
    const c = gx[i]! * nx + gy[i]! * ny;
    const factor = a > 0 ? (weight[i]! * c * c) / (a * Math.sqrt(Math.max(a, b, least))) : 0;
    block.directionX[j] = nx;
    block.directionY[j] = ny;
    block.rootAlong[j] = Math.sqrt(toAlong * factor);
    block.rootAcross[j] = Math.sqrt(toAcross * factor);
    block.stretchAlong[j] = length;
    block.stretchAcross[j] = 0;
    block.scaleX[j] = movingLength > 0 ? (weight[i]! * nx) / movingLength : 0;
    block.scaleY[j] = movingLength > 0 ? (weight[i]! * ny) / movingLength : 0;
    block.slopeX[j] = pair.slopeX[i]!;
    block.slopeY[j] = pair.slopeY[i]!;
  }
}
