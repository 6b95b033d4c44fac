import { describe, expect, it } from "vitest";
import { cyclicRate } from "./cyclicRate.ts";
import { createAdam } from "./adam.ts";
import { createSgd } from "./sgd.ts";

describe("cyclic rate", () => {
  it("is the paper's triangle from 1e-3 to 1e-2 every 100 steps", () => {
    const rate = cyclicRate({ lowest: 1e-3, highest: 1e-2, cycle: 100 });
    expect(rate(0)).toBeCloseTo(1e-3, 12);
    expect(rate(25)).toBeCloseTo(5.5e-3, 12);
    expect(rate(50)).toBeCloseTo(1e-2, 12);
    expect(rate(75)).toBeCloseTo(5.5e-3, 12);
    expect(rate(100)).toBeCloseTo(1e-3, 12);
    expect(rate(150)).toBeCloseTo(1e-2, 12);
  });

  it("refuses rates that are no rates", () => {
    expect(() => cyclicRate({ lowest: 0, highest: 1, cycle: 10 })).toThrow(/0 < lowest/);
    expect(() => cyclicRate({ lowest: 1, highest: 0.5, cycle: 10 })).toThrow(/lowest <= highest/);
    expect(() => cyclicRate({ lowest: 1, highest: 2, cycle: 1 })).toThrow(/2 steps/);
  });
});

/** The points asked when every gradient is the one given. */
function points(optimiser: ReturnType<typeof createSgd>, gradients: number[]): number[] {
  return gradients.map((g) => {
    const x = optimiser.ask()[0]![0]!;
    optimiser.tell([{ value: 1, gradient: Float64Array.of(g) }]);
    return x;
  });
}

describe("first-order steps by hand", () => {
  it("sgd: momentum adds 0.9 of the last step", () => {
    const xs = points(createSgd({ start: [0], rate: 0.1 }), [1, 1, -2, 0.5]);
    [0, -0.1, -0.29, -0.261].forEach((x, i) => expect(xs[i]).toBeCloseTo(x, 12));
  });

  it("sgd: Nesterov looks ahead", () => {
    const xs = points(createSgd({ start: [0], rate: 0.1, momentum: 0.5, nesterov: true }), [1, 1, 1]);
    // v = -0.1, step = 0.5 v - 0.1; then v = -0.15.
    [0, -0.15, -0.325].forEach((x, i) => expect(xs[i]).toBeCloseTo(x, 12));
  });

  it("sgd: follows a rate that changes from step to step", () => {
    const rate = cyclicRate({ lowest: 0.1, highest: 0.3, cycle: 4 });
    const xs = points(createSgd({ start: [0], rate, momentum: 0 }), [1, 1, 1, 1]);
    [0, -0.1, -0.3, -0.6].forEach((x, i) => expect(xs[i]).toBeCloseTo(x, 12));
  });

  it("adam: the first step is the rate, whatever the gradient's size", () => {
    for (const size of [1e-4, 1, 1e6]) {
      const xs = points(createAdam({ start: [0], rate: 0.1 }), [size, size, size]);
      [0, -0.1, -0.2].forEach((x, i) => expect(xs[i]).toBeCloseTo(x, 4));
    }
  });

  it("adam: by hand for gradients 1 and -2", () => {
    const xs = points(createAdam({ start: [0], rate: 0.1 }), [1, -2, 1]);
    const mean = (0.1 * 0.9 + 0.1 * -2) / (1 - 0.81);
    const square = (0.001 * 0.999 + 0.001 * 4) / (1 - 0.999 ** 2);
    expect(xs[2]).toBeCloseTo(-0.1 - (0.1 * mean) / Math.sqrt(square), 6);
  });
});
