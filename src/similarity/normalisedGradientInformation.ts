import { countingPixels } from "./countingPixels.ts";
import {
  type DerivativeKernel,
  adjointDerivatives,
  createJacobianFilter,
  createMarginImage,
  filterDerivatives,
} from "./derivativeFilter.ts";
import { erodeWeight } from "./erodeWeight.ts";
import { type GradientPair, fillInformationBlock } from "./gradientInformationCurvature.ts";
import { checkFixedImage, noContrast } from "./imageCheck.ts";
import { type PairBlock, createPairNormal } from "./pairNormal.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";

export interface GradientInformationOptions extends SimilarityOptions {
  /** Default "sobel". */
  readonly kernel?: DerivativeKernel;
}

/** Makes the smooth minimum of two equal numbers that number. */
const equalFactor = 2 ** 0.25;
/**
 * Gradients whose product is below this fraction of the mean gradient squared, squared, carry no direction.
 */
const leastProduct = 1e-20;

/**
 * Normalised gradient information (Otake et al. 2013; De Silva et al. 2016). With g, h the gradients of the
 * fixed and the moving image and alpha the angle between them, GI = sum w cos^2(alpha) min(|g|, |h|) and NGI
 * = GI(f, m) / GI(f, f). Here it is made differentiable and free of units:
 * - h is scaled so that its mean length is that of g (unchanged by gain and offset of either image);
 * - min(a, b) is the power mean ((a^-4 + b^-4) / 2)^(-1/4), smooth and exact where a = b.
 * In [0, 1], symmetric, 1 only for equal gradients up to gain; opposite gradients count like equal ones, so
 * inverted contrast does not matter. A gradient counts only where every pixel of its 3 x 3 support has a
 * positive weight.
 */
export function normalisedGradientInformation(
  fixed: Float32Array,
  width: number,
  height: number,
  options: GradientInformationOptions = {},
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const { kernel = "sobel" } = options;
  const [backX, backY] = [createMarginImage(width, height), createMarginImage(width, height)];
  const pair = prepareFixed(fixed, width, height, options, backX.image, backY.image);
  const filterJacobian = createJacobianFilter(width, height, kernel);
  const addNormal = createPairNormal();
  let movingLength = 0;

  /**
   * Filters the moving image; returns the scale that gives its gradients the mean length of the fixed ones.
   */
  function measure(moving: Float32Array): number {
    filterDerivatives(moving, 0, width, height, kernel, pair.hx, pair.hy);
    movingLength = sumLength(pair.hx, pair.hy, pair.weight, pair.index);
    return movingLength === 0 ? 0 : pair.fixedLength / movingLength;
  }

  return {
    ...{ name: "ngi", width, height },
    value: (moving) => sumInformation(pair, measure(moving)),
    valueAndGradient(moving, gradient): number {
      const value = sumWithSlopes(pair, measure(moving), movingLength);
      adjointDerivatives(backX, backY, width, height, kernel, gradient);
      return value;
    },
    normalEquations(moving, jacobian, gradient, hessian): number {
      gradient.fill(0);
      hessian.fill(0);
      const s = measure(moving);
      const value = sumWithSlopes(pair, s, movingLength);
      const fill = (block: PairBlock, from: number, count: number): void =>
        fillInformationBlock(pair, s, movingLength, block, from, count);
      addNormal(filterJacobian(jacobian), moving.length, pair.index, fill, gradient, hessian);
      return value;
    },
  };
}

function prepareFixed(
  fixed: Float32Array,
  width: number,
  height: number,
  { kernel = "sobel", weight: pixelWeight }: GradientInformationOptions,
  slopeX: Float64Array,
  slopeY: Float64Array,
): GradientPair {
  const image = (): Float32Array => new Float32Array(fixed.length);
  const weight = erodeWeight(pixelWeight, width, height, 1, 1);
  const index = countingPixels(weight);
  const [gx, gy] = [image(), image()];
  filterDerivatives(fixed, 0, width, height, kernel, gx, gy);
  const fixedLength = sumLength(gx, gy, weight, index);
  if (!(fixedLength > 0)) throw noContrast("normalised gradient information");
  const meanLength = fixedLength / index.reduce((sum, i) => sum + weight[i]!, 0);
  return { gx, gy, hx: image(), hy: image(), weight, index, slopeX, slopeY, fixedLength, meanLength };
}

/**
 * NGI = sum of w T(g, s h) / sum of w |g|, T = k c^2 / (sqrt(a b) (a^2 + b^2)^(1/4)), a = |g|^2, b = |s h|^2,
 * c = g . s h.
 */
function sumInformation(
  { gx, gy, hx, hy, weight, index, fixedLength, meanLength }: GradientPair,
  s: number,
): number {
  const least = leastProduct * meanLength ** 4;
  let sum = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const x = s * hx[i]!;
    const y = s * hy[i]!;
    const a = gx[i]! * gx[i]! + gy[i]! * gy[i]!;
    const b = x * x + y * y;
    if (a * b < least) continue;
    const c = gx[i]! * x + gy[i]! * y;
    sum += (weight[i]! * c * c) / Math.sqrt(a * b * Math.sqrt(a * a + b * b));
  }
  return (equalFactor / fixedLength) * sum;
}

/** The same value; leaves dNGI/dh in the slope images, the scale's own derivative included. */
function sumWithSlopes(pair: GradientPair, s: number, movingLength: number): number {
  const { gx, gy, hx, hy, weight, index, slopeX, slopeY } = pair;
  const least = leastProduct * pair.meanLength ** 4;
  const share = equalFactor / pair.fixedLength;
  let sum = 0;
  let ofScale = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const x = s * hx[i]!;
    const y = s * hy[i]!;
    const a = gx[i]! * gx[i]! + gy[i]! * gy[i]!;
    const b = x * x + y * y;
    slopeX[i] = 0;
    slopeY[i] = 0;
    if (a * b < least) continue;
    const c = gx[i]! * x + gy[i]! * y;
    const squares = a * a + b * b;
    const base = (weight[i]! * c) / Math.sqrt(a * b * Math.sqrt(squares));
    sum += base * c;
    const along = c * (1 / b + b / squares);
    const byX = base * (2 * gx[i]! - along * x);
    const byY = base * (2 * gy[i]! - along * y);
    ofScale += byX * x + byY * y;
    slopeX[i] = share * s * byX;
    slopeY[i] = share * s * byY;
  }
  const pull = movingLength === 0 ? 0 : (share * ofScale) / movingLength;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const length = Math.sqrt(hx[i]! * hx[i]! + hy[i]! * hy[i]!);
    if (length === 0) continue;
    slopeX[i]! -= (pull * weight[i]! * hx[i]!) / length;
    slopeY[i]! -= (pull * weight[i]! * hy[i]!) / length;
  }
  return share * sum;
}

/** Weighted sum of gradient lengths. */
function sumLength(x: Float32Array, y: Float32Array, weight: Float32Array, index: Int32Array): number {
  let sum = 0;
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    sum += weight[i]! * Math.sqrt(x[i]! * x[i]! + y[i]! * y[i]!);
  }
  return sum;
}
