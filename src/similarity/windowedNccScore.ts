import { prefixSum } from "./windowGrid.ts";
import { type WindowedNccState, roundingVariance, spreadOverWindow, windowSum } from "./windowedNccState.ts";

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

/** The moving image inside one window, read from the tables; one object reused for all windows. */
export interface WindowMoments {
  mean: number;
  variance: number;
  /** The window's variance x weight sum, raised by the floor. */
  energy: number;
  cosine: number;
  /** 1 / (|f| |m|): turns template sums into cosines. */
  toCosine: number;
  readonly imageMean: number;
  /** Measures active window a; false when it is flat (cosine 0, no derivative). */
  measure(a: number): boolean;
}

/** Reads window moments from the tables filled by `sumMoving`. `variance` here is the sum of squares. */
export function windowMoments(state: WindowedNccState): WindowMoments {
  const { active, count, fixedMean, invRootFixed, pixelWeight } = state;
  const { corners, tableSize } = state.grid;
  const [sum1, sum2, sum3] = state.sums;
  const imageMean = sum1[tableSize - 1]! / pixelWeight;
  const square = sum2[tableSize - 1]! / pixelWeight;
  const raise = state.varianceFloor * Math.max(0, square - imageMean * imageMean);
  const least = roundingVariance * square;
  return {
    ...{ mean: 0, variance: 0, energy: 0, cosine: 0, toCosine: 0, imageMean },
    measure(a): boolean {
      const k = active[a]!;
      const n = count[a]!;
      const s1 = windowSum(sum1, corners, k);
      this.mean = s1 / n;
      this.variance = Math.max(0, windowSum(sum2, corners, k) - this.mean * s1);
      this.energy = this.variance + raise * n;
      this.cosine = 0;
      if (this.energy <= least * n) return false;
      this.toCosine = invRootFixed[a]! / Math.sqrt(this.energy);
      this.cosine = (windowSum(sum3, corners, k) - fixedMean[a]! * s1) * this.toCosine;
      return true;
    },
  };
}

/**
 * Scores all windows; with `spreadBack` also fills the back tables with the factors of
 * dScore/dm = A template + B w m + C w and D of the Gauss-Newton term D w J J.
 */
export function scoreWindows(state: WindowedNccState, moving: Float32Array, spreadBack: boolean): number {
  sumMoving(state, moving);
  const { active, count, fixedMean, windowWeight, robustScale } = state;
  const { corners, stride } = state.grid;
  const [backA, backB, backC, backD] = state.back;
  if (spreadBack) for (const table of state.back) table.fill(0);
  const moments = windowMoments(state);
  let score = 0;
  let perRaise = 0;
  for (let a = 0; a < active.length; a++) {
    const measured = moments.measure(a);
    score += windowWeight[a]! * robust(moments.cosine, robustScale);
    if (!measured || !spreadBack) continue;
    const k = active[a]!;
    const slope = windowWeight[a]! * robustSlope(moments.cosine, robustScale);
    const factorA = slope * moments.toCosine;
    const factorB = (slope * moments.cosine) / moments.energy;
    spreadOverWindow(backA, corners, k, factorA);
    spreadOverWindow(backB, corners, k, -factorB);
    spreadOverWindow(backC, corners, k, factorB * moments.mean - factorA * fixedMean[a]!);
    spreadOverWindow(backD, corners, k, slope / moments.energy);
    perRaise -= 0.5 * factorB * count[a]!;
  }
  if (spreadBack) {
    // The floor follows the variance of the whole moving image, so every pixel answers for it.
    const perPixel = (2 * perRaise * state.varianceFloor) / state.pixelWeight;
    backB[0]! += perPixel;
    backC[0]! -= perPixel * moments.imageMean;
    for (const table of state.back) prefixSum(table, stride);
  }
  return score;
}
