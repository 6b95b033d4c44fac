import { countingPixels, weightedDot } from "./countingPixels.ts";
import {
  type DerivativeKernel,
  adjointDerivatives,
  createJacobianFilter,
  createMarginImage,
  filterDerivatives,
} from "./derivativeFilter.ts";
import { erodeWeight } from "./erodeWeight.ts";
import { checkFixedImage, noContrast } from "./imageCheck.ts";
import { type PairBlock, createPairNormal } from "./pairNormal.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";

export interface GradientDifferenceOptions extends SimilarityOptions {
  /** Default "sobel". */
  readonly kernel?: DerivativeKernel;
  /**
   * Intensity scale s of the moving derivatives. "fit" (default) gives them the root mean square of the fixed
   * ones, so that gain does not matter; a number is used as it is (1 for images of one unit, as in a training
   * loss).
   */
  readonly scale?: "fit" | number;
}

/** One derivative direction: the fixed and the moving image, its variance A and what flows back. */
interface Direction {
  readonly fixed: Float32Array;
  readonly moving: Float32Array;
  readonly variance: number;
  readonly back: Float64Array;
}

/**
 * Gradient difference (Penney et al. 1998): with fixed and moving derivatives f, m in x and y,
 *
 *   GD = mean over pixels and directions of A / (A + (f - s m)^2),   A = variance of f in that direction.
 *
 * In (0, 1], 1 for equal images; large single differences saturate, so thin foreign objects cost little.
 * Unchanged by offset, and with scale "fit" by gain > 0 of the moving image. A flat moving image leaves f
 * itself as difference. A derivative counts only where every pixel of its 3 x 3 support has a positive
 * weight.
 */
export function gradientDifference(
  fixed: Float32Array,
  width: number,
  height: number,
  options: GradientDifferenceOptions = {},
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const { kernel = "sobel", scale = "fit" } = options;
  const weight = erodeWeight(options.weight, width, height, 1, 1);
  const index = countingPixels(weight);
  const [backX, backY] = [createMarginImage(width, height), createMarginImage(width, height)];
  const [x, y] = prepareDirections(fixed, width, height, kernel, weight, index, [backX.image, backY.image]);
  const total = index.reduce((sum, i) => sum + weight[i]!, 0);
  const share = 1 / (2 * total);
  const energy = (image: Float32Array): number => weightedDot(image, image, 0, weight, index);
  const fixedEnergy = energy(x.fixed) + energy(y.fixed);
  const filterJacobian = createJacobianFilter(width, height, kernel);
  const addNormal = createPairNormal();
  /** Energy of the moving derivatives that the scale depends on; Infinity where it is a constant. */
  let own = Infinity;

  function measureScale(moving: Float32Array): number {
    filterDerivatives(moving, 0, width, height, kernel, x.moving, y.moving);
    own = Infinity;
    if (scale !== "fit") return scale;
    const movingEnergy = energy(x.moving) + energy(y.moving);
    if (movingEnergy === 0) return 0;
    own = movingEnergy;
    return Math.sqrt(fixedEnergy / own);
  }

  /**
   * Turns derivatives by s m, left in the back images, into derivatives by m, s = sqrt(energy / own)
   * included.
   */
  function chainScale(s: number): void {
    const pull = (s * (dotBack(x, index) + dotBack(y, index))) / own;
    for (const { back, moving } of [x, y]) {
      for (let j = 0; j < index.length; j++) {
        const i = index[j]!;
        back[i] = share * (s * back[i]! - pull * weight[i]! * moving[i]!);
      }
    }
  }

  return {
    ...{ name: "gradient-difference", width, height },
    value(moving): number {
      const s = measureScale(moving);
      return share * (sumTerms(x, s, weight, index, false) + sumTerms(y, s, weight, index, false));
    },
    valueAndGradient(moving, gradient): number {
      const s = measureScale(moving);
      const sum = sumTerms(x, s, weight, index, true) + sumTerms(y, s, weight, index, true);
      chainScale(s);
      adjointDerivatives(backX, backY, width, height, kernel, gradient);
      return share * sum;
    },
    normalEquations(moving, jacobian, gradient, hessian): number {
      gradient.fill(0);
      hessian.fill(0);
      const s = measureScale(moving);
      const sum = sumTerms(x, s, weight, index, true) + sumTerms(y, s, weight, index, true);
      chainScale(s);
      const fill = (block: PairBlock, from: number, count: number): void =>
        fillBlock(block, x, y, s, own, share, weight, index, from, count);
      addNormal(filterJacobian(jacobian), moving.length, index, fill, gradient, hessian);
      return share * sum;
    },
  };
}

