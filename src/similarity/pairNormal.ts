import type { DerivativeJacobian } from "./derivativeFilter.ts";
import { createGramMatrix, gramBlockLength } from "./gramMatrix.ts";

/** Number of pixels that `PairBlock` holds at a time. */
export const pairBlockLength: number = gramBlockLength;

/**
 * What a metric says of up to `pairBlockLength` counting pixels, each with two derivative values per
 * parameter, J = (x, y): directions turn J to (along, across), weights say how much each counts, the rest
 * describes the motion that an intensity scale takes out again.
 */
export interface PairBlock {
  /** Unit vector of "along" at the pixel. */
  readonly directionX: Float64Array;
  readonly directionY: Float64Array;
  /** Roots of the second derivatives of the loss along and across. */
  readonly rootAlong: Float64Array;
  readonly rootAcross: Float64Array;
  /** What a change of scale by 1 does to the pixel, along and across. */
  readonly stretchAlong: Float64Array;
  readonly stretchAcross: Float64Array;
  /** The change of scale that J causes is sum(scaleX x + scaleY y). */
  readonly scaleX: Float64Array;
  readonly scaleY: Float64Array;
  /** dValue/d(x, y). */
  readonly slopeX: Float64Array;
  readonly slopeY: Float64Array;
}

/** Adds -dValue/dp and sum factor (J - stretch c)(J - stretch c)^T, c = sum scale J, for all parameters. */
export type AddPairNormal = (
  jacobian: DerivativeJacobian,
  pixels: number,
  index: Int32Array,
  fill: (block: PairBlock, from: number, count: number) => void,
  gradient: Float64Array,
  hessian: Float64Array,
) => void;

export function createPairNormal(): AddPairNormal {
  const list = (): Float64Array => new Float64Array(pairBlockLength);
  const block: PairBlock = {
    ...{ directionX: list(), directionY: list(), rootAlong: list(), rootAcross: list() },
    ...{
      stretchAlong: list(),
      stretchAcross: list(),
      scaleX: list(),
      scaleY: list(),
      slopeX: list(),
      slopeY: list(),
    },
  };
  let scratch = createScratch(0);
  return (jacobian, pixels, index, fill, gradient, hessian) => {
    const n = gradient.length;
    if (scratch.scaleOf.length !== n) scratch = createScratch(n);
    const { along, across, scaleOf, cross } = scratch;
    scaleOf.fill(0);
    cross.fill(0);
    let square = 0;
    for (let from = 0; from < index.length; from += pairBlockLength) {
      const count = Math.min(pairBlockLength, index.length - from);
      fill(block, from, count);
      for (let j = 0; j < count; j++) {
        const a = block.rootAlong[j]! * block.stretchAlong[j]!;
        const b = block.rootAcross[j]! * block.stretchAcross[j]!;
        square += a * a + b * b;
      }
      for (let q = 0; q < n; q++)
        gradient[q]! -= gather(scratch, block, jacobian, q, pixels, index, from, count);
      along.addBlock(count, 1, hessian);
      across.addBlock(count, 1, hessian);
    }
    for (let q = 0; q < n; q++) {
      for (let r = 0; r < n; r++) {
        hessian[q * n + r]! +=
          square * scaleOf[q]! * scaleOf[r]! - scaleOf[q]! * cross[r]! - cross[q]! * scaleOf[r]!;
      }
    }
  };
}

function createScratch(n: number) {
  return {
    along: createGramMatrix(n),
    across: createGramMatrix(n),
    /** Per parameter the change of scale, and the weighted product of J with the stretch. */
    scaleOf: new Float64Array(n),
    cross: new Float64Array(n),
  };
}

/** Writes parameter q's weighted components to the Gram blocks; returns its part of dValue/dp. */
function gather(
  scratch: ReturnType<typeof createScratch>,
  block: PairBlock,
  { x, y }: DerivativeJacobian,
  q: number,
  pixels: number,
  index: Int32Array,
  from: number,
  count: number,
): number {
  const { directionX, directionY, rootAlong, rootAcross, stretchAlong, stretchAcross } = block;
  const { scaleX, scaleY, slopeX, slopeY } = block;
  const alongRows = scratch.along.block;
  const acrossRows = scratch.across.block;
  const image = q * pixels;
  const row = q * gramBlockLength;
  let slope = 0;
  let scale = 0;
  let cross = 0;
  for (let j = 0; j < count; j++) {
    const i = image + index[from + j]!;
    const jx = x[i]!;
    const jy = y[i]!;
    const a = rootAlong[j]! * (directionX[j]! * jx + directionY[j]! * jy);
    const b = rootAcross[j]! * (directionX[j]! * jy - directionY[j]! * jx);
    alongRows[row + j] = a;
    acrossRows[row + j] = b;
    slope += slopeX[j]! * jx + slopeY[j]! * jy;
    scale += scaleX[j]! * jx + scaleY[j]! * jy;
    cross += a * rootAlong[j]! * stretchAlong[j]! + b * rootAcross[j]! * stretchAcross[j]!;
  }
  scratch.scaleOf[q]! += scale;
  scratch.cross[q]! += cross;
  return slope;
}
