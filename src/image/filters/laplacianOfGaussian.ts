import { usageError } from "../../errors.ts";
import { type ConvolveOptions, correlateSeparable } from "./convolve.ts";
import { gaussianKernel } from "./gaussian.ts";

/** The two one-dimensional kernels whose products add up to the Laplacian of a Gaussian. */
export interface LaplacianKernels {
  readonly smooth: Float64Array;
  readonly second: Float64Array;
}

/**
 * Kernels for standard deviation `sigma` (pixels, above 0): a Gaussian and its second derivative, the latter
 * corrected to sum to 0 and to give 2 on u^2, so that constants and ramps vanish and parabolas come out exact.
 */
export function laplacianKernels(sigma: number): LaplacianKernels {
  if (!(sigma > 0)) {
    throw usageError({ what: "Laplacian-of-Gaussian sigma", got: String(sigma), expected: "above 0 pixels" });
  }
  const smooth = gaussianKernel(sigma);
  const radius = smooth.length >> 1;
  const at = (i: number): number => i - radius;
  const raw = smooth.map((g, i) => (at(i) ** 2 / sigma ** 4 - 1 / sigma ** 2) * g);
  const surplus = raw.reduce((sum, value) => sum + value, 0);
  const balanced = raw.map((value, i) => value - surplus * smooth[i]!);
  const moment = balanced.reduce((sum, value, i) => sum + value * at(i) ** 2, 0);
  return { smooth, second: balanced.map((value) => (2 * value) / moment) };
}

export interface LaplacianOptions extends ConvolveOptions {
  /** Room for a second intermediate image (width x height). Allocated when absent. */
  readonly secondScratch?: Float32Array;
}

/** Laplacian of Gaussian (Marr & Hildreth 1980), per pixel squared; negative on bright blobs. */
export function laplacianOfGaussian(
  image: Float32Array,
  width: number,
  height: number,
  sigma: number | LaplacianKernels,
  options: LaplacianOptions = {},
): Float32Array {
  const { smooth, second } = typeof sigma === "number" ? laplacianKernels(sigma) : sigma;
  const count = width * height;
  const scratch = options.scratch ?? new Float32Array(count);
  const alongX = options.secondScratch ?? new Float32Array(count);
  const border = options.border ?? "replicate";
  const out = options.out ?? new Float32Array(count);
  correlateSeparable(image, width, height, second, smooth, { border, scratch, out: alongX });
  correlateSeparable(image, width, height, smooth, second, { border, scratch, out });
  for (let i = 0; i < count; i++) out[i]! += alongX[i]!;
  return out;
}
