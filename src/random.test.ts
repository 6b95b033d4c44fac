import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";

const count = 40_000;
const sequence = (draw: () => number): number[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};

/** xoshiro128** by its published recurrence over 64-bit integers, started by the published splitmix32. */
function xoshiroReference(seed: number): () => number {
  let state = BigInt(seed >>> 0);
  const mask = 0xffffffffn;
  const splitmix = (): bigint => {
    state = (state + 0x9e3779b9n) & mask;
    let z = state;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
    return z ^ (z >> 16n);
  };
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const s = [splitmix(), splitmix(), splitmix(), splitmix()] as [bigint, bigint, bigint, bigint];
  return () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  };
}

describe("createRandom", () => {
  it("is xoshiro128** with 53-bit numbers", () => {
    for (const seed of [0, 1, 12345, 0xffffffff]) {
      const random = createRandom(seed);
      const reference = xoshiroReference(seed);
      for (let i = 0; i < 200; i++) {
        const [high, low] = [reference() >>> 5, reference() >>> 6];
        expect(random.next()).toBe((high * 2 ** 26 + low) / 2 ** 53);
      }
    }
  });

  it("same seed, same sequence; other seed or label, another", () => {
    const take = (random: { next(): number }): number[] => Array.from({ length: 5 }, () => random.next());
    expect(take(createRandom(7))).toEqual(take(createRandom(7)));
    expect(take(createRandom(7))).not.toEqual(take(createRandom(8)));
    expect(take(createRandom(7).fork("a"))).toEqual(take(createRandom(7).fork("a")));
    expect(take(createRandom(7).fork("a"))).not.toEqual(take(createRandom(7).fork("b")));
    const used = createRandom(7);
    used.normal();
    expect(take(used.fork(3))).toEqual(take(createRandom(7).fork(3)));
  });

  it("uniform: range, mean and variance", () => {
    const random = createRandom(1);
    const values = sequence(() => random.uniform(-2, 4));
    expect(values.every((value) => value >= -2 && value < 4)).toBe(true);
    expect(mean(values)).toBeCloseTo(1, 1);
    expect(variance(values)).toBeCloseTo(3, 1);
  });

  it("normal: mean, variance and the share within one and two sigmas", () => {
    const random = createRandom(2);
    const values = sequence(() => random.normal(5, 2));
    expect(Math.abs(mean(values) - 5)).toBeLessThan(0.04);
    expect(Math.abs(variance(values) - 4)).toBeLessThan(0.12);
    const within = (k: number): number =>
      values.filter((value) => Math.abs(value - 5) < 2 * k).length / count;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
  });

  it.each([0.3, 5, 63, 400])(
    "poisson of mean %d: whole counts, mean and variance equal to it",
    (expected) => {
      const random = createRandom(3);
      const values = sequence(() => random.poisson(expected));
      expect(values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
      const standardError = Math.sqrt(expected / count);
      expect(Math.abs(mean(values) - expected)).toBeLessThan(4 * standardError);
      expect(Math.abs(variance(values) / expected - 1)).toBeLessThan(0.05);
    },
  );

  it("integer: every value of the range equally often", () => {
    const random = createRandom(4);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < count; i++) counts[random.integer(7)]!++;
    const expected = count / 7;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(22.5);
  });
});
