import { type WindowGrid, type WindowOptions, createWindowGrid, prefixSum } from "./windowGrid.ts";

/** How windows are judged and combined. */
export interface WindowedNccOptions {
  /** Windows over the image; absent = one window, the global correlation. */
  readonly windows?: WindowOptions;
  /**
   * Fraction of the whole image's variance, >= 0. A window whose fixed variance is below it does not count;
   * the moving variance of a window is raised by it, so that ripples in a flat window correlate with nothing.
   */
  readonly varianceFloor: number;
  /** Window k counts in proportion to (its fixed energy)^energyPower; 0 = all alike. */
  readonly energyPower: number;
  /** Scale s of the Geman-McClure score of d = 1 - ncc: 1 - d (1 + s) / (d + s); absent = ncc itself. */
  readonly robustScale?: number;
}

/** Everything of a windowed correlation that depends on the fixed image, and the scratch of its calls. */
export interface WindowedNccState {
  readonly grid: WindowGrid;
  readonly weight: Float32Array;
  /** weight x (fixed - its weighted mean), 0 where the weight is 0. */
  readonly template: Float64Array;
  /**
   * Windows that count, with their weight sum, fixed mean (of the centred image), 1 / sqrt(energy) and
   * weight.
   */
  readonly active: Int32Array;
  readonly count: Float64Array;
  readonly fixedMean: Float64Array;
  readonly invRootFixed: Float64Array;
  readonly windowWeight: Float64Array;
  readonly totalWeight: number;
  /** Sum of all pixel weights. */
  readonly pixelWeight: number;
  readonly varianceFloor: number;
  readonly robustScale: number;
  /** Tables of the moving image: sums of w m, w m m, template m. */
  readonly sums: readonly [Float64Array, Float64Array, Float64Array];
  /**
   * The moving image in each active window: mean, sum of squares about it, that raised by the floor, and the
   * cosine.
   */
  readonly moments: {
    readonly mean: Float64Array;
    readonly squares: Float64Array;
    readonly energy: Float64Array;
    readonly cosine: Float64Array;
  };
  /** Tables of what the windows send back to their pixels: factors of template, w m, w and w J J. */
  readonly back: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
}

/**
 * A window needs this fraction of the best filled window's weight: in two or three pixels anything
 * correlates.
 */
const leastCoverage = 0.25;

/** Below this fraction of the mean square, a variance is rounding error. */
export const roundingVariance = 1e-12;

/** Sum over window k of a summed-area table. */
export function windowSum(table: Float64Array, corners: Int32Array, k: number): number {
  const c = 4 * k;
  return table[corners[c + 3]!]! - table[corners[c + 2]!]! - table[corners[c + 1]!]! + table[corners[c]!]!;
}

/** Adds a value to every cell of window k, once the table has been prefix-summed. */
export function spreadOverWindow(table: Float64Array, corners: Int32Array, k: number, value: number): void {
  const c = 4 * k;
  table[corners[c]!]! += value;
  table[corners[c + 1]!]! -= value;
  table[corners[c + 2]!]! -= value;
  table[corners[c + 3]!]! += value;
}

/** fixed - weighted mean, times the weight. */
function centre(fixed: Float32Array, weight: Float32Array): { template: Float64Array; pixelWeight: number } {
  let pixelWeight = 0;
  let sum = 0;
  for (let i = 0; i < fixed.length; i++) {
    if (weight[i] === 0) continue;
    pixelWeight += weight[i]!;
    sum += weight[i]! * fixed[i]!;
  }
  const mean = pixelWeight > 0 ? sum / pixelWeight : 0;
  const template = Float64Array.from(fixed, (f, i) => (weight[i] === 0 ? 0 : weight[i]! * (f - mean)));
  return { template, pixelWeight };
}

/** Prepares a windowed correlation: lays the grid and measures the fixed image in every window. */
export function prepareWindowedNcc(
  fixed: Float32Array,
  weight: Float32Array,
  width: number,
  height: number,
  options: WindowedNccOptions,
): WindowedNccState {
  const grid = createWindowGrid(weight, width, height, options.windows);
  const table = (): Float64Array => new Float64Array(grid.tableSize);
  const sums = [table(), table(), table()] as const;
  const { template, pixelWeight } = centre(fixed, weight);
  let meanSquare = 0;
  for (let r = 0; r < grid.runs.length; r += 3) {
    const cell = grid.runs[r + 2]! + grid.stride + 1;
    for (let i = grid.runs[r]!; i < grid.runs[r + 1]!; i++) {
      sums[0][cell]! += weight[i]!;
      sums[1][cell]! += template[i]!;
      sums[2][cell]! += (template[i]! * template[i]!) / weight[i]!;
      meanSquare += weight[i]! * fixed[i]! * fixed[i]!;
    }
  }
  for (const sum of sums) prefixSum(sum, grid.stride);
  const variance = sums[2][grid.tableSize - 1]!;
  const least = Math.max(options.varianceFloor * variance, roundingVariance * meanSquare) / pixelWeight;
  let fullest = 0;
  for (let k = 0; k < grid.windowCount; k++) fullest = Math.max(fullest, windowSum(sums[0], grid.corners, k));
  const windows: { k: number; n: number; mean: number; energy: number }[] = [];
  for (let k = 0; k < grid.windowCount; k++) {
    const n = windowSum(sums[0], grid.corners, k);
    if (!(n > 0 && n >= leastCoverage * fullest)) continue;
    const sum = windowSum(sums[1], grid.corners, k);
    const energy = windowSum(sums[2], grid.corners, k) - (sum * sum) / n;
    if (energy > least * n) windows.push({ k, n, mean: sum / n, energy });
  }
  const perWindow = (): Float64Array => new Float64Array(windows.length);
  const windowWeight = Float64Array.from(windows, (v) => v.energy ** options.energyPower);
  return {
    ...{ grid, weight, template, pixelWeight, windowWeight, sums },
    active: Int32Array.from(windows, (v) => v.k),
    count: Float64Array.from(windows, (v) => v.n),
    fixedMean: Float64Array.from(windows, (v) => v.mean),
    invRootFixed: Float64Array.from(windows, (v) => 1 / Math.sqrt(v.energy)),
    totalWeight: windowWeight.reduce((a, b) => a + b, 0),
    varianceFloor: options.varianceFloor,
    robustScale: options.robustScale ?? Infinity,
    moments: { mean: perWindow(), squares: perWindow(), energy: perWindow(), cosine: perWindow() },
    back: [table(), table(), table(), table()],
  };
}
