import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createAdam } from "./adam.ts";
import { createCmaes } from "./cmaes.ts";
import { ellipsoid, rastrigin, rosenbrock, sphere } from "./functions.testkit.ts";
import { createIpopCmaes } from "./ipopCmaes.ts";
import { createLbfgs } from "./lbfgs.ts";
import { createLevenbergMarquardt } from "./levenbergMarquardt.ts";
import { createNelderMead } from "./nelderMead.ts";
import { type Evaluation, type Optimiser, minimise } from "./optimiser.ts";
import type { ParameterOptions, StopOptions } from "./parameterSpace.ts";
import { createPowell } from "./powell.ts";
import { createSgd } from "./sgd.ts";

type Create = (options: ParameterOptions & StopOptions, seed: number) => Optimiser;

const optimisers: { name: string; create: Create }[] = [
  { name: "cma-es", create: (o, seed) => createCmaes({ ...o, random: createRandom(seed) }) },
  {
    name: "ipop-cma-es",
    create: (o, seed) => createIpopCmaes({ ...o, random: createRandom(seed), maxRestarts: 1 }),
  },
  { name: "powell", create: (o) => createPowell(o) },
  { name: "nelder-mead", create: (o) => createNelderMead(o) },
  { name: "adam", create: (o) => createAdam({ ...o, rate: 0.1, patience: 300, valueTolerance: 1e-9 }) },
  { name: "sgd", create: (o) => createSgd({ ...o, rate: 0.02, patience: 300, valueTolerance: 1e-9 }) },
  { name: "l-bfgs", create: (o) => createLbfgs(o) },
  { name: "levenberg-marquardt", create: (o) => createLevenbergMarquardt(o) },
];

/** Every evaluated point and value, as text. */
function trace(create: Create, options: ParameterOptions & StopOptions, seed: number): string[] {
  const lines: string[] = [];
  minimise(create(options, seed), (x) => {
    const evaluation = rosenbrock.evaluate(x);
    lines.push(`${[...x].join(" ")} ${evaluation.value}`);
    return evaluation;
  });
  return lines;
}

