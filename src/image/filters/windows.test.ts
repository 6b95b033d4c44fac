import { describe, expect, it } from "vitest";
import { createRandom } from "../../random.ts";
import { blockMean } from "./blockMean.ts";
import { dilateSquare } from "./dilate.ts";

describe("dilateSquare", () => {
  it.each([0, 1, 3, 50])("marks what a square window of reach %i meets", (reach) => {
    const [width, height] = [23, 17];
    const random = createRandom(3);
    const mask = Uint8Array.from({ length: width * height }, () => (random.uniform(0, 1) < 0.02 ? 1 : 0));
    const found = dilateSquare(mask, width, height, reach);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let near = 0;
        for (let j = Math.max(0, y - reach); j <= Math.min(height - 1, y + reach); j++) {
          for (let i = Math.max(0, x - reach); i <= Math.min(width - 1, x + reach); i++) {
            near = Math.max(near, mask[j * width + i]!);
          }
        }
        expect(found[y * width + x]).toBe(near);
      }
    }
  });
});

describe("blockMean", () => {
  it("is the mean of whole blocks, at their centres, and leaves the rest out", () => {
    const [width, height, factor] = [10, 7, 3];
    // On a plane the mean of a block is the value at its centre.
    const plane = Float32Array.from(
      { length: 70 },
      (_, p) => 2 * (p % width) - 5 * Math.floor(p / width) + 1,
    );
    const means = blockMean(plane, width, height, factor);
    expect([means.width, means.height]).toEqual([3, 2]);
    means.data.forEach((value, p) => {
      const [x, y] = [factor * (p % 3) + 1, factor * Math.floor(p / 3) + 1];
      expect(value).toBeCloseTo(2 * x - 5 * y + 1, 4);
    });
    expect(blockMean(plane, width, height, 1).data).toEqual(plane);
  });
});
