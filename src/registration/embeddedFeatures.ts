import type { FeatureMaps } from "../networks/networks.ts";

/** Equation (6) at one pose, with the normal equations of a search around it. */
export interface FeatureNormalEquations {
  /** L_N: mean feature difference inside the projected mask, summed over the levels. */
  readonly value: number;
  /** dL_N/dx. */
  readonly gradient: Float64Array;
  /** Gauss-Newton approximation of its second derivative, positive semi-definite. */
  readonly hessian: Float64Array;
}

/** Feature vectors closer than this count as equal; keeps the weights of the normal equations finite. */
const closest = 1e-3;

/** Fraction of a feature's pixel that the mask must cover, as in training. */
const leastCovered = 0.5;

/**
 * The value of equation (6) for moving features at a pose, and its derivatives from the features at one
 * step in every parameter (forward differences). The mean of unsquared distances is minimised by
 * reweighted least squares: each pixel counts with 1 / its own distance.
 *
 * `moving` holds the batch of `EncoderNetwork.moving`: the pose first, then one image a parameter;
 * `mask` size x size, positive where the moving content projects to.
 */
export function featureNormalEquations(
  fixed: FeatureMaps,
  moving: FeatureMaps,
  mask: Float32Array,
  size: number,
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
    const covered = shrunkMask(mask, size, height, width);
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
      const distance = Math.sqrt(squares + closest * closest);
      out.value += distance / count;
      addScaled(out.gradient, slope, 1 / (count * distance));
      addScaled(out.hessian, outer, 1 / (count * distance));
    }
  });
  for (let q = 0; q < n; q++) {
    for (let r = q + 1; r < n; r++) out.hessian[q * n + r] = out.hessian[r * n + q]!;
  }
  return out;
}

function addScaled(target: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!;
}

/** 1 where the mask covers most of a feature's pixel, else 0. */
function shrunkMask(mask: Float32Array, size: number, height: number, width: number): Float32Array {
  const out = new Float32Array(height * width);
  const [rows, columns] = [size / height, size / width];
  for (let v = 0; v < size; v++) {
    const row = width * Math.floor(v / rows);
    for (let u = 0; u < size; u++) {
      if (mask[v * size + u]! > 0) out[row + Math.floor(u / columns)]! += 1 / (rows * columns);
    }
  }
  return out.map((share) => (share > leastCovered ? 1 : 0));
}
