import { describe, expect, it } from "vitest";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { interpret } from "../tensor/interpreter.ts";
import { expectClose, finiteDifferences, randomArray } from "../tensor/opCheck.testkit.ts";
import { mean } from "../tensor/ops/arithmetic.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { equation7 } from "./gradientDirectionLoss.ts";
import { equation4, equation5, poseRegularisation } from "./poseLoss.ts";

const degree = Math.PI / 180;

function setUp(batch: number) {
  const graph = createGraph();
  const input = (name: string) => graph.input(name, [batch, 6]);
  return { graph, a: input("a"), b: input("b"), g: input("g"), s: graph.input("s", [batch]) };
}

describe("equation (4)", () => {
  it("is the mean norm of the error in degrees and mm", () => {
    const { a, b } = setUp(2);
    const feeds = {
      a: [3 * degree, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0],
      b: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    };
    expect(interpret([equation4(a, b)], feeds)[0]![0]).toBeCloseTo((5 + 2) / 2, 6);
  });

  it("has the gradient of finite differences, and a finite one at the truth", () => {
    const { a, b } = setUp(3);
    const feeds = { a: randomArray("a", 18), b: randomArray("b", 18) };
    const [slope] = gradient(equation4(a, b), [b]);
    expectClose(
      interpret([slope!], feeds)[0]!,
      finiteDifferences(equation4(a, b), b, feeds, 1e-4),
      1e-7,
      "eq. 4",
    );
    const [atTruth] = interpret([slope!], { a: feeds.a, b: feeds.a });
    expect(atTruth!.every((value) => Math.abs(value) === 0)).toBe(true);
  });
});

describe("equation (5)", () => {
  const { a, b, g, s } = setUp(2);
  const feeds = { a: randomArray("a", 12), b: randomArray("b", 12), g: randomArray("g", 12), s: [3, 5] };
  const terms = { truePose: a, pose: b, similarity: s, similarityGradient: g };

  it("is alpha L_sim + beta L_mse + lambda R", () => {
    const loss = equation5(terms, { alpha: 2, beta: 3, lambda: 0.5 });
    const [whole, error, penalty] = interpret([loss, equation4(a, b), poseRegularisation(b)], feeds);
    expect(whole![0]).toBeCloseTo(2 * 4 + 3 * error![0]! + 0.5 * penalty![0]!, 10);
    const [standard] = interpret([equation5(terms)], feeds);
    expect(standard![0]).toBeCloseTo(4 + error![0]! + 0.01 * penalty![0]!, 10);
  });

  it("passes on the given gradient of the similarity", () => {
    const slopeOf = (weights: { alpha: number; beta: number; lambda: number }) =>
      interpret(gradient(equation5(terms, weights), [b]), feeds)[0]!;
    expectClose(
      slopeOf({ alpha: 1, beta: 0, lambda: 0 }),
      feeds.g.map((v) => v / 2),
      1e-14,
      "similarity only",
    );
    const rest = finiteDifferences(equation5(terms, { alpha: 0 }), b, feeds, 1e-4);
    const all = slopeOf({ alpha: 1, beta: 1, lambda: 0.01 });
    expectClose(
      all,
      rest.map((v, i) => v + feeds.g[i]! / 2),
      1e-7,
      "all terms",
    );
  });

  it("regularises the squared pose in degrees and mm", () => {
    const pose = { b: [2 * degree, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1] };
    expect(interpret([poseRegularisation(b)], pose)[0]![0]).toBeCloseTo((4 + 9 + 1) / 2, 10);
  });

  it("names shapes that do not fit", () => {
    expect(() => equation4(a, s)).toThrow(/equation \(4\); got \[2, 6\], \[2\]/);
    expect(() => equation5({ ...terms, similarity: a })).toThrow(
      /similarity \[2, 6\]; expected one number an image, \[2\]/,
    );
  });
});

describe("equation (7)", () => {
  const { a, b } = setUp(1);
  const value = (network: number[], geodesic: number[]): number =>
    interpret([equation7(a, b)], { a: network, b: geodesic })[0]![0]!;

  it("is zero for parallel directions of any length, rotation and translation apart", () => {
    expect(value([1, 2, 3, 40, 50, 60], [0.1, 0.2, 0.3, 4, 5, 6])).toBeCloseTo(0, 5);
  });

  it("is 2 for each opposite part and sqrt 2 for each perpendicular one", () => {
    expect(value([1, 0, 0, 0, 5, 0], [-3, 0, 0, 0, -1, 0])).toBeCloseTo(4, 10);
    expect(value([1, 0, 0, 0, 5, 0], [0, 2, 0, 0, 1, 0])).toBeCloseTo(Math.SQRT2, 5);
  });

  it("has the gradient of finite differences", () => {
    const { a: network, b: geodesic } = setUp(3);
    const loss = mean(equation7(network, geodesic));
    const feeds = { a: randomArray("n", 18, [-2, 2]), b: randomArray("t", 18) };
    const [slope] = gradient(loss, [network]);
    expectClose(interpret([slope!], feeds)[0]!, finiteDifferences(loss, network, feeds, 1e-4), 1e-7, "eq. 7");
  });

  it("stays finite where a gradient vanishes", () => {
    const [slope] = gradient(sum(equation7(a, b)), [a]);
    const feeds = { a: [0, 0, 0, 1, 0, 0], b: [1, 0, 0, 1, 0, 0] };
    const results = interpret([equation7(a, b), slope!], feeds);
    expect(results.every((values) => values!.every(Number.isFinite))).toBe(true);
    expect(() => equation7(a, setUp(2).b)).toThrow(/equation \(7\); got \[1, 6\] and \[2, 6\]/);
  });
});
