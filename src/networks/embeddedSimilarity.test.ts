import { describe, expect, it } from "vitest";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { interpret } from "../tensor/interpreter.ts";
import { expectClose, finiteDifferences, randomArray } from "../tensor/opCheck.testkit.ts";
import { silu } from "../tensor/ops/activation.ts";
import { mul } from "../tensor/ops/arithmetic.ts";
import { conv2d } from "../tensor/ops/conv.ts";
import { sum } from "../tensor/ops/reduction.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type FeatureDistance, embeddedSimilarity, equation6, maskForFeature } from "./embeddedSimilarity.ts";
import { poseGradient } from "./poseGradient.ts";

const distances: FeatureDistance[] = ["pixel", "element", "squared"];

function setUp() {
  const graph = createGraph();
  const feature = (name: string): Tensor => graph.input(name, [2, 3, 2, 2]);
  return { graph, m: feature("m"), f: feature("f"), mask: graph.input("mask", [2, 1, 2, 2]) };
}

describe("equation (6)", () => {
  it.each([
    ["pixel", 5],
    ["element", (3 + 4 + 0) / 3],
    ["squared", (9 + 16 + 0) / 3],
  ] as const)("reads the norm as %s", (distance, expected) => {
    const { m, f, mask } = setUp();
    // The first image differs at its pixels 0 and 3 by (3, 4, 0); pixel 3 is outside the mask.
    const difference = new Float64Array(24);
    for (const pixel of [0, 3]) difference.set([3], pixel);
    for (const pixel of [0, 3]) difference.set([-4], 4 + pixel);
    const base = randomArray("base", 24);
    const feeds = { m: base.map((v, i) => v + difference[i]!), f: base, mask: [1, 1, 0, 0, 0, 0, 0, 0] };
    const [first, second] = interpret([equation6(m, f, mask, distance)], feeds)[0]!;
    expect(first).toBeCloseTo(expected / 2, 2);
    expect(second).toBe(0);
  });

  it.each(distances)("ignores what the mask hides, gradient included (%s)", (distance) => {
    const { m, f, mask } = setUp();
    const loss = sum(equation6(m, f, mask, distance));
    const feeds = { m: randomArray("m", 24), f: randomArray("f", 24), mask: [1, 0, 1, 0, 0, 1, 1, 1] };
    const slope = interpret(gradient(loss, [m]), feeds)[0]!;
    expectClose(slope, finiteDifferences(loss, m, feeds, 1e-4), 1e-6, "gradient");
    slope.forEach((value, i) => {
      const visible = feeds.mask[(i >= 12 ? 4 : 0) + (i % 4)] === 1;
      expect(value !== 0).toBe(visible);
    });
  });

  it("names shapes that do not fit", () => {
    const { graph, m, mask } = setUp();
    const other = graph.input("o", [2, 3, 4, 4]);
    expect(() => equation6(m, other, mask)).toThrow(
      /equation \(6\); got features \[2, 3, 2, 2\] and \[2, 3, 4, 4\]/,
    );
    expect(() => embeddedSimilarity([m, m], [m], mask)).toThrow(/got 2 and 1 features/);
    expect(() => maskForFeature(graph.input("p", [2, 1, 3, 3]), m)).toThrow(
      /Projected mask; got \[2, 1, 3, 3\]/,
    );
  });
});

describe("projected mask", () => {
  it("is binarised, then shrunk by majority", () => {
    const graph = createGraph();
    const projected = graph.input("p", [1, 1, 4, 4]);
    const feature = graph.input("f", [1, 7, 2, 2]);
    const p = [0.1, 30, 0, 0, 2, 0, 0, 5, 1, 1, 1, 1, 1, 1, 0, 0];
    // Blocks with 3, 1, 4 and 2 crossed pixels of 4.
    expect([...interpret([maskForFeature(projected, feature)], { p })[0]!]).toEqual([1, 0, 1, 0]);
  });
});

describe("network similarity", () => {
  it("sums over features of several sizes, each with the mask at its own size", () => {
    const graph = createGraph();
    const fine = [graph.input("a", [1, 2, 4, 4]), graph.input("b", [1, 2, 4, 4])] as const;
    const coarse = [graph.input("c", [1, 3, 2, 2]), graph.input("d", [1, 3, 2, 2])] as const;
    const mask = graph.input("mask", [1, 1, 8, 8]);
    const both = embeddedSimilarity([fine[0], coarse[0]], [fine[1], coarse[1]], mask);
    const apart = [
      equation6(...fine, maskForFeature(mask, fine[0])),
      equation6(...coarse, maskForFeature(mask, coarse[0])),
    ];
    const sizes = { a: 32, b: 32, c: 12, d: 12 };
    const feeds = {
      ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, randomArray(name, size)])),
      mask: randomArray("mask", 64),
    };
    const [total, first, second] = interpret([both, ...apart], feeds);
    expect(total![0]).toBeCloseTo(first![0]! + second![0]!, 12);
  });

  it("without a mask is the same as with one of ones", () => {
    const { m, f, graph } = setUp();
    const feeds = { m: randomArray("m", 24), f: randomArray("f", 24), all: new Float64Array(8).fill(1) };
    const [plain, masked] = interpret(
      [embeddedSimilarity([m], [f]), embeddedSimilarity([m], [f], graph.input("all", [2, 1, 2, 2]))],
      feeds,
    );
    expect(plain).toEqual(masked);
  });
});

describe("pose gradient", () => {
  const graph = createGraph();
  const moving = graph.input("moving", [2, 1, 4, 4]);
  const w = graph.parameter("w", [2, 1, 3, 3]);
  const motion = {
    twistJacobian: graph.input("j", [2, 6, 4, 4]),
    twistFromTheta: graph.input("t", [2, 6, 6]),
  };
  const features = silu(conv2d(moving, w, { padding: 1 }));
  const loss = sum(mul(features, features), { axes: [1, 2, 3] });

  it("is the derivative of the loss along the images of the six motions", () => {
    const feeds = {
      ...{ moving: randomArray("moving", 32), w: randomArray("w", 18) },
      ...{ j: randomArray("j", 192), t: randomArray("t", 72) },
    };
    const [slopes] = interpret([poseGradient(loss, moving, motion)], feeds);
    for (let n = 0; n < 2; n++) {
      for (let q = 0; q < 6; q++) {
        const at = (h: number): number => {
          const image = feeds.moving.map((value, i) => {
            if (Math.floor(i / 16) !== n) return value;
            let change = 0;
            for (let k = 0; k < 6; k++)
              change += feeds.j[(n * 6 + k) * 16 + (i % 16)]! * feeds.t[n * 36 + k * 6 + q]!;
            return value + h * change;
          });
          return interpret([loss], { ...feeds, moving: image })[0]![n]!;
        };
        expect(slopes![n * 6 + q]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 6);
      }
    }
  });

  it("names shapes that do not fit", () => {
    expect(() => poseGradient(sum(loss), moving, motion)).toThrow(/poseGradient; got \[\], \[2, 1, 4, 4\]/);
  });
});
