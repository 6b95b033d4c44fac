import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bootstrapInterval, mean, median, percentile, rate, standardDeviation } from "./statistics.ts";

describe("by hand", () => {
  test("mean and sample standard deviation of 2, 4, 4, 4, 5, 5, 7, 9", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).toBe(5);
    expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation([3])).toBe(0);
  });

  test("percentiles of 10, 20, 30, 40 interpolate between order statistics", () => {
    const values = [40, 10, 30, 20];
    expect(median(values)).toBe(25);
    expect(percentile(values, 75)).toBeCloseTo(32.5, 12);
    expect(percentile(values, 95)).toBeCloseTo(38.5, 12);
    expect([percentile(values, 0), percentile(values, 100)]).toEqual([10, 40]);
  });

  test("infinite values are the largest, and do not spoil what lies below them", () => {
    const values = [1, 2, 3, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(median(values)).toBe(3);
    expect(percentile(values, 75)).toBe(Number.POSITIVE_INFINITY);
    expect(percentile([1, 2, 3, 4, Number.POSITIVE_INFINITY], 75)).toBe(4);
    expect(median([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });

  test("of nothing there is no number", () => {
    expect([mean([]), standardDeviation([]), median([]), rate([], () => true)]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe("bootstrap interval", () => {
  const values = Array.from({ length: 40 }, (_, i) => i);

  test("the same values and seed give the same interval, another seed another", () => {
    expect(bootstrapInterval(values, mean)).toEqual(bootstrapInterval(values, mean));
    expect(bootstrapInterval(values, mean, { seed: 2 })).not.toEqual(bootstrapInterval(values, mean));
  });

  test("for a mean it agrees with 1.96 standard errors", () => {
    const [low, high] = bootstrapInterval(values, mean, { resamples: 4000 });
    const halfWidth = (1.96 * standardDeviation(values)) / Math.sqrt(40);
    expect((high - low) / 2 / halfWidth).toBeGreaterThan(0.9);
    expect((high - low) / 2 / halfWidth).toBeLessThan(1.1);
    expect((high + low) / 2).toBeCloseTo(19.5, 0);
  });

  test("equal values have an interval of no width", () => {
    expect(bootstrapInterval([2, 2, 2], median)).toEqual([2, 2]);
  });
});

test("percentiles rise with p and stay within the values", () => {
  const sample = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(sample, share, share, (values, a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const [x, y] = [percentile(values, low), percentile(values, high)];
      expect(x).toBeLessThanOrEqual(y + 1e-6);
      expect(x).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
      expect(y).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
    }),
  );
});
