import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradient } from "../gradient.ts";
import { createGraph } from "../graph.ts";
import { interpret } from "../interpreter.ts";
import { expectClose, randomArray } from "../opCheck.testkit.ts";
import { sizeOf } from "../shape.ts";
import { conv, conv1d, conv2d, convTranspose } from "./conv.ts";

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Convolution spelled out for two dimensions, independent of the code under test. */
function plainConv2d(
  x: Float64Array,
  w: Float64Array,
  [channels, height, width]: [number, number, number],
  [filters, rows, columns]: [number, number, number],
  { stride, padding, dilation }: { stride: number; padding: number; dilation: number },
): number[] {
  const out: number[] = [];
  const extent = (size: number, taps: number): number =>
    Math.floor((size + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
  for (let f = 0; f < filters; f++) {
    for (let r = 0; r < extent(height, rows); r++) {
      for (let c = 0; c < extent(width, columns); c++) {
        let total = 0;
        for (let k = 0; k < channels; k++) {
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; j++) {
              const v = r * stride + i * dilation - padding;
              const u = c * stride + j * dilation - padding;
              if (v < 0 || u < 0 || v >= height || u >= width) continue;
              total += x[(k * height + v) * width + u]! * w[((f * channels + k) * rows + i) * columns + j]!;
            }
          }
        }
        out.push(total);
      }
    }
  }
  return out;
}

describe("conv2d", () => {
  it.each([
    { stride: 1, padding: 0, dilation: 1 },
    { stride: 2, padding: 1, dilation: 1 },
    { stride: 3, padding: 2, dilation: 2 },
  ])("is cross-correlation with $stride, $padding, $dilation", (options) => {
    const graph = createGraph();
    const y = conv2d(graph.input("x", [1, 2, 7, 6]), graph.parameter("w", [3, 2, 3, 2]), options);
    const feeds = { x: randomArray("x", 84), w: randomArray("w", 36) };
    expectClose(
      interpret([y], feeds)[0]!,
      plainConv2d(feeds.x, feeds.w, [2, 7, 6], [3, 3, 2], options),
      1e-14,
      "y",
    );
  });

  it("pads 'same' like TensorFlow: the odd zero goes after", () => {
    const graph = createGraph();
    const y = conv1d(graph.input("x", [1, 1, 4]), graph.constant([1, 10], [1, 1, 2]), { padding: "same" });
    expect([...interpret([y], { x: [1, 2, 3, 4] })[0]!]).toEqual([21, 32, 43, 4]);
  });
});

/** Random convolutions in one to three dimensions, valid by construction. */
const geometries = fc
  .record({
    rank: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inside: fc.integer({ min: 1, max: 2 }),
    perGroup: fc.integer({ min: 1, max: 2 }),
    axes: fc.array(
      fc.record({
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        padding: fc.integer({ min: 0, max: 2 }),
        extra: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 3, maxLength: 3 },
    ),
  })
  .map(({ rank, groups, inside, perGroup, axes }) => {
    const used = axes.slice(0, rank);
    return {
      x: [2, groups * inside, ...used.map((a) => a.dilation * (a.kernel - 1) + 1 + a.extra)],
      w: [groups * perGroup, inside, ...used.map((a) => a.kernel)],
      options: {
        groups,
        stride: used.map((a) => a.stride),
        dilation: used.map((a) => a.dilation),
        padding: used.map((a) => a.padding),
      },
    };
  });

describe("adjoints in one, two and three dimensions", () => {
  it("satisfy <conv(x, w), y> = <x, convDx(y, w)> = <w, convDw(x, y)>", () => {
    fc.assert(
      fc.property(geometries, ({ x: xShape, w: wShape, options }) => {
        const graph = createGraph();
        const [x, w] = [graph.input("x", xShape), graph.input("w", wShape)];
        const value = conv(x, w, options);
        const y = graph.input("y", value.shape);
        const [dx, dw] = gradient(value, [x, w], y);
        const feeds = Object.fromEntries(
          [x, w, y].map((n) => [n.name, randomArray(n.name, sizeOf(n.shape))]),
        );
        const [forward, backward, weights] = interpret([value, dx!, dw!], feeds);
        const expected = dot(forward!, feeds["y"]!);
        expect(dot(backward!, feeds["x"]!)).toBeCloseTo(expected, 10);
        expect(dot(weights!, feeds["w"]!)).toBeCloseTo(expected, 10);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it("convTranspose is the adjoint of conv", () => {
    const graph = createGraph();
    const [x, w] = [graph.input("x", [1, 2, 7, 6]), graph.input("w", [3, 2, 3, 3])];
    const value = conv2d(x, w, { stride: 2, padding: 1 });
    const y = graph.input("y", value.shape);
    const back = convTranspose(y, w, [7, 6], { stride: 2, padding: 1 });
    const feeds = Object.fromEntries([x, w, y].map((n) => [n.name, randomArray(n.name, sizeOf(n.shape))]));
    const [forward, backward] = interpret([value, back], feeds);
    expect(dot(backward!, feeds["x"]!)).toBeCloseTo(dot(forward!, feeds["y"]!), 12);
  });
});
