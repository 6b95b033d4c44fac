import { createRandom } from "../random.ts";

/** Mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (divided by n - 1); 0 for one value, NaN for none. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return values.length === 1 ? 0 : Number.NaN;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Percentile `p` in 0..100 by linear interpolation between order statistics (Hyndman and Fan's type 7). Infinite
 * values count as the largest; NaN of nothing.
 */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const position = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  // Equal neighbours may be infinite, and their difference no number.
  return above === below ? below : below + (position - Math.floor(position)) * (above - below);
}

export const median: (values: readonly number[]) => number = (values) => percentile(values, 50);

/** Share of the values for which the test holds, 0 to 1; NaN of nothing. */
export function rate<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.filter(test).length / items.length;
}

/** A range that holds the true value of a statistic with the stated probability. */
export type Interval = readonly [low: number, high: number];

export interface BootstrapOptions {
  /** Resamples drawn. Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
  /** Default 1: the same values give the same interval. */
  readonly seed?: number;
}

/** Percentile bootstrap interval (Efron 1979) of a statistic of one sample; NaN of nothing. */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (values: readonly number[]) => number,
  { resamples = 1000, level = 0.95, seed = 1 }: BootstrapOptions = {},
): Interval {
  if (values.length === 0) return [Number.NaN, Number.NaN];
  const random = createRandom(seed);
  const draws = Array.from({ length: resamples }, () =>
    statistic(values.map(() => values[random.integer(values.length)]!)),
  );
  const tail = (100 * (1 - level)) / 2;
  return [percentile(draws, tail), percentile(draws, 100 - tail)];
}
