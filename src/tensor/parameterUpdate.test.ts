import { describe, expect, it } from "vitest";
import { clipNorm, createAdam, createMomentum } from "./parameterUpdate.ts";

describe("momentum", () => {
  it("follows v <- m v + g, x <- x - rate v", () => {
    const update = createMomentum(1, { momentum: 0.5 });
    const x = Float32Array.of(10);
    update.step(x, Float32Array.of(4), 0.25);
    expect(x[0]).toBe(9);
    update.step(x, Float32Array.of(4), 0.25);
    expect(x[0]).toBe(7.5);
    update.step(x, Float32Array.of(0), 1);
    expect(x[0]).toBe(4.5);
  });

  it("adds the weight decay to the gradient", () => {
    const update = createMomentum(1, { momentum: 0, weightDecay: 0.1 });
    const x = Float32Array.of(2);
    update.step(x, Float32Array.of(0), 1);
    expect(x[0]).toBeCloseTo(1.8, 6);
  });
});

describe("Adam", () => {
  it("moves by the rate in the first step, whatever the scale of the gradient", () => {
    const update = createAdam(2);
    const x = Float32Array.of(1, 1);
    update.step(x, Float32Array.of(1e-4, -300), 0.01);
    expect(x[0]).toBeCloseTo(0.99, 5);
    expect(x[1]).toBeCloseTo(1.01, 6);
  });

  it("follows the published recursion", () => {
    const [rate, beta1, beta2, epsilon, weightDecay] = [0.1, 0.8, 0.9, 1e-6, 0.01];
    const update = createAdam(1, { beta1, beta2, epsilon, weightDecay });
    const x = Float32Array.of(0.7);
    let [m, s, reference] = [0, 0, 0.7];
    [0.3, -0.2, 0.5, 0.1].forEach((g, i) => {
      update.step(x, Float32Array.of(g), rate);
      m = beta1 * m + (1 - beta1) * g;
      s = beta2 * s + (1 - beta2) * g * g;
      const step = m / (1 - beta1 ** (i + 1)) / (Math.sqrt(s / (1 - beta2 ** (i + 1))) + epsilon);
      reference -= rate * (step + weightDecay * reference);
    });
    expect(x[0]).toBeCloseTo(reference, 6);
  });
});

describe.each([
  ["momentum", createMomentum, 0.02],
  ["Adam", createAdam, 0.05],
] as const)("%s", (_name, create, rate) => {
  it("finds the minimum of a badly scaled quadratic", () => {
    const scales = [1, 4, 16, 40];
    const update = create(4);
    const x = Float32Array.of(1, -1, 2, 0.5);
    for (let i = 0; i < 800; i++)
      update.step(
        x,
        x.map((v, k) => scales[k]! * v),
        rate * 0.995 ** i,
      );
    expect(Math.max(...x.map(Math.abs))).toBeLessThan(1e-3);
  });

  it("continues to the bit from its saved state", () => {
    const gradients = Array.from({ length: 6 }, (_, i) => Float32Array.of(Math.sin(i), Math.cos(i)));
    const [whole, halves] = [Float32Array.of(1, 2), Float32Array.of(1, 2)];
    const straight = create(2);
    for (const g of gradients) straight.step(whole, g, rate);
    const before = create(2);
    for (const g of gradients.slice(0, 3)) before.step(halves, g, rate);
    const after = create(2);
    after.state.steps = before.state.steps;
    for (const [key, values] of Object.entries(before.state.arrays)) after.state.arrays[key]!.set(values);
    for (const g of gradients.slice(3)) after.step(halves, g, rate);
    expect(halves).toEqual(whole);
  });

  it("refuses arrays of another size", () => {
    const update = create(3);
    expect(() => update.step(new Float32Array(3), new Float32Array(2), 1)).toThrow(
      /got 3 values and 2 derivatives/,
    );
  });
});

describe("clipNorm", () => {
  it("scales long gradients only and returns their length", () => {
    const gradient = Float32Array.of(3, 4);
    expect(clipNorm(gradient, 10)).toBe(5);
    expect(gradient).toEqual(Float32Array.of(3, 4));
    expect(clipNorm(gradient, 1)).toBe(5);
    expect(Math.hypot(...gradient)).toBeCloseTo(1, 6);
    expect(clipNorm(Float32Array.of(Number.NaN, 1), 1)).toBeNaN();
  });
});