function prepareDirections(
  fixed: Float32Array,
  width: number,
  height: number,
  kernel: DerivativeKernel,
  weight: Float32Array,
  index: Int32Array,
  backs: readonly [Float64Array, Float64Array],
): [Direction, Direction] {
  const [dx, dy] = [new Float32Array(fixed.length), new Float32Array(fixed.length)];
  filterDerivatives(fixed, 0, width, height, kernel, dx, dy);
  const direction = (image: Float32Array, back: Float64Array): Direction => {
    const variance = weightedVariance(image, weight, index);
    if (!(variance > 0)) throw noContrast("gradient difference");
    return { fixed: image, moving: new Float32Array(image.length), variance, back };
  };
  return [direction(dx, backs[0]), direction(dy, backs[1])];
}

function weightedVariance(image: Float32Array, weight: Float32Array, index: Int32Array): number {
  let [total, sum, square] = [0, 0, 0];
  for (const i of index) {
    total += weight[i]!;
    sum += weight[i]! * image[i]!;
    square += weight[i]! * image[i]! * image[i]!;
  }
  return (square - (sum * sum) / total) / total;
}

/** Sum of w A / (A + d^2); with `slopes`, w d(term)/d(s m) goes to the back image. */
function sumTerms(
  direction: Direction,
  s: number,
  weight: Float32Array,
  index: Int32Array,
  slopes: boolean,
): number {
  const { fixed, moving, variance, back } = direction;
  let sum = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const difference = fixed[i]! - s * moving[i]!;
    const inverse = 1 / (variance + difference * difference);
    const term = weight[i]! * variance * inverse;
    sum += term;
    if (slopes) back[i] = 2 * term * inverse * difference;
  }
  return sum;
}

function dotBack(direction: Direction, index: Int32Array): number {
  const { back, moving } = direction;
  let sum = 0;
  for (let j = 0; j < index.length; j++) sum += back[index[j]!]! * moving[index[j]!]!;
  return sum;
}

/**
 * Reweighted Gauss-Newton: a term 1 - A / (A + d^2) has the weight 2 A / (A + d^2)^2 on the squared
 * derivatives of d = f - s m. As s follows the moving energy `own`, dd/dp = -s (J - m sum(w m J) / own).
 * Exact at a perfect match.
 */
function fillBlock(
  block: PairBlock,
  x: Direction,
  y: Direction,
  s: number,
  own: number,
  share: number,
  weight: Float32Array,
  index: Int32Array,
  from: number,
  count: number,
): void {
  block.directionX.fill(1);
  block.directionY.fill(0);
  const scale = s * Math.sqrt(2 * share);
  for (let j = 0; j < count; j++) {
    const i = index[from + j]!;
    const w = weight[i]!;
    const differenceX = x.fixed[i]! - s * x.moving[i]!;
    const differenceY = y.fixed[i]! - s * y.moving[i]!;
    block.rootAlong[j] = (scale * Math.sqrt(w * x.variance)) / (x.variance + differenceX * differenceX);
    block.rootAcross[j] = (scale * Math.sqrt(w * y.variance)) / (y.variance + differenceY * differenceY);
    block.stretchAlong[j] = x.moving[i]!;
    block.stretchAcross[j] = y.moving[i]!;
    block.scaleX[j] = (w * x.moving[i]!) / own;
    block.scaleY[j] = (w * y.moving[i]!) / own;
    block.slopeX[j] = x.back[i]!;
    block.slopeY[j] = y.back[i]!;
  }
}