describe.each(optimisers)("$name", ({ name, create }) => {
  it("names itself, finds the minimum of a sphere and says why it stopped", () => {
    const optimiser = create({ start: [1, -2, 0.5], maxEvaluations: 20000 }, 1);
    expect(optimiser.name).toBe(name);
    const best = minimise(optimiser, sphere.evaluate);
    expect(best.value).toBeLessThan(1e-6);
    expect(optimiser.stop).toMatch(/tolerance|stagnation/);
    expect(optimiser.ask()).toEqual([]);
    expect(() => optimiser.tell([{ value: 0 }])).toThrow(/ask first/);
    const other = create({ start: [1, 2] }, 1);
    const asked = other.ask().length;
    expect(() => other.tell([])).toThrow(`got 0 evaluations; expected ${asked}`);
    expect(other.evaluations).toBe(0);
  });

  it("respects bounds in every asked point, also with odd scales and an optimum outside", () => {
    const interval = fc.tuple(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 4, noNaN: true }),
    );
    const parameter = fc.tuple(
      interval,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
    );
    const property = fc.property(
      fc.array(parameter, { minLength: 2, maxLength: 4 }),
      fc.integer(),
      (parameters, seed) => {
        const lower = parameters.map(([[low]]) => low);
        const upper = parameters.map(([[low, width]]) => low + width);
        const start = parameters.map((_, i) =>
          Math.min(upper[i]!, lower[i]! + parameters[i]![1] * (upper[i]! - lower[i]!)),
        );
        const scales = parameters.map(([, , power]) => 10 ** power);
        const optimiser = create({ start, lower, upper, scales, maxEvaluations: 150 }, seed);
        minimise(optimiser, (x) => {
          x.forEach((v, i) => {
            if (!(v >= lower[i]! && v <= upper[i]!))
              throw new Error(`${v} outside [${lower[i]}, ${upper[i]}]`);
          });
          return rosenbrock.evaluate(x);
        });
        expect(optimiser.stop).toBeDefined();
      },
    );
    fc.assert(property, { numRuns: 40, seed: 11 });
  });

  it("finds an optimum in a corner of the bounds", () => {
    const optimiser = create({ start: [2, 1.5], lower: [0.5, 0.25], upper: [3, 2], maxEvaluations: 5000 }, 3);
    const best = minimise(optimiser, sphere.evaluate);
    expect(best.x[0]).toBeCloseTo(0.5, 4);
    expect(best.x[1]).toBeCloseTo(0.25, 4);
  });

  it("is deterministic given its seed", () => {
    const options = { start: [-1, 1, 0.3], maxEvaluations: 200 };
    expect(trace(create, options, 7)).toEqual(trace(create, options, 7));
  });

  it("counts evaluations and stops at the limits", () => {
    let calls = 0;
    const counted = (x: Float64Array): Evaluation => {
      calls++;
      return rosenbrock.evaluate(x);
    };
    const short = create({ start: [-1.2, 1], maxEvaluations: 9 }, 1);
    minimise(short, counted);
    expect(short.evaluations).toBe(calls);
    expect(short.stop).toBe("max-evaluations");
    expect(calls).toBeGreaterThanOrEqual(9);
    const few = create({ start: [-1.2, 1], maxIterations: 3 }, 1);
    minimise(few, counted);
    expect(few.stop).toBe("max-iterations");
    expect(few.iterations).toBe(3);
    const aimed = create({ start: [0.5, 0.5], target: 0.4 }, 1);
    expect(minimise(aimed, sphere.evaluate).value).toBeLessThanOrEqual(0.4);
    expect(aimed.stop).toBe("target-reached");
  });

  it("survives NaN: goes on where there are values, and ends where there are none", () => {
    const optimiser = create({ start: [1.3, 1], maxEvaluations: 8000 }, 5);
    const best = minimise(optimiser, (x) => (x[0]! < 0.2 ? { value: Number.NaN } : sphere.evaluate(x)));
    expect(best.value).toBeLessThan(0.3);
    expect(best.x[0]).toBeGreaterThanOrEqual(0.2);
    const lost = create({ start: [1, 1], maxEvaluations: 3000 }, 5);
    expect(minimise(lost, () => ({ value: Number.NaN })).value).toBe(Infinity);
    expect(lost.stop).toBeDefined();
  });

  it("keeps the best point told, unharmed by later ones", () => {
    const optimiser = create({ start: [1, 1], maxEvaluations: 60 }, 2);
    let [lowest, where] = [Infinity, [0]];
    minimise(optimiser, (x) => {
      const evaluation = rosenbrock.evaluate(x);
      if (evaluation.value < lowest) [lowest, where] = [evaluation.value, [...x]];
      return evaluation;
    });
    expect(optimiser.best!.value).toBe(lowest);
    expect([...optimiser.best!.x]).toEqual(where);
  });

  it("refuses starts, scales and bounds that make no sense", () => {
    expect(() => create({ start: [] }, 1)).toThrow(/no parameters/);
    expect(() => create({ start: [Number.NaN] }, 1)).toThrow(/start of parameter 0/);
    expect(() => create({ start: [1], scales: [0] }, 1)).toThrow(/scale of parameter 0/);
    expect(() => create({ start: [1], lower: [2] }, 1)).toThrow(
      /start of parameter 0.*within \[2, Infinity\]/,
    );
    expect(() => create({ start: [1], lower: [2], upper: [1] }, 1)).toThrow(/lower bound/);
    expect(() => create({ start: [1, 2], scales: [1] }, 1)).toThrow(/1 values; expected 2/);
  });

  it("works on the scales given, not on the units", () => {
    const unit = [1e-3, 50];
    const plain = create({ start: [-1, 1], maxEvaluations: 150 }, 4);
    const scaled = create({ start: [-1e-3, 50], scales: unit, maxEvaluations: 150 }, 4);
    minimise(plain, rosenbrock.evaluate);
    minimise(scaled, (x) => {
      const f = rosenbrock.evaluate(x.map((v, i) => v / unit[i]!));
      return {
        value: f.value,
        gradient: f.gradient.map((g, i) => g / unit[i]!),
        hessian: f.hessian.map((h, k) => h / unit[k >> 1]! / unit[k & 1]!),
      };
    });
    expect(scaled.evaluations).toBe(plain.evaluations);
    expect(scaled.best!.value).toBeCloseTo(plain.best!.value, 4);
  });
});

