import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { interpret } from "../interpreter.ts";
import type { Tensor } from "../primitive.ts";
import * as t from "./index.ts";

/** Values of one operation on one input. */
function apply(build: (x: Tensor) => Tensor, values: readonly number[], shape = [values.length]): number[] {
  const x = createGraph().input("x", shape);
  return [...interpret([build(x)], { x: values })[0]!];
}

const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 12));

describe("values known from elsewhere", () => {
  it("erf (Abramowitz & Stegun, table 7.1 and its asymptotic tail)", () => {
    const x = [0, 0.5, 1, 2, 3, -1, 7];
    const table = [0, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9999779095030014];
    expect(apply(t.erf, x)).toEqual(near([...table, -0.8427007929497149, 1]));
  });

  it("gelu and silu", () => {
    expect(apply(t.gelu, [-1, 0, 2])).toEqual(near([-0.15865525393145707, 0, 1.9544997361036416]));
    expect(apply(t.silu, [-1, 0, 2])).toEqual(near([-0.2689414213699951, 0, 1.7615941559557649]));
  });

  it("relu, leakyRelu, step, sign and abs at and around zero", () => {
    expect(apply(t.relu, [-2, 0, 3])).toEqual([0, 0, 3]);
    expect(apply((x) => t.leakyRelu(x, 0.1), [-2, 0, 3])).toEqual([-0.2, 0, 3]);
    expect(apply(t.step, [-2, 0, 3])).toEqual([0, 0, 1]);
    expect(apply(t.sign, [-2, 0, 3])).toEqual([-1, 0, 1]);
    expect(apply(t.abs, [-2, 0, 3])).toEqual([2, 0, 3]);
  });

  it("softmax of numbers too large for exp", () => {
    expect(apply((x) => t.softmax(x), [1000, 1000 + Math.log(3)])).toEqual(near([0.25, 0.75]));
  });

  it("bilinear upsampling with half-pixel centres and a repeated border", () => {
    expect(apply(t.upsampleLinear, [0, 4, 8], [1, 1, 3])).toEqual([0, 1, 3, 5, 7, 8]);
    const image = apply(t.upsampleLinear, [0, 4, 8, 12], [1, 1, 2, 2]);
    expect(image).toEqual([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12]);
  });

  it("average pooling, whole blocks and overlapping windows", () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(apply((i) => t.avgPool(i, { kernel: 2 }), [...x, 0, 1, 2], [1, 1, 2, 6])).toEqual([4.5, 4, 3.5]);
    expect(apply((i) => t.avgPool(i, { kernel: 2, stride: 1 }), x, [1, 1, 3, 3])).toEqual([3, 4, 6, 7]);
    expect(apply(t.globalAvgPool, x, [1, 1, 3, 3])).toEqual([5]);
  });

  it("nearest upsampling", () => {
    expect(apply((x) => t.upsampleNearest(x, 2), [1, 2], [1, 1, 1, 2])).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it("normalisations give mean 0 and variance 1 over their axes", () => {
    const values = Array.from({ length: 24 }, (_, i) => 100 + Math.sin(i) * (i + 1));
    const moments = (list: readonly number[]): [number, number] => {
      const mean = list.reduce((a, b) => a + b, 0) / list.length;
      return [mean, list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length];
    };
    const group = apply((x) => t.groupNorm(x, 2, { epsilon: 1e-12 }), values, [1, 4, 2, 3]);
    const channel = apply((x) => t.channelNorm(x, { epsilon: 1e-12 }), values, [1, 4, 2, 3]);
    for (const part of [group.slice(0, 12), group.slice(12), channel.filter((_, i) => i % 6 === 4)]) {
      expect(moments(part)).toEqual([expect.closeTo(0, 9), expect.closeTo(1, 9)]);
    }
  });
});
