import { usageError } from "../../errors.ts";

/** What lies beyond the image: the nearest pixel, the mirror image (edge pixel repeated), or zeros. */
export type Border = "replicate" | "mirror" | "zero";

export interface ConvolveOptions {
  /** Default `replicate`. */
  readonly border?: Border;
  /** Receives the result (width x height); may be the image itself. Allocated when absent. */
  readonly out?: Float32Array;
  /** Room for one intermediate image (width x height). Allocated when absent. */
  readonly scratch?: Float32Array;
}

/**
 * Correlates rows with `kernelX` and columns with `kernelY` (odd lengths, centred):
 * out(u, v) = sum_ab kernelX[a + r] kernelY[b + r] image(u + a, v + b). Image: width x height, row-major.
 */
export function correlateSeparable(
  image: Float32Array,
  width: number,
  height: number,
  kernelX: Float64Array,
  kernelY: Float64Array,
  options: ConvolveOptions = {},
): Float32Array {
  const count = width * height;
  const { border = "replicate", out = new Float32Array(count), scratch = new Float32Array(count) } = options;
  if (image.length !== count || out.length !== count || scratch.length !== count) {
    throw usageError({
      what: "Image filter",
      got: `${image.length} pixels in, ${out.length} out, ${scratch.length} scratch`,
      expected: `${width} x ${height} each`,
    });
  }
  if (scratch === image || scratch === out) {
    throw usageError({
      what: "Image filter: scratch",
      got: "the image or out",
      expected: "an array of its own",
    });
  }
  correlateRows(image, scratch, width, height, kernelX, border);
  correlateColumns(scratch, out, width, height, kernelY, border);
  return out;
}

/** The index within 0..length-1 that a border rule takes for `index`; -1 = zero. */
export function borderIndex(index: number, length: number, border: Border): number {
  if (index >= 0 && index < length) return index;
  if (border === "zero") return -1;
  if (border === "replicate") return index < 0 ? 0 : length - 1;
  const period = 2 * length;
  const wrapped = ((index % period) + period) % period;
  return wrapped < length ? wrapped : period - 1 - wrapped;
}

function correlateRows(
  input: Float32Array,
  output: Float32Array,
  width: number,
  height: number,
  kernel: Float64Array,
  border: Border,
): void {
  const radius = kernel.length >> 1;
  const from = Math.min(radius, width);
  const to = Math.max(from, width - radius);
  for (let v = 0; v < height; v++) {
    const row = v * width;
    for (let u = 0; u < from; u++) output[row + u] = borderSum(input, row, u, width, kernel, border);
    for (let u = from; u < to; u++) {
      let sum = 0;
      for (let a = 0, p = row + u - radius; a < kernel.length; a++, p++) sum += kernel[a]! * input[p]!;
      output[row + u] = sum;
    }
    for (let u = to; u < width; u++) output[row + u] = borderSum(input, row, u, width, kernel, border);
  }
}

function borderSum(
  input: Float32Array,
  row: number,
  u: number,
  width: number,
  kernel: Float64Array,
  border: Border,
): number {
  const radius = kernel.length >> 1;
  let sum = 0;
  for (let a = 0; a < kernel.length; a++) {
    const index = borderIndex(u + a - radius, width, border);
    if (index >= 0) sum += kernel[a]! * input[row + index]!;
  }
  return sum;
}

function correlateColumns(
  input: Float32Array,
  output: Float32Array,
  width: number,
  height: number,
  kernel: Float64Array,
  border: Border,
): void {
  const radius = kernel.length >> 1;
  for (let v = 0; v < height; v++) {
    const target = v * width;
    output.fill(0, target, target + width);
    for (let b = 0; b < kernel.length; b++) {
      const weight = kernel[b]!;
      const source = borderIndex(v + b - radius, height, border) * width;
      if (weight === 0 || source < 0) continue;
      for (let u = 0; u < width; u++) output[target + u]! += weight * input[source + u]!;
    }
  }
}
