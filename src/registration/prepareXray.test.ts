import { describe, expect, it } from "vitest";
import type { Radiograph } from "../image/radiograph.ts";
import { createRandom } from "../random.ts";
import { prepareXray } from "./prepareXray.ts";

/** The same field on a detector of any size: soft blobs behind a left blade, a tilted upper one and noise; intensity. */
function xrayOf(side: number): Radiograph {
  const random = createRandom(7);
  const blobs = Array.from({ length: 10 }, () => ({
    ...{ x: random.uniform(0.2, 1), y: random.uniform(0.2, 1) },
    ...{ r: random.uniform(0.05, 0.15), depth: random.uniform(0.3, 1) },
  }));
  const data = Float32Array.from({ length: side * side }, (_, p) => {
    const [x, y] = [((p % side) + 0.5) / side, (Math.floor(p / side) + 0.5) / side];
    if (!isLive(x, y)) return random.poisson(3);
    const line = blobs.reduce(
      (sum, b) => sum + b.depth * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.r ** 2)),
      0,
    );
    return random.poisson(400 * Math.exp(-line));
  });
  return { data, width: side, height: side, kind: "intensity" };
}

const isLive = (x: number, y: number): boolean => x > 0.15 && y - 0.09 * x > 0.12;

describe("prepareXray", () => {
  it.each([256, 300, 1024])("finds the same blades on a detector of %i pixels a side", (side) => {
    const { collimation, weight } = prepareXray(xrayOf(side));
    expect(collimation.blades.map((blade) => blade.side).sort()).toEqual(["left", "top"]);
    let [wrong, kept] = [0, 0];
    weight.forEach((value, p) => {
      const [x, y] = [((p % side) + 0.5) / side, (Math.floor(p / side) + 0.5) / side];
      kept += value;
      if (value > 0 && !isLive(x, y)) wrong++;
    });
    expect(wrong / weight.length).toBeLessThan(0.001);
    // What is live but for the margin: 0.85 by about 0.82.
    expect(kept / weight.length).toBeGreaterThan(0.62);
    expect(1 - collimation.deadFraction).toBeCloseTo(0.695, 1);
  });

  it("takes line integrals of the bright end of a large image as of a small one", () => {
    const [small, large] = [256, 1024].map((side) => prepareXray(xrayOf(side)));
    const mean = (values: Float32Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(mean(large!.lineIntegral)).toBeCloseTo(mean(small!.lineIntegral), 1);
  });

  it("gives no weight to what is no number, nor to its surroundings", () => {
    const xray = xrayOf(256);
    xray.data[200 * 256 + 200] = Number.NaN;
    const { weight, lineIntegral } = prepareXray(xray);
    expect(weight[200 * 256 + 200]).toBe(0);
    expect(weight[203 * 256 + 197]).toBe(0);
    expect(weight[204 * 256 + 200]).toBe(1);
    expect(lineIntegral.every(Number.isFinite)).toBe(true);
  });
});