describe("published expectations", () => {
  it("are tested on functions whose derivatives are right", () => {
    for (const f of [sphere, ellipsoid, rosenbrock, rastrigin]) {
      const x = Float64Array.of(0.3, -0.7, 1.1);
      const { value, gradient } = f.evaluate(x);
      expect(value / f.value(x)).toBeCloseTo(1, 12);
      expect(f.value(Float64Array.from(f.minimum(3)))).toBe(0);
      x.forEach((v, i) => {
        const at = (d: number): number => f.value(x.map((w, k) => (k === i ? v + d : w)));
        expect((at(1e-5) - at(-1e-5)) / 2e-5 / gradient[i]!).toBeCloseTo(1, 4);
      });
    }
  });

  it("IPOP-CMA-ES solves Rastrigin in six dimensions, where a single run of CMA-ES is lost", () => {
    const bounds = { lower: new Array<number>(6).fill(-5), upper: new Array<number>(6).fill(5) };
    const solve = (create: typeof createCmaes, seed: number): Optimiser => {
      const random = createRandom(seed);
      const start = Array.from({ length: 6 }, () => random.uniform(-5, 5));
      const options = { start, ...bounds, sigma: 3, target: 1e-8, maxEvaluations: 150000, random };
      const optimiser = create(options);
      minimise(optimiser, (x) => ({ value: rastrigin.value(x) }));
      return optimiser;
    };
    const seeds = [1, 2, 3, 4, 5];
    const single = seeds.filter((seed) => solve(createCmaes, seed).stop === "target-reached").length;
    const restarted = seeds.map((seed) => solve(createIpopCmaes, seed));
    expect(single).toBeLessThan(5);
    expect(restarted.every((o) => o.stop === "target-reached")).toBe(true);
    // Auger & Hansen (2005), function 9, n = 10: 7.6e4 evaluations in the mean.
    const mean = restarted.reduce((sum, o) => sum + o.evaluations, 0) / 5;
    expect(mean).toBeLessThan(7.6e4);
  });

  it("L-BFGS needs tens of evaluations on Rosenbrock and handles condition 1e6", () => {
    const curved = createLbfgs({ start: [-1.2, 1] });
    expect(minimise(curved, rosenbrock.evaluate).value).toBeLessThan(1e-12);
    // Nocedal & Wright and CUTE reports: 40 to 60.
    expect(curved.evaluations).toBeLessThan(70);
    const stretched = createLbfgs({ start: new Array<number>(8).fill(1), maxEvaluations: 2000 });
    expect(minimise(stretched, ellipsoid.evaluate).value).toBeLessThan(1e-8);
  });

  it("Powell and Nelder-Mead solve Rosenbrock without derivatives", () => {
    const powell = createPowell({ start: [-1.2, 1] });
    expect(minimise(powell, rosenbrock.evaluate).value).toBeLessThan(1e-10);
    expect(powell.evaluations).toBeLessThan(1200);
    const simplex = createNelderMead({ start: [-1.2, 1] });
    expect(minimise(simplex, rosenbrock.evaluate).value).toBeLessThan(1e-9);
    // Nelder & Mead (1965) report about 150, Lagarias et al. (1998) 159.
    expect(simplex.evaluations).toBeLessThan(260);
  });

  it("Powell finds the minimum of a quadratic form in n rounds", () => {
    const optimiser = createPowell({ start: [3, -2, 1, 4], maxIterations: 6 });
    const coupled = (x: Float64Array): Evaluation => ({
      value: x.reduce((s, v, i) => s + (i + 1) * v * v + 0.8 * v * (x[i + 1] ?? 0), 0),
    });
    expect(minimise(optimiser, coupled).value).toBeLessThan(1e-8);
  });
});
