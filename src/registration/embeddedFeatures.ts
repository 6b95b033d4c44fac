import type { FeatureMaps } from "../networks/networks.ts";
import type { RefinementConfig } from "../networks/refinementInput.ts";

/** Equation (6) at one pose, with the normal equations of a search around it. */
export interface FeatureNormalEquations {
  /** L_N: mean feature difference inside the projected mask, summed over the levels. */
  readonly value: number;
  /** dL_N/dx. */
  readonly gradient: Float64Array;
  /** Gauss-Newton approximation of its second derivative, positive semi-definite. */
  readonly hessian: Float64Array;
}

/** What of a network's configuration equation (6) depends on. */
export type FeatureConfig = Pick<RefinementConfig, "encoder" | "distance" | "masked" | "softening">;

/** Fraction of a feature's pixel that the mask must cover, as in training. */
const leastCovered = 0.5;

/**
 * The value of equation (6) for moving features at a pose, and its derivatives from the features at one
 * step in every parameter (forward differences). Unsquared distances are minimised by reweighted least
 * squares: each pixel counts with 1 / its own distance. Unmasked networks count every pixel.
 *
 * `moving` holds the batch of `EncoderNetwork.moving`: the pose first, then one image a parameter;
 * `mask` size x size, positive where the moving content projects to.
 */
export function featureNormalEquations(
  fixed: FeatureMaps,
  moving: FeatureMaps,
  config: FeatureConfig,
  mask: Float32Array,
  steps: readonly number[],
): FeatureNormalEquations {
  const n = steps.length;
  const out = { value: 0, gradient: new Float64Array(n), hessian: new Float64Array(n * n) };
  const slope = new Float64Array(n);
  const outer = new Float64Array(n * n);
  moving.shapes.forEach(([channels, height, width], level) => {
    const pixels = height * width;
    const image = channels * pixels;
    const [f, m] = [fixed.values[level]!, moving.values[level]!];
    const covered = coveredPixels(config, mask, height, width);
    const count = Math.max(
      1,
      covered.reduce((sum, value) => sum + value, 0),
    );
    for (let p = 0; p < pixels; p++) {
      if (covered[p] === 0) continue;
      slope.fill(0);
      outer.fill(0);
      let squares = 0;
      for (let c = 0; c < channels; c++) {
        const at = c * pixels + p;
        const difference = m[at]! - f[at]!;
        squares += difference * difference;
        for (let q = 0; q < n; q++) {
          const j = (m[(q + 1) * image + at]! - m[at]!) / steps[q]!;
          slope[q]! += difference * j;
          for (let r = 0; r <= q; r++) {
            outer[q * n + r]! += (j * (m[(r + 1) * image + at]! - m[at]!)) / steps[r]!;
          }
        }
      }
      const distance = distanceOf(squares, config);
      const weight = config.distance === "squared" ? 1 / count : 1 / (count * distance);
      out.value += distance / count;
      addScaled(out.gradient, slope, weight);
      addScaled(out.hessian, outer, weight);
    }
  });
  for (let q = 0; q < n; q++) {
    for (let r = q + 1; r < n; r++) out.hessian[q * n + r] = out.hessian[r * n + q]!;
  }
  return out;
}

/** The value of equation (6) for image `index` of the batch in `moving`, as in `featureNormalEquations`. */
export function featureValue(
  fixed: FeatureMaps,
  moving: FeatureMaps,
  index: number,
  config: FeatureConfig,
  mask: Float32Array,
): number {
  let total = 0;
  moving.shapes.forEach(([channels, height, width], level) => {
    const pixels = height * width;
    const [f, m] = [fixed.values[level]!, moving.values[level]!];
    const first = index * channels * pixels;
    const covered = coveredPixels(config, mask, height, width);
    let [sum, count] = [0, 0];
    for (let p = 0; p < pixels; p++) {
      if (covered[p] === 0) continue;
      let squares = 0;
      for (let c = 0; c < channels; c++) squares += (m[first + c * pixels + p]! - f[c * pixels + p]!) ** 2;
      sum += distanceOf(squares, config);
      count++;
    }
    total += sum / Math.max(1, count);
  });
  return total;
}

/** What a pixel adds to equation (6) for the squared length of its feature difference. */
function distanceOf(squares: number, { distance, softening }: FeatureConfig): number {
  return distance === "squared" ? squares / 2 : Math.sqrt(squares + softening ** 2);
}

function addScaled(target: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!;
}

/** 1 where the mask covers most of a feature's pixel, else 0; all ones for networks without a mask. */
function coveredPixels(
  { masked, encoder: { imageSize: size } }: FeatureConfig,
  mask: Float32Array,
  height: number,
  width: number,
): Float32Array {
  const out = new Float32Array(height * width);
  if (!masked) return out.fill(1);
  const [rows, columns] = [size / height, size / width];
  for (let v = 0; v < size; v++) {
    const row = width * Math.floor(v / rows);
    for (let u = 0; u < size; u++) {
      if (mask[v * size + u]! > 0) out[row + Math.floor(u / columns)]! += 1 / (rows * columns);
    }
  }
  return out.map((share) => (share > leastCovered ? 1 : 0));
}
