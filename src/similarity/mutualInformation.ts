import { usageError } from "../errors.ts";
import { countingPixels } from "./countingPixels.ts";
import { checkFixedImage, noContrast } from "./imageCheck.ts";
import { type JointHistogram, createJointHistogram } from "./jointHistogram.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";

export interface MutualInformationOptions extends SimilarityOptions {
  /** Histogram bins of each image, 8 to 256; default 32. */
  readonly bins?: number;
}

/** Standard deviations that the bins span on either side. */
const reach = 3;
const roundingVariance = 1e-12;

/**
 * Weighted mean and 1 / standard deviation of an image; inverse 0 when it is flat, NaN when it is not finite.
 */
interface Standard {
  readonly mean: number;
  readonly inverse: number;
}

/**
 * Mutual information in nats (Viola & Wells 1997) with a Parzen window as in Mattes et al. 2003: cubic
 * B-spline on the moving, nearest bin on the fixed image. Grey values are standardised and bounded, u = z /
 * sqrt(1 + (z / 3)^2), so that the bins need no range: unchanged by gain (of either sign) and offset of both
 * images. In [0, log bins], 0 for a flat moving image.
 */
export function mutualInformation(
  fixed: Float32Array,
  width: number,
  height: number,
  options: MutualInformationOptions = {},
): Similarity {
  checkFixedImage(fixed, width, height, options.weight);
  const { bins = 32 } = options;
  if (!(Number.isInteger(bins) && bins >= 8 && bins <= 256)) {
    throw usageError({
      what: "Mutual information bins",
      got: String(bins),
      expected: "an integer from 8 to 256",
    });
  }
  const weight = options.weight?.slice() ?? new Float32Array(width * height).fill(1);
  const index = countingPixels(weight);
  const total = index.reduce((sum, i) => sum + weight[i]!, 0);
  const standard = measure(fixed, weight, index, total);
  if (!(standard.inverse > 0)) throw noContrast("mutual information");
  const fixedBins = Uint8Array.from(fixed, (f, i) =>
    weight[i]! > 0
      ? Math.min(bins - 1, Math.floor(((bound((f - standard.mean) * standard.inverse) + 1) / 2) * bins))
      : 0,
  );
  const histogram = createJointHistogram(bins);

  function fill(moving: Float32Array, { mean, inverse }: Standard): void {
    histogram.clear();
    for (let j = 0; j < index.length; j++) {
      const i = index[j]!;
      const u = bound((moving[i]! - mean) * inverse);
      histogram.add(fixedBins[i]!, u, weight[i]! / total);
    }
  }

  return {
    ...{ name: "mi", width, height },
    value(moving): number {
      const own = measure(moving, weight, index, total);
      if (!(own.inverse > 0)) return own.inverse;
      fill(moving, own);
      return histogram.information();
    },
    valueAndGradient(moving, gradient): number {
      gradient.fill(0);
      const own = measure(moving, weight, index, total);
      if (!(own.inverse > 0)) return own.inverse;
      fill(moving, own);
      const value = histogram.information();
      writeGradient(histogram, fixedBins, moving, own, weight, index, total, gradient);
      return value;
    },
  };
}

/** Grey value in standard deviations, bounded smoothly to (-1, 1). */
function bound(z: number): number {
  return z / Math.sqrt(reach * reach + z * z);
}

function measure(image: Float32Array, weight: Float32Array, index: Int32Array, total: number): Standard {
  let [sum, square] = [0, 0];
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const weighted = weight[i]! * image[i]!;
    sum += weighted;
    square += weighted * image[i]!;
  }
  const mean = sum / total;
  const variance = square / total - mean * mean;
  if (!Number.isFinite(variance)) return { mean, inverse: Number.NaN };
  return { mean, inverse: variance > (roundingVariance * square) / total ? 1 / Math.sqrt(variance) : 0 };
}

/** dMI/dm: through the bounded value of each pixel, less what the common mean and deviation take back. */
function writeGradient(
  histogram: JointHistogram,
  fixedBins: Uint8Array,
  moving: Float32Array,
  { mean, inverse }: Standard,
  weight: Float32Array,
  index: Int32Array,
  total: number,
  gradient: Float32Array,
): void {
  let [sum, sumZ] = [0, 0];
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const z = (moving[i]! - mean) * inverse;
    const length = reach * reach + z * z;
    const slope = (weight[i]! / total) * histogram.slope(fixedBins[i]!, z / Math.sqrt(length));
    const byZ = (slope * reach * reach) / (length * Math.sqrt(length));
    gradient[i] = byZ;
    sum += byZ;
    sumZ += byZ * z;
  }
  for (let j = 0; j < index.length; j++) {
    const i = index[j]!;
    const z = (moving[i]! - mean) * inverse;
    gradient[i] = inverse * (gradient[i]! - (weight[i]! / total) * (sum + z * sumZ));
  }
}
