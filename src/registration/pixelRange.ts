import { badInput } from "../errors.ts";
import type { Radiograph } from "../image/radiograph.ts";

/** Between which values the pixels of an X-ray lie, as far as they are numbers. */
export interface PixelRange {
  readonly least: number;
  /** Quantiles of 0.5 % and 99.5 %. */
  readonly low: number;
  readonly high: number;
}

/** Quantiles are taken of at least so many pixels, where there are as many. */
const enough = 1 << 17;

/** The range of an X-ray; throws `bad-input` where it has no contrast. */
export function pixelRange({ data }: Radiograph): PixelRange {
  const finite = new Float32Array(data.length);
  let [count, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    finite[count++] = value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const sorted = sampled(finite.subarray(0, count)).sort();
  const at = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.005), at(0.995)];
  const flat = !(most > least) || !(high - low > 1e-6 * Math.max(Math.abs(low), Math.abs(high)));
  if (count >= 16 && !flat) return { least, low, high };
  throw badInput({
    what: "X-ray",
    got: count < 16 ? "no finite pixels" : `no contrast (nearly all pixels are ${low})`,
    expected: "an image with contrast",
    todo: "Check that the file is the X-ray and was exported with its full range",
  });
}

/** Every pixel, or of a large image one in so many: an odd number, which meets all columns. */
function sampled(values: Float32Array): Float32Array {
  const stride = Math.floor(values.length / enough);
  if (stride < 2) return values;
  const odd = stride | 1;
  return Float32Array.from({ length: Math.floor(values.length / odd) }, (_, i) => values[i * odd]!);
}
