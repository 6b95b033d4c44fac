import { usageError } from "../errors.ts";
import { erodeWeight } from "./erodeWeight.ts";
import { type PatchOptions, patchWindows } from "./patchOptions.ts";
import { checkFixedImage, noContrast } from "./imageCheck.ts";
import { createAdjointLaplacian, createLaplacianOfGaussian } from "./laplacianOfGaussian.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";
import { createWindowedNcc } from "./windowedNcc.ts";

export interface NcclOptions extends SimilarityOptions {
  /** Standard deviation of the Gaussian in pixels, 0.3 to 10; default 1. */
  readonly sigmaPx?: number;
  /** Share of the Laplacian term, 0 to 1; default 0.5. */
  readonly laplacianShare?: number;
  /** Correlate in windows (local NCC) instead of over the whole image. */
  readonly patches?: PatchOptions;
}

/**
 * NCCL, normalised cross-correlation with a Laplacian-of-Gaussian term (after Liu et al. 2022, Applied
 * Sciences 12, 2828, who add the LoG image to NCC for edges and fine detail):
 *
 *   NCCL(f, m) = (1 - s) NCC(f, m) + s NCC(LoG f, LoG m),   s = laplacianShare,
 *
 * each term the zero-mean correlation of `ncc`, or with `patches` its mean over windows as in `localNcc`. In
 * [-1, 1], 0 for a flat moving image; unchanged by gain > 0 and offset of the moving image; the global form
 * is symmetric. A LoG pixel counts only where its whole support has a positive weight.
 */
export function nccl(
  fixed: Float32Array,
  width: number,
  height: number,
  options: NcclOptions = {},
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const sigmaPx = checkRange("sigmaPx", options.sigmaPx ?? 1, 0.3, 10);
  const share = checkRange("laplacianShare", options.laplacianShare ?? 0.5, 0, 1);
  const pixels = width * height;
  const filter = createLaplacianOfGaussian(width, height, sigmaPx);
  const adjoint = createAdjointLaplacian(width, height, sigmaPx);
  const weight = options.weight?.slice() ?? new Float32Array(pixels).fill(1);
  const detailWeight = erodeWeight(weight, width, height, filter.radius, filter.radius);
  const detail = new Float32Array(pixels);
  filter.apply(fixed, 0, detail, 0);
  const windows = patchWindows(options.patches, 0);
  const plain = createWindowedNcc(fixed, weight, width, height, windows);
  const laplacian = createWindowedNcc(detail, detailWeight, width, height, windows);
  if (!(plain.totalWeight > 0 && (laplacian.totalWeight > 0 || share === 0))) throw noContrast("NCCL");
  const plainScale = (1 - share) / plain.totalWeight;
  const detailScale = share === 0 ? 0 : share / laplacian.totalWeight;
  const back = new Float64Array(pixels);
  let detailJacobian = new Float32Array(0);
  return {
    ...{ name: "nccl", width, height },
    value(moving): number {
      filter.apply(moving, 0, detail, 0);
      return plainScale * plain.score(moving) + detailScale * laplacian.score(detail);
    },
    valueAndGradient(moving, gradient): number {
      filter.apply(moving, 0, detail, 0);
      gradient.fill(0);
      const score = plain.scoreAndGradient(moving, gradient, plainScale);
      const detailScore = laplacian.scoreAndGradient(detail, back, detailScale);
      adjoint(back, gradient);
      return plainScale * score + detailScale * detailScore;
    },
    normalEquations(moving, jacobian, gradient, hessian): number {
      gradient.fill(0);
      hessian.fill(0);
      filter.apply(moving, 0, detail, 0);
      if (detailJacobian.length !== jacobian.length) detailJacobian = new Float32Array(jacobian.length);
      for (let at = 0; at < jacobian.length; at += pixels) filter.apply(jacobian, at, detailJacobian, at);
      const score = plain.addNormalEquations(moving, jacobian, plainScale, gradient, hessian);
      const detailScore = laplacian.addNormalEquations(
        detail,
        detailJacobian,
        detailScale,
        gradient,
        hessian,
      );
      return plainScale * score + detailScale * detailScore;
    },
  };
}

function checkRange(what: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw usageError({ what: `NCCL option ${what}`, got: String(value), expected: `${low} to ${high}` });
}
