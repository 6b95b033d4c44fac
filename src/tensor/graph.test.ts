import { describe, expect, it } from "vitest";
import { gradient } from "./gradient.ts";
import { createGraph, reachableFrom } from "./graph.ts";
import { interpret } from "./interpreter.ts";
import * as t from "./ops/index.ts";

describe("hash-consing", () => {
  it("finds the node that already does the same, also with the operands exchanged", () => {
    const graph = createGraph();
    const [x, y] = [graph.input("x", [2, 3]), graph.input("y", [2, 3])];
    expect(t.add(x, y)).toBe(t.add(y, x));
    expect(t.sub(x, y)).not.toBe(t.sub(y, x));
    expect(t.sum(x, { axes: [-1] })).toBe(t.sum(x, { axes: [1] }));
    expect(t.softmax(x, 0)).not.toBe(t.softmax(x, 1));
    expect(graph.constant(2)).toBe(graph.constant(2));
    expect(graph.constant([1, 2])).not.toBe(graph.constant([1, 2], [2, 1]));
    expect(graph.input("x", [2, 3])).toBe(x);
  });

  it("keeps operations of different attributes apart", () => {
    const graph = createGraph();
    const [x, w] = [graph.input("x", [1, 1, 5, 5]), graph.parameter("w", [1, 1, 3, 3])];
    const nodes = [{}, { stride: 2 }, { padding: 1 }, { dilation: 2 }].map((options) =>
      t.conv2d(x, w, options),
    );
    expect(new Set(nodes).size).toBe(4);
    expect(t.conv2d(x, w, { stride: [2, 2] })).toBe(t.conv2d(x, w, { stride: 2 }));
  });

  it("removes what does nothing", () => {
    const graph = createGraph();
    const x = graph.input("x", [2, 3]);
    expect(t.add(x, 0)).toBe(x);
    expect(t.mul(1, x)).toBe(x);
    expect(t.neg(t.neg(x))).toBe(x);
    expect(t.reshape(t.reshape(x, [6]), [2, 3])).toBe(x);
    expect(t.transpose(t.transpose(x, [1, 0]), [1, 0])).toBe(x);
    expect(t.mul(x, t.broadcastTo(graph.input("s", [1, 3]), [2, 3])).inputs[1]).toBe(
      graph.input("s", [1, 3]),
    );
  });

  it("computes constants while building, and numerically the same", () => {
    const graph = createGraph();
    const two = t.mul(graph.constant([1, 2, 3]), 2);
    expect(two.constant).toEqual(Float64Array.of(2, 4, 6));
    expect(interpret([t.exp(two)])[0]).toEqual(Float64Array.of(2, 4, 6).map(Math.exp));
  });

  it("keeps the double backward of a network as long as the network, not as its square", () => {
    const sizeFor = (layers: number): number => {
      const graph = createGraph();
      const x = graph.input("x", [1, 2, 8, 8]);
      const weights = Array.from({ length: layers }, (_, i) => graph.parameter(`w${i}`, [2, 2, 3, 3]));
      const y = weights.reduce((h, w) => t.silu(t.instanceNorm(t.conv2d(h, w, { padding: 1 }))), x);
      const [dx] = gradient(t.mean(t.square(y)), [x]);
      return reachableFrom(gradient(t.sum(t.square(dx!)), weights)).length;
    };
    const [two, four, eight] = [sizeFor(2), sizeFor(4), sizeFor(8)];
    // Linear growth: the same number of nodes for each further layer.
    expect(eight! - four!).toBe(2 * (four! - two!));
    expect((eight! - four!) / 4).toBeLessThan(110);
  });
});

