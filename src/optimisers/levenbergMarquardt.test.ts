import { describe, expect, it } from "vitest";
import { ellipsoid, rosenbrock, sphere } from "./functions.testkit.ts";
import { createLevenbergMarquardt } from "./levenbergMarquardt.ts";
import { minimise } from "./optimiser.ts";

const start6 = [-1.2, 1, -1.2, 1, -1.2, 1];

describe("Levenberg-Marquardt", () => {
  it("solves linear problems in a few steps, whatever their conditioning", () => {
    for (const f of [sphere, ellipsoid]) {
      const optimiser = createLevenbergMarquardt({ start: start6, maxIterations: 10 });
      expect(minimise(optimiser, f.evaluate).value).toBeLessThan(1e-12);
      expect(optimiser.evaluations).toBeLessThan(12);
    }
  });

  it("solves Rosenbrock from (-1.2, 1) in about 20 evaluations", () => {
    // Nielsen (1999) and MINPACK's lmder report 14 to 33 evaluations.
    const optimiser = createLevenbergMarquardt({ start: [-1.2, 1] });
    const best = minimise(optimiser, rosenbrock.evaluate);
    expect(best.x[0]).toBeCloseTo(1, 8);
    expect(best.x[1]).toBeCloseTo(1, 8);
    expect(optimiser.evaluations).toBeLessThan(35);
    expect(optimiser.stop).toMatch(/tolerance/);
  });

  it("never changes a parameter by more than maxStep", () => {
    const maxStep = [0.1, 0.02, 0.1, 0.1, 0.1, 0.1];
    const optimiser = createLevenbergMarquardt({ start: start6, maxStep });
    let previous: Float64Array | undefined;
    let best = Infinity;
    minimise(optimiser, (x) => {
      const evaluation = sphere.evaluate(x);
      if (previous)
        x.forEach((v, i) => expect(Math.abs(v - previous![i]!)).toBeLessThan(maxStep[i]! + 1e-12));
      if (evaluation.value < best) {
        best = evaluation.value;
        previous = x.slice();
      }
      return evaluation;
    });
    expect(optimiser.best!.value).toBeLessThan(1e-12);
  });

  it("does not creep where the Hessian it is told is ten times too stiff", () => {
    const stiff = (x: ArrayLike<number>) => {
      const f = sphere.evaluate(Float64Array.from(x));
      return { ...f, hessian: f.hessian.map((h) => 10 * h) };
    };
    const optimiser = createLevenbergMarquardt({ start: start6, maxIterations: 16 });
    // Steps of a tenth of the way would leave 0.9^16 of the distance, a thirtieth of the value.
    expect(minimise(optimiser, stiff).value).toBeLessThan(
      1e-3 * sphere.evaluate(new Float64Array(start6)).value,
    );
  });

  it("finds the minimum on a bound, holding only the parameters that lie on it", () => {
    const optimiser = createLevenbergMarquardt({ start: [2, 3, 2], lower: [0.5, -9, 1], upper: [4, 9, 4] });
    const best = minimise(optimiser, sphere.evaluate);
    [0.5, 0, 1].forEach((v, i) => expect(best.x[i]).toBeCloseTo(v, 8));
    expect(optimiser.stop).toMatch(/gradient-tolerance|value-tolerance/);
  });

  it("does not care about the units of its parameters", () => {
    const run = (unit: number[]): number => {
      const optimiser = createLevenbergMarquardt({ start: [-1.2 * unit[0]!, 1 * unit[1]!], scales: unit });
      const best = minimise(optimiser, (x) => {
        const f = rosenbrock.evaluate(x.map((v, i) => v / unit[i]!));
        return {
          value: f.value,
          gradient: f.gradient.map((g, i) => g / unit[i]!),
          hessian: f.hessian.map((h, k) => h / unit[k >> 1]! / unit[k & 1]!),
        };
      });
      expect(best.x[0]! / unit[0]!).toBeCloseTo(1, 8);
      return optimiser.evaluations;
    };
    expect(run([1e-4, 100])).toBe(run([1, 1]));
  });

  it("backs off from NaN regions", () => {
    const optimiser = createLevenbergMarquardt({ start: [-1.2, 1] });
    let refused = 0;
    const best = minimise(optimiser, (x) => {
      if (x[1]! < -0.5 || x[0]! > 1.5) {
        refused++;
        return { value: Number.NaN };
      }
      return rosenbrock.evaluate(x);
    });
    expect(refused).toBeGreaterThan(0);
    expect(best.value).toBeLessThan(1e-12);
  });

  it("stops at a start without a value, and asks for what it needs", () => {
    const blind = createLevenbergMarquardt({ start: [1] });
    blind.ask();
    blind.tell([{ value: Number.NaN }]);
    expect(blind.stop).toBe("ill-conditioned");
    expect(blind.ask()).toEqual([]);
    const wanting = createLevenbergMarquardt({ start: [1, 2] });
    expect(() => wanting.tell([{ value: 1, gradient: new Float64Array(2) }])).toThrow(/hessian.*expected 4/);
  });
});
