import { type Picture, type ScalarImage, paintPicture } from "./picture.ts";

/** The range of values that is shown from black to white. */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
}

/** At most this many pixels are sorted for a percentile; more tell nothing more to an eye. */
const sampleLimit = 1 << 17;

/**
 * Percentiles (fractions in 0..1) of the finite values where `weight` is above zero (absent =
 * everywhere). All NaN when no pixel counts.
 */
export function percentiles(
  image: ScalarImage,
  fractions: readonly number[],
  weight?: Float32Array,
): number[] {
  const { data } = image;
  const stride = Math.max(1, Math.ceil(data.length / sampleLimit));
  const counted: number[] = [];
  for (let i = 0; i < data.length; i += stride) {
    const value = data[i]!;
    if ((weight === undefined || weight[i]! > 0) && Number.isFinite(value)) counted.push(value);
  }
  const sorted = Float64Array.from(counted).sort();
  return fractions.map((fraction) => {
    const place = fraction * (sorted.length - 1);
    const below = Math.floor(place);
    const low = sorted[below] ?? Number.NaN;
    return low + (place - below) * ((sorted[below + 1] ?? low) - low);
  });
}

/** Window from the 1st to the 99.5th percentile where `weight` is above zero: a few hot pixels do not darken the rest. */
export function robustWindow(image: ScalarImage, weight?: Float32Array): IntensityWindow {
  const [low = Number.NaN, high = Number.NaN] = percentiles(image, [0.01, 0.995], weight);
  return Number.isFinite(low) && high > low
    ? { low, high }
    : { low: Number.isFinite(low) ? low : 0, high: low + 1 };
}

/** Grey level 0..255 (not rounded) of a value; NaN is black. */
export function greyLevel(value: number, window: IntensityWindow): number {
  const level = (255 * (value - window.low)) / (window.high - window.low);
  return level > 0 ? Math.min(255, level) : 0;
}

/** How bright pixels that were left out of the comparison are shown. */
export const leftOutBrightness = 0.4;

/** The image in grey: window low = black, high = white; dimmed where `weight` is zero. */
export function greyPicture(
  image: ScalarImage,
  window: IntensityWindow = robustWindow(image),
  weight?: Float32Array,
): Picture {
  return paintPicture(image.width, image.height, (pixel) => {
    const brightness = weight && !(weight[pixel]! > 0) ? leftOutBrightness : 1;
    const level = brightness * greyLevel(image.data[pixel]!, window);
    return [level, level, level];
  });
}
