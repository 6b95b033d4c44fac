import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directionalDerivative, gradient, stopGradient } from "./gradient.ts";
import { createGraph, reachableFrom } from "./graph.ts";
import { interpret } from "./interpreter.ts";
import { buildCase, expectClose, finiteDifferences, finiteForward } from "./opCheck.testkit.ts";
import * as t from "./ops/index.ts";
import type { Tensor } from "./primitive.ts";

describe("gradient", () => {
  it("is zero for what y does not depend on", () => {
    const graph = createGraph();
    const [x, z] = [graph.input("x", [2]), graph.input("z", [3])];
    const [dz] = gradient(t.sum(x), [z]);
    expect(interpret([dz!])[0]).toEqual(new Float64Array(3));
  });

  it("is taken with respect to intermediate tensors too", () => {
    const graph = createGraph();
    const x = graph.input("x", [3]);
    const middle = t.exp(x);
    const [dm, dx] = gradient(t.sum(t.mul(middle, middle)), [middle, x]);
    const [m, x2] = interpret([dm!, dx!], { x: [0, 1, -1] });
    expectClose(m!, [2, 2 * Math.E, 2 / Math.E], 1e-14, "d/dm");
    expectClose(x2!, [2, 2 * Math.E ** 2, 2 / Math.E ** 2], 1e-14, "d/dx");
  });

  it("does not pass stopGradient", () => {
    const graph = createGraph();
    const x = graph.input("x", [2]);
    const [dx] = gradient(t.sum(t.mul(x, stopGradient(x))), [x]);
    expect(interpret([dx!], { x: [3, 5] })[0]).toEqual(Float64Array.of(3, 5));
  });

  it("gives closed forms: third derivative of a polynomial", () => {
    const graph = createGraph();
    const x = graph.input("x", []);
    const y = t.mul(t.mul(x, x), t.mul(x, x));
    const [d1] = gradient(y, [x]);
    const [d2] = gradient(d1!, [x]);
    const [d3] = gradient(d2!, [x]);
    expect(interpret([d1!, d2!, d3!], { x: [2] }).map((v) => v[0])).toEqual([32, 48, 48]);
  });
});

describe("directional derivative", () => {
  it("leaves no trace of the seed it was derived with", () => {
    const { forward } = buildCase({
      name: "forward",
      shapes: [
        [2, 2, 5, 5],
        [3, 2, 3, 3],
      ],
      build: (x, w) => t.softmax(t.gelu(t.instanceNorm(t.conv2d(x, w))), 1),
    });
    expect(reachableFrom([forward]).some((node) => node.op === "placeholder")).toBe(false);
  });

  it("of the gradient gives the same double backward as the gradient of the gradient", () => {
    const graph = createGraph();
    const [x, w, d] = [
      graph.input("x", [1, 2, 5, 5]),
      graph.parameter("w", [2, 2, 3, 3]),
      graph.input("d", [1, 2, 5, 5]),
    ];
    const loss = t.mean(t.square(t.silu(t.conv2d(x, w, { padding: 1 }))));
    const [reverse] = gradient(t.sum(t.mul(gradient(loss, [x])[0]!, d)), [w]);
    const [forward] = gradient(directionalDerivative([loss], [x], [d])[0]!, [w]);
    const feeds = Object.fromEntries(
      [x, w, d].map((n, i) => [
        n.name,
        Float64Array.from({ length: 50 - (n === w ? 14 : 0) }, (_, k) => Math.sin(k * (i + 1))),
      ]),
    );
    const [a, b] = interpret([reverse!, forward!], feeds);
    expectClose(a!, b!, 1e-13, "dw");
  });
});

/** Operations that keep the shape [2, 3, 4], to chain at random. */
const steps: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x) => t.tanh(x),
  (x) => t.silu(x),
  (x) => t.gelu(x),
  (x) => t.softmax(x, 1),
  (x) => t.normalise(x, [2], 0.1),
  (x, y) => t.add(x, y),
  (x, y) => t.mul(x, y),
  (x, y) => t.div(x, t.add(t.square(y), 1)),
  (x, y) => t.matmul(t.matmul(x, y, { transposeB: true }), x),
  (x) => t.transpose(t.transpose(t.sin(x), [2, 0, 1]), [1, 2, 0]),
  (x) => t.reshape(t.erf(t.reshape(x, [4, 6])), [2, 3, 4]),
  (x, y) => t.sliceAxis(t.concat([x, y], 1), 1, 2, 3),
  (x, y) => t.conv1d(x, t.reshape(t.sliceAxis(t.reshape(y, [24]), 0, 3, 18), [3, 3, 2]), { padding: "same" }),
  (x) => t.upsampleNearest(t.avgPool(x, { kernel: 2 }), 2),
  (x) => t.avgPool(t.upsampleLinear(x), { kernel: 3, stride: 2, padding: 1 }),
  (x, y) => t.sub(t.mean(x, { axes: [2], keepDims: true }), t.cos(y)),
];

describe("random graphs", () => {
  it("have the first, second and forward derivatives that finite differences give", () => {
    const walk = fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(3), fc.nat(3)), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(walk, (choices) => {
        const built = buildCase({
          name: "random",
          shapes: [
            [2, 3, 4],
            [2, 3, 4],
          ],
          build: (a, b) => {
            const pool = [a, b];
            for (const [which, i, j] of choices) {
              pool.unshift(steps[which]!(pool[i % pool.length]!, pool[j % pool.length]!));
            }
            return pool[0]!;
          },
        });
        const { inputs, loss, first, firstLoss, second, feeds, y, forward, directions } = built;
        const [gradients, seconds] = [interpret(first, feeds), interpret(second, feeds)];
        inputs.forEach((x, i) => {
          expectClose(gradients[i]!, finiteDifferences(loss, x, feeds), 1e-6, "first");
          expectClose(seconds[i]!, finiteDifferences(firstLoss, x, feeds), 1e-6, "second");
        });
        expectClose(interpret([forward], feeds)[0]!, finiteForward(y, feeds, directions), 1e-6, "forward");
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
