import { checkFixedImage, noContrast } from "./imageCheck.ts";
import type { Similarity, SimilarityName, SimilarityOptions } from "./similarity.ts";
import { type WindowedNccOptions, createWindowedNcc } from "./windowedNcc.ts";

/**
 * Zero-mean normalised cross-correlation (Pearson's r) of the whole image, weighted per pixel; in [-1, 1],
 * 0 for a flat moving image. Unchanged by gain > 0 and offset of either image, symmetric in the two.
 */
export function ncc(
  fixed: Float32Array,
  width: number,
  height: number,
  options: SimilarityOptions = {},
): Similarity {
  return intensityCorrelation("ncc", fixed, width, height, options, { varianceFloor: 0, energyPower: 0 });
}

/** A metric made of one windowed correlation of intensities; `ncc` and `local-ncc` are its settings. */
export function intensityCorrelation(
  name: SimilarityName,
  fixed: Float32Array,
  width: number,
  height: number,
  options: SimilarityOptions,
  windowed: WindowedNccOptions,
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const weight = options.weight?.slice() ?? new Float32Array(width * height).fill(1);
  const correlation = createWindowedNcc(fixed, weight, width, height, windowed);
  if (!(correlation.totalWeight > 0)) throw noContrast(name);
  const scale = 1 / correlation.totalWeight;
  return {
    ...{ name, width, height },
    value: (moving) => scale * correlation.score(moving),
    valueAndGradient(moving, gradient): number {
      gradient.fill(0);
      return scale * correlation.scoreAndGradient(moving, gradient, scale);
    },
    normalEquations(moving, jacobian, gradient, hessian): number {
      gradient.fill(0);
      hessian.fill(0);
      return scale * correlation.addNormalEquations(moving, jacobian, scale, gradient, hessian);
    },
  };
}
