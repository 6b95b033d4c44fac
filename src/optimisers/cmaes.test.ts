import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createCmaes } from "./cmaes.ts";
import { cmaesStrategy } from "./cmaesStrategy.ts";
import { type TestFunction, ellipsoid, rosenbrock, sphere } from "./functions.testkit.ts";
import { minimise } from "./optimiser.ts";
import { reflect } from "./reflect.ts";

/** Median evaluations to reach 1e-9 over some seeds. */
function medianEvaluations(f: TestFunction, start: number[], sigma: number, active: boolean): number {
  const counts = [1, 2, 3].map((seed) => {
    const optimiser = createCmaes({ start, sigma, active, target: 1e-9, random: createRandom(seed) });
    minimise(optimiser, (x) => ({ value: f.value(x) }));
    return optimiser.stop === "target-reached" ? optimiser.evaluations : Infinity;
  });
  return counts.sort((a, b) => a - b)[1]!;
}

describe("CMA-ES", () => {
  // Published: about 1.3e3 to 1.8e3 (sphere), 4e3 to 7e3 (ellipsoid of condition 1e6) and 5e3 to 8e3 (Rosenbrock)
  // evaluations in ten dimensions (Hansen & Ostermeier 2001; Auger & Hansen 2005, functions 1, 3 and 6).
  it.each([
    [sphere, 1, 900, 1800],
    [ellipsoid, 1, 3000, 7000],
    [rosenbrock, 0.5, 3000, 8500],
  ] as const)("needs the published number of evaluations ($title, n = 10)", (f, sigma, low, high) => {
    for (const active of [false, true]) {
      const start = new Array<number>(10).fill(f === rosenbrock ? 0 : 1);
      const count = medianEvaluations(f, start, sigma, active);
      expect(count).toBeGreaterThan(low * 0.8);
      expect(count).toBeLessThan(high);
    }
  });

  it("needs fewer evaluations on the ellipsoid when it learns from bad points", () => {
    const start = new Array<number>(8).fill(1);
    expect(medianEvaluations(ellipsoid, start, 1, true)).toBeLessThan(
      medianEvaluations(ellipsoid, start, 1, false),
    );
  });

  it("does not care about rotation and units", () => {
    const rotated = (x: Float64Array): number => {
      const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
      const y = Float64Array.of(c * x[0]! - (s * x[1]!) / 50, s * x[0]! + (c * x[1]!) / 50);
      return ellipsoid.value(y);
    };
    const options = { start: [1, 50], scales: [1, 50], target: 1e-10, random: createRandom(1) };
    const optimiser = createCmaes(options);
    minimise(optimiser, (x) => ({ value: rotated(x) }));
    expect(optimiser.stop).toBe("target-reached");
    expect(optimiser.evaluations).toBeLessThan(1200);
  });

  it("finds an optimum on a bound and in a corner", () => {
    const options = { start: [2, 2, 2], lower: [1, -5, 0.5], upper: [5, 5, 3], random: createRandom(7) };
    const best = minimise(createCmaes({ ...options, target: 1.25 + 1e-9 }), (x) => ({
      value: sphere.value(x),
    }));
    [1, 0, 0.5].forEach((v, i) => expect(best.x[i]).toBeCloseTo(v, 4));
  });

  it("stops by step tolerance, by value tolerance on a plateau, and gives up on noise-only values", () => {
    const run = (f: (x: Float64Array) => number, extra = {}): string => {
      const optimiser = createCmaes({
        start: [1, 1],
        random: createRandom(3),
        maxIterations: 5000,
        ...extra,
      });
      minimise(optimiser, (x) => ({ value: f(x) }));
      return optimiser.stop!;
    };
    const value = (x: Float64Array): number => sphere.value(x);
    expect(run(value, { stepTolerance: 1e-3, valueTolerance: 0 })).toBe("step-tolerance");
    expect(run(value, { valueTolerance: 1e-4 })).toBe("value-tolerance");
    expect(run(() => 5)).toBe("value-tolerance");
    const random = createRandom(9);
    expect(run(() => random.next())).toMatch(/stagnation|step-tolerance|ill-conditioned/);
    expect(run(() => Number.NaN)).toMatch(/stagnation|max-iterations|step-tolerance|ill-conditioned/);
  });

  it("has the weights of the tutorial", () => {
    const { weights, mu, muEff, c1, cmu } = cmaesStrategy(10, 10, true);
    expect(mu).toBe(5);
    expect(weights.slice(0, 5).reduce((s, w) => s + w)).toBeCloseTo(1, 12);
    expect(muEff).toBeCloseTo(3.167, 3);
    expect(weights.every((w, i) => i === 0 || w <= weights[i - 1]!)).toBe(true);
    const all = weights.reduce((s, w) => s + w, 0);
    expect(c1 + cmu * all).toBeLessThan(1);
    expect(weights.at(-1)).toBeLessThan(0);
  });

  it("asks the same points until told, and refuses the wrong number of answers", () => {
    const optimiser = createCmaes({ start: [0, 0], random: createRandom(1), population: 6 });
    expect(() => optimiser.tell([])).toThrow(/ask first/);
    const first = optimiser.ask().map((x) => [...x]);
    expect(optimiser.ask().map((x) => [...x])).toEqual(first);
    expect(() => optimiser.tell([{ value: 1 }])).toThrow(/got 1 evaluations; expected 6/);
  });
});

describe("reflect", () => {
  it("is the identity inside and folds back outside", () => {
    expect(reflect(0.3, 0, 1)).toBe(0.3);
    expect(reflect(1.25, 0, 1)).toBeCloseTo(0.75);
    expect(reflect(-0.25, 0, 1)).toBeCloseTo(0.25);
    expect(reflect(2.25, 0, 1)).toBeCloseTo(0.25);
    expect(reflect(-7.5, 0, 1)).toBeCloseTo(0.5);
    expect(reflect(5, -Infinity, 3)).toBe(1);
    expect(reflect(-5, 3, Infinity)).toBe(11);
    expect(reflect(5, 2, 2)).toBe(2);
  });
});
