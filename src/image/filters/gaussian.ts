import { usageError } from "../../errors.ts";
import { applyTaps, gaussianTaps } from "../axisTaps.ts";
import { type Volume, voxelSpacingMm } from "../volume.ts";
import { type ConvolveOptions, correlateSeparable } from "./convolve.ts";

/**
 * Sampled Gaussian of odd length, sum 1, standard deviation `sigma` in pixels, cut at `truncate` (4) sigmas.
 * Sigma 0 is the identity.
 */
export function gaussianKernel(sigma: number, truncate = 4): Float64Array {
  if (!(sigma >= 0 && sigma < 1e4)) {
    throw usageError({ what: "Gaussian sigma", got: String(sigma), expected: "0 to 10000 pixels" });
  }
  const radius = Math.ceil(truncate * sigma);
  const kernel = new Float64Array(2 * radius + 1);
  let sum = 0;
  for (let a = -radius; a <= radius; a++) {
    const value = sigma === 0 ? 1 : Math.exp(-0.5 * (a / sigma) ** 2);
    kernel[a + radius] = value;
    sum += value;
  }
  return kernel.map((value) => value / sum);
}

/** Gaussian blur of an image, sigma in pixels (one, or columns and rows apart). */
export function gaussianBlur(
  image: Float32Array,
  width: number,
  height: number,
  sigma: number | readonly [number, number],
  options: ConvolveOptions = {},
): Float32Array {
  const [sigmaX, sigmaY] = typeof sigma === "number" ? [sigma, sigma] : sigma;
  const kernelX = gaussianKernel(sigmaX);
  const kernelY = sigmaX === sigmaY ? kernelX : gaussianKernel(sigmaY);
  return correlateSeparable(image, width, height, kernelX, kernelY, options);
}

/** Gaussian blur of a volume, sigma in mm along every voxel axis; Float32, same grid, weights renormalised at the border. */
export function gaussianBlurVolume(volume: Volume, sigmaMm: number): Volume {
  const spacing = voxelSpacingMm(volume);
  const [nx, ny, nz] = volume.size;
  let input: ArrayLike<number> = volume.data;
  for (let axis = 0; axis < 3; axis++) {
    const length = volume.size[axis]!;
    const sigma = sigmaMm / spacing[axis]!;
    if (sigma < 1e-3) continue;
    const taps = gaussianTaps({ inputLength: length, outputLength: length, offset: 0, step: 1 }, sigma);
    const inner = [1, nx, nx * ny][axis]!;
    const output = new Float32Array(nx * ny * nz);
    applyTaps(taps, {
      input,
      output,
      inner,
      outer: output.length / (inner * length),
      readBias: 0,
      writeBias: 0,
    });
    input = output;
  }
  return { ...volume, data: input instanceof Float32Array ? input : Float32Array.from(input) };
}
