import {
  type DerivativeKernel,
  adjointDerivatives,
  createJacobianFilter,
  createMarginImage,
  filterDerivatives,
} from "./derivativeFilter.ts";
import { erodeWeight } from "./erodeWeight.ts";
import { checkFixedImage, noContrast } from "./imageCheck.ts";
import { type PatchOptions, patchWindows } from "./patchOptions.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";
import { createWindowedNcc } from "./windowedNcc.ts";

export interface GradientCorrelationOptions extends SimilarityOptions {
  /** Default "sobel". */
  readonly kernel?: DerivativeKernel;
  /** Compare patch by patch instead of the whole image at once; energyPower defaults to 0.5. */
  readonly patches?: PatchOptions;
}

/**
 * Gradient correlation: the mean zero-mean normalised cross-correlation of the derivative images in x and in
 * y (Penney et al. 1998; De Silva et al. 2016); in [-1, 1], 0 for a flat moving image. With `patches`, the
 * mean over strided patches of both directions, weighted by fixed gradient energy (Grupp et al. 2020,
 * patch-normalised gradient correlation). Unchanged by gain > 0 and offset of the moving image; the global
 * form is symmetric. A derivative counts only where every pixel of its 3 x 3 support has a positive weight.
 */
export function gradientCorrelation(
  fixed: Float32Array,
  width: number,
  height: number,
  options: GradientCorrelationOptions = {},
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const kernel = options.kernel ?? "sobel";
  const pixels = width * height;
  const [dx, dy] = [new Float32Array(pixels), new Float32Array(pixels)];
  const [backX, backY] = [createMarginImage(width, height), createMarginImage(width, height)];
  const weight = erodeWeight(options.weight, width, height, 1, 1);
  filterDerivatives(fixed, 0, width, height, kernel, dx, dy);
  const windowed = patchWindows(options.patches, 0.5);
  const alongX = createWindowedNcc(dx, weight, width, height, windowed);
  const alongY = createWindowedNcc(dy, weight, width, height, windowed);
  const total = alongX.totalWeight + alongY.totalWeight;
  if (!(total > 0)) throw noContrast("gradient correlation");
  const scale = 1 / total;
  const filterJacobian = createJacobianFilter(width, height, kernel);
  return {
    ...{ name: "gc", width, height },
    value(moving): number {
      filterDerivatives(moving, 0, width, height, kernel, dx, dy);
      return scale * (alongX.score(dx) + alongY.score(dy));
    },
    valueAndGradient(moving, gradient): number {
      filterDerivatives(moving, 0, width, height, kernel, dx, dy);
      const scoreX = alongX.scoreAndGradient(dx, backX.image, scale);
      const scoreY = alongY.scoreAndGradient(dy, backY.image, scale);
      adjointDerivatives(backX, backY, width, height, kernel, gradient);
      return scale * (scoreX + scoreY);
    },
    normalEquations(moving, jacobian, gradient, hessian): number {
      gradient.fill(0);
      hessian.fill(0);
      filterDerivatives(moving, 0, width, height, kernel, dx, dy);
      const derived = filterJacobian(jacobian);
      const scoreX = alongX.addNormalEquations(dx, derived.x, scale, gradient, hessian);
      const scoreY = alongY.addNormalEquations(dy, derived.y, scale, gradient, hessian);
      return scale * (scoreX + scoreY);
    },
  };
}