describe("labels", () => {
  it("follow the nesting of layers and their gradients", () => {
    const graph = createGraph();
    const x = graph.input("x", [3]);
    const y = graph.within("encoder", () => graph.within("stem", () => t.exp(x)));
    expect(y.label).toBe("encoder/stem");
    const [dx] = gradient(t.sum(t.mul(y, y)), [x]);
    expect(dx!.label).toMatch(/^gradient\//);
    expect(t.sin(x).label).toBe("");
  });
});

describe("errors name the operation, what came and what was expected", () => {
  const graph = createGraph();
  const x = graph.input("x", [1, 4, 8, 8]);
  const matrix = graph.input("m", [3, 4]);
  const kernel = graph.parameter("k", [6, 3, 3, 3]);
  it.each<[string, () => unknown, RegExp]>([
    [
      "channels",
      () => t.conv2d(x, kernel),
      /conv2d; got x \[1, 4, 8, 8\], weights \[6, 3, 3, 3\], groups 1; expected/,
    ],
    ["rank", () => t.conv3d(x, kernel), /conv3d; got x \[1, 4, 8, 8\]; expected a tensor of 5 axes/],
    ["groups", () => t.conv(x, graph.parameter("k1", [6, 1, 3, 3]), { groups: 3 }), /conv; .*groups 3/],
    [
      "a kernel too large",
      () => t.conv(x, graph.parameter("k2", [1, 4, 9, 9])),
      /no larger than the padded input/,
    ],
    [
      "stride zero",
      () => t.conv(x, graph.parameter("k3", [1, 4, 3, 3]), { stride: 0 }),
      /stride; got \[0, 0\]/,
    ],
    [
      "padding per axis",
      () => t.conv(x, graph.parameter("k4", [1, 4, 3, 3]), { padding: [1] }),
      /padding; got \[1\]/,
    ],
    [
      "transposed output",
      () => t.convTranspose(x, graph.parameter("k5", [4, 1, 2, 2]), [8, 8]),
      /convTranspose; got y/,
    ],
    ["matmul", () => t.matmul(matrix, matrix), /matmul; got \[3, 4\] times \[3, 4\]; expected/],
    ["matmul of vectors", () => t.matmul(graph.constant([1, 2]), matrix), /matmul; got \[2\]/],
    ["broadcast", () => t.add(x, graph.input("v", [3])), /add; got shapes \[1, 4, 8, 8\] and \[3\]/],
    ["broadcastTo", () => t.broadcastTo(matrix, [4]), /broadcastTo/],
    [
      "reshape",
      () => t.reshape(matrix, [5, -1]),
      /reshape; got \[3, 4\] to \[5, -1\]; expected a shape of 12/,
    ],
    ["transpose", () => t.transpose(matrix, [0, 0]), /transpose; got axes \[0, 0\]/],
    ["transpose of too few axes", () => t.transpose(matrix, [0]), /transpose; got axes \[0\] for \[3, 4\]/],
    ["slice", () => t.slice(matrix, [0, 3], [1, 2]), /slice; got start \[0, 3\], size \[1, 2\]/],
    ["pad", () => t.pad(matrix, [0, -1], [0, 0]), /pad; got before \[0, -1\]/],
    ["concat", () => t.concat([matrix, x], 0), /concat along axis 0; got \[3, 4\], \[1, 4, 8, 8\]/],
    ["nothing to concat", () => t.concat([], 0), /concat; got no tensors/],
    ["axis", () => t.sum(matrix, { axes: [2] }), /sum; got axes \[2\] for a tensor \[3, 4\]/],
    ["groupNorm", () => t.groupNorm(x, 3), /groupNorm; got 3 groups for \[1, 4, 8, 8\]/],
    ["avgPool", () => t.avgPool(x, { kernel: [2] }), /avgPool/],
    ["upsampleLinear", () => t.upsampleLinear(matrix), /upsampleLinear; got \[3, 4\]/],
    ["upsampleNearest", () => t.upsampleNearest(x, 0), /upsampleNearest; got factor \[0, 0\]/],
    ["leakyRelu", () => t.leakyRelu(x, 1), /leakyRelu; got slope 1/],
    ["shape of an input", () => graph.input("bad", [2, 0]), /input "bad"; got shape \[2, 0\]/],
    ["two shapes for one name", () => graph.input("x", [2]), /input "x"; got shape \[2\]/],
    ["two kinds for one name", () => graph.parameter("x", [1, 4, 8, 8]), /here input \[1, 4, 8, 8\]/],
    ["no name", () => graph.input("", [2]), /an empty name/],
    ["constant", () => graph.constant([1, 2, 3], [2]), /constant; got 3 values; expected 2 for shape \[2\]/],
    [
      "two graphs",
      () => t.add(matrix, createGraph().input("y", [3, 4])),
      /add; got tensors of different graphs/,
    ],
    ["gradient of a non-scalar", () => gradient(matrix, [matrix]), /gradient; got y \[3, 4\] with seed \[\]/],
    ["a missing feed", () => interpret([matrix], {}), /input "m"; got nothing; expected 12 values/],
    ["a short feed", () => interpret([matrix], { m: [1] }), /input "m"; got 1 values; expected 12/],
  ])("%s", (_name, act, message) => {
    expect(act).toThrow(message);
  });
});
