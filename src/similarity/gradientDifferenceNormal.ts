import { weightedDot } from "./countingPixels.ts";
import type { DerivativeJacobian } from "./derivativeFilter.ts";
import { type GramMatrix, createGramMatrix } from "./gramMatrix.ts";

/** What the normal equations need of a derivative direction; `back` holds share x dGD/dm. */
export interface DifferenceDirection {
  readonly fixed: Float32Array;
  readonly moving: Float32Array;
  readonly variance: number;
  readonly back: Float64Array;
}

type AddNormal = (
  directions: readonly DifferenceDirection[],
  jacobian: DerivativeJacobian,
  s: number,
  own: number,
  share: number,
  gradient: Float64Array,
  hessian: Float64Array,
) => void;

/**
 * Iteratively reweighted Gauss-Newton for the gradient difference: a term 1 - A / (A + d^2) has the weight
 * omega = 2 A / (A + d^2)^2 on the squared derivatives of d = f - s m. As s follows the moving energy `own`,
 * dd/dp = -s (J - m c), c = sum w m J / own. Exact at a perfect match.
 */
export function createDifferenceNormal(weight: Float32Array, index: Int32Array): AddNormal {
  const factor = new Float64Array(index.length);
  let gram: GramMatrix | undefined;
  let pull = new Float64Array(0);
  return (directions, jacobian, s, own, share, gradient, hessian) => {
    const n = gradient.length;
    if (gram === undefined || pull.length !== n) {
      gram = createGramMatrix(n);
      pull = new Float64Array(n);
    }
    const pixels = weight.length;
    const images = [jacobian.x, jacobian.y];
    pull.fill(0);
    directions.forEach(({ moving, back }, d) => {
      for (let q = 0; q < n; q++) {
        pull[q]! += weightedDot(moving, images[d]!, q * pixels, weight, index) / own;
        let slope = 0;
        for (let j = 0; j < index.length; j++)
          slope += back[index[j]!]! * images[d]![q * pixels + index[j]!]!;
        gradient[q]! -= slope;
      }
    });
    const scale = share * s * s;
    for (let d = 0; d < directions.length; d++) {
      const direction = directions[d]!;
      const square = fillFactors(direction, s, weight, index, factor);
      gram.add(images[d]!, pixels, index, factor, scale, hessian);
      subtractScale(direction.moving, images[d]!, pixels, index, factor, square, pull, scale, hessian);
    }
  };
}

/** Fills w omega; returns sum w omega m^2. */
function fillFactors(
  direction: DifferenceDirection,
  s: number,
  weight: Float32Array,
  index: Int32Array,
  factor: Float64Array,
): number {
  const { fixed, moving, variance } = direction;
  let square = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const difference = fixed[i]! - s * moving[i]!;
    const omega = (2 * weight[i]! * variance) / (variance + difference * difference) ** 2;
    factor[j] = omega;
    square += omega * moving[i]! * moving[i]!;
  }
  return square;
}

/** Adds scale x (sum w omega m m c c^T - c b^T - b c^T), b = sum w omega m J: the part of the intensity scale. */
function subtractScale(
  moving: Float32Array,
  images: Float32Array,
  pixels: number,
  index: Int32Array,
  factor: Float64Array,
  square: number,
  pull: Float64Array,
  scale: number,
  hessian: Float64Array,
): void {
  const n = pull.length;
  for (let q = 0; q < n; q++) {
    let cross = 0;
    for (let j = 0; j < index.length; j++) {
      const i = index[j]!;
      cross += factor[j]! * moving[i]! * images[q * pixels + i]!;
    }
    for (let r = 0; r < n; r++) {
      hessian[q * n + r]! += scale * (0.5 * square * pull[q]! - cross) * pull[r]!;
      hessian[r * n + q]! += scale * (0.5 * square * pull[q]! - cross) * pull[r]!;
    }
  }
}
