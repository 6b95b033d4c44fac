import { describe, expect, it } from "vitest";
import { createRandom } from "../../random.ts";
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
