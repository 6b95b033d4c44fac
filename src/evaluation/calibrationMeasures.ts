import { mean } from "./statistics.ts";

/** A stated probability and what came true. */
export interface Forecast {
  readonly probability: number;
  readonly success: boolean;
}

/**
 * Area under the ROC curve: the probability that a success was given a higher number than a failure, ties counting
 * half (Mann and Whitney 1947). NaN when there are only successes or only failures.
 */
export function areaUnderCurve(forecasts: readonly Forecast[]): number {
  const good = forecasts.filter((f) => f.success).map((f) => f.probability);
  const bad = forecasts.filter((f) => !f.success).map((f) => f.probability);
  let wins = 0;
  for (const g of good) for (const b of bad) wins += g > b ? 1 : g === b ? 0.5 : 0;
  return wins / (good.length * bad.length);
}

/** Mean squared difference of probability and outcome (Brier 1950): 0 is perfect. */
export function brierScore(forecasts: readonly Forecast[]): number {
  return mean(forecasts.map(({ probability, success }) => (probability - (success ? 1 : 0)) ** 2));
}

/** Cases with similar probabilities. */
export interface ReliabilityBin {
  readonly cases: number;
  /** Mean stated probability, and the share that came true. */
  readonly stated: number;
  readonly observed: number;
}

/** The reliability curve: cases by rising probability in `count` groups of nearly equal size. */
export function reliabilityBins(forecasts: readonly Forecast[], count = 10): ReliabilityBin[] {
  const sorted = forecasts.toSorted((a, b) => a.probability - b.probability);
  const groups = Math.min(count, sorted.length);
  return Array.from({ length: groups }, (_, i) => {
    const group = sorted.slice(
      Math.round((i * sorted.length) / groups),
      Math.round(((i + 1) * sorted.length) / groups),
    );
    return {
      cases: group.length,
      stated: mean(group.map((f) => f.probability)),
      observed: mean(group.map((f) => (f.success ? 1 : 0))),
    };
  });
}

/** Mean |stated - observed| over the bins, weighted by their cases: the expected calibration error. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const cases = bins.reduce((sum, bin) => sum + bin.cases, 0);
  return bins.reduce((sum, bin) => sum + bin.cases * Math.abs(bin.stated - bin.observed), 0) / cases;
}
