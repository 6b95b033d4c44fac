import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { interpret } from "../interpreter.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./layout.ts";
import { solveSymmetric } from "./solve.ts";

describe("solveSymmetric", () => {
  const matrices = [
    [4, 1, 0.5, 1, 3, -0.25, 0.5, -0.25, 2],
    [1, 0.9, 0, 0.9, 1, 0, 0, 0, 5e-3],
  ].flat();
  const vectors = [1, -2, 3, 0.5, 0.25, -1];

  it("solves every system of a batch, badly scaled ones too", () => {
    const graph = createGraph();
    const [a, b] = [graph.input("a", [2, 3, 3]), graph.input("b", [2, 3])];
    const back = matmul(a, reshape(solveSymmetric(a, b), [2, 3, 1]));
    const [product] = interpret([back], { a: matrices, b: vectors });
    product!.forEach((value, i) => expect(value).toBeCloseTo(vectors[i]!, 10));
  });

  it("refuses shapes that do not fit, naming them", () => {
    const graph = createGraph();
    const [a, b] = [graph.input("a", [2, 3, 3]), graph.input("b", [2, 4])];
    expect(() => solveSymmetric(a, b)).toThrow(/solveSymmetric.*\[2, 3, 3\].*\[2, 4\]/);
  });
});
