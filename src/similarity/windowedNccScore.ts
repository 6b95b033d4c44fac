import { prefixSum } from "./windowGrid.ts";
import { type WindowedNccState, roundingVariance, spreadOverWindow } from "./windowedNccState.ts";

/** Geman-McClure score of 1 - cosine, 1 at 1 and 0 at 0; scale = Infinity is the cosine itself. */
function robust(cosine: number, scale: number): number {
  return scale === Infinity ? cosine : 1 - ((1 - cosine) * (1 + scale)) / (1 - cosine + scale);
}

/** Derivative of the robust score by the cosine. */
export function robustSlope(cosine: number, scale: number): number {
  return scale === Infinity ? 1 : ((1 + scale) * scale) / (1 - cosine + scale) ** 2;
}

/** Fills the tables of w m, w m m and template m. */
function sumMoving(state: WindowedNccState, moving: Float32Array): void {
  const { weight, template } = state;
  const { runs, stride } = state.grid;
  const [sum1, sum2, sum3] = state.sums;
  sum1.fill(0);
  sum2.fill(0);
  sum3.fill(0);
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 1]!;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = runs[r]!; i < end; i++) {
      const m = moving[i]!;
      const wm = weight[i]! * m;
      s1 += wm;
      s2 += wm * m;
      s3 += template[i]! * m;
    }
    const cell = runs[r + 2]! + stride + 1;
    sum1[cell]! += s1;
    sum2[cell]! += s2;
    sum3[cell]! += s3;
  }
  prefixSum(sum1, stride);
  prefixSum(sum2, stride);
  prefixSum(sum3, stride);
}

/**
 * Reads the moving image's mean, sum of squares and cosine in every active window from the tables. A flat
 * window gets cosine 0 and energy 0, and takes no part in derivatives. Returns the mean of the whole image.
 */
function measureWindows(state: WindowedNccState): number {
  const { active, count, fixedMean, invRootFixed, pixelWeight, moments } = state;
  const { mean, squares, energy, cosine } = moments;
  const { corners, tableSize } = state.grid;
  const [sum1, sum2, sum3] = state.sums;
  const imageMean = sum1[tableSize - 1]! / pixelWeight;
  const square = sum2[tableSize - 1]! / pixelWeight;
  const raise = state.varianceFloor * Math.max(0, square - imageMean * imageMean);
  const least = roundingVariance * square;
  for (let a = 0; a < active.length; a++) {
    const c = 4 * active[a]!;
    const c0 = corners[c]!;
    const c1 = corners[c + 1]!;
    const c2 = corners[c + 2]!;
    const c3 = corners[c + 3]!;
    const n = count[a]!;
    const s1 = sum1[c3]! - sum1[c2]! - sum1[c1]! + sum1[c0]!;
    const s2 = sum2[c3]! - sum2[c2]! - sum2[c1]! + sum2[c0]!;
    const s3 = sum3[c3]! - sum3[c2]! - sum3[c1]! + sum3[c0]!;
    const m = s1 / n;
    const spread = s2 - m * s1;
    // A comparison that keeps NaN.
    const variance = spread < 0 ? 0 : spread;
    const total = variance + raise * n;
    const flat = total <= least * n;
    mean[a] = m;
    squares[a] = variance;
    energy[a] = flat ? 0 : total;
    cosine[a] = flat ? 0 : ((s3 - fixedMean[a]! * s1) * invRootFixed[a]!) / Math.sqrt(total);
  }
  return imageMean;
}

/**
 * Scores all windows; with `spreadBack` also fills the back tables with the factors of
 * dScore/dm = A template + B w m + C w and D of the Gauss-Newton term D w J J.
 */
export function scoreWindows(state: WindowedNccState, moving: Float32Array, spreadBack: boolean): number {
  sumMoving(state, moving);
  const imageMean = measureWindows(state);
  const { active, windowWeight, robustScale, moments } = state;
  let score = 0;
  if (robustScale === Infinity) {
    for (let a = 0; a < active.length; a++) score += windowWeight[a]! * moments.cosine[a]!;
  } else {
    for (let a = 0; a < active.length; a++)
      score += windowWeight[a]! * robust(moments.cosine[a]!, robustScale);
  }
  if (spreadBack) spreadWindows(state, imageMean);
  return score;
}

function spreadWindows(state: WindowedNccState, imageMean: number): void {
  const { active, count, fixedMean, invRootFixed, windowWeight, robustScale } = state;
  const { mean, energy, cosine } = state.moments;
  const { corners, stride } = state.grid;
  const [backA, backB, backC, backD] = state.back;
  for (const table of state.back) table.fill(0);
  let perRaise = 0;
  for (let a = 0; a < active.length; a++) {
    if (energy[a] === 0) continue;
    const k = active[a]!;
    const slope = windowWeight[a]! * robustSlope(cosine[a]!, robustScale);
    const factorA = (slope * invRootFixed[a]!) / Math.sqrt(energy[a]!);
    const factorB = (slope * cosine[a]!) / energy[a]!;
    spreadOverWindow(backA, corners, k, factorA);
    spreadOverWindow(backB, corners, k, -factorB);
    spreadOverWindow(backC, corners, k, factorB * mean[a]! - factorA * fixedMean[a]!);
    spreadOverWindow(backD, corners, k, slope / energy[a]!);
    perRaise -= 0.5 * factorB * count[a]!;
  }
  // The floor follows the variance of the whole moving image, so every pixel answers for it.
  const perPixel = (2 * perRaise * state.varianceFloor) / state.pixelWeight;
  backB[0]! += perPixel;
  backC[0]! -= perPixel * imageMean;
  for (const table of state.back) prefixSum(table, stride);
}
