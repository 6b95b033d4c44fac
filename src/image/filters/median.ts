import { usageError } from "../../errors.ts";
import { type Border, borderIndex } from "./convolve.ts";

export interface MedianOptions {
  /** Default `replicate`; `zero` counts zeros beyond the image. */
  readonly border?: Border;
  /** Receives the result; not the image itself. Allocated when absent. */
  readonly out?: Float32Array;
}

/** Median over a square of (2 radius + 1)^2 pixels: removes dead pixels and impulses, keeps edges. */
export function medianFilter(
  image: Float32Array,
  width: number,
  height: number,
  radius = 1,
  options: MedianOptions = {},
): Float32Array {
  if (!(Number.isInteger(radius) && radius >= 0 && radius <= 50)) {
    throw usageError({
      what: "Median radius",
      got: String(radius),
      expected: "a whole number from 0 to 50 pixels",
    });
  }
  const { border = "replicate", out = new Float32Array(width * height) } = options;
  if (out === image) {
    throw usageError({
      what: "Median filter: out",
      got: "the image itself",
      expected: "an array of its own",
    });
  }
  const window = new Float32Array((2 * radius + 1) ** 2);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      let n = 0;
      for (let b = v - radius; b <= v + radius; b++) {
        const row = borderIndex(b, height, border);
        for (let a = u - radius; a <= u + radius; a++) {
          const column = borderIndex(a, width, border);
          window[n++] = row < 0 || column < 0 ? 0 : image[row * width + column]!;
        }
      }
      out[v * width + u] = select(window, n >> 1);
    }
  }
  return out;
}

/** The k-th smallest value (Hoare's selection); reorders the window. */
function select(window: Float32Array, k: number): number {
  let low = 0;
  let high = window.length - 1;
  while (low < high) {
    const pivot = window[k]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (window[i]! < pivot) i++;
      while (pivot < window[j]!) j--;
      if (i <= j) {
        const held = window[i]!;
        window[i++] = window[j]!;
        window[j--] = held;
      }
    }
    if (j < k) low = i;
    if (k < i) high = j;
  }
  return window[k]!;
}
