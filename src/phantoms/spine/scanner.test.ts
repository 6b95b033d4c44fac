import { expect, test } from "vitest";
import { createRandom } from "../../random.ts";
import { createCanvas } from "./canvas.ts";
import { scan } from "./scanner.ts";
import { createTexture } from "./texture.ts";

const grid = { size: [40, 30, 20], spacingMm: [1, 1, 2], originMm: [0, 0, 0] } as const;

test("noise has the asked deviation and no mean; the range is that of 12 bits", () => {
  const canvas = createCanvas(grid);
  canvas.hu.fill(40);
  canvas.hu[0] = 9000;
  canvas.hu[1] = -3000;
  const out = scan(canvas, { noiseHu: 12, kernelMm: 0 }, createRandom(1));
  const values = [...out.subarray(2)];
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean - 40)).toBeLessThan(0.4);
  expect(Math.abs(Math.sqrt(variance) - 12)).toBeLessThan(0.4);
  expect([out[0], out[1]]).toEqual([3071, -1024]);
});

test("the kernel keeps the sum and has its width in mm along every axis", () => {
  const canvas = createCanvas(grid);
  canvas.hu.fill(0);
  canvas.hu[20 + 40 * (15 + 30 * 10)] = 3e5;
  scan(canvas, { noiseHu: 0, kernelMm: 1.5 }, createRandom(1));
  const moments = [0, 0, 0];
  let sum = 0;
  canvas.hu.forEach((value, n) => {
    sum += value;
    const offset = [(n % 40) - 20, (Math.floor(n / 40) % 30) - 15, 2 * (Math.floor(n / 1200) - 10)];
    offset.forEach((mm, a) => (moments[a]! += value * mm * mm));
  });
  expect(sum / 3e5).toBeCloseTo(1, 4);
  for (const moment of moments) expect(Math.abs(moment / sum - 2.25)).toBeLessThan(0.2);
});

test("textures are seeded, bounded, smooth and without mean", () => {
  const texture = createTexture(5, 8);
  let [sum, most, jump] = [0, 0, 0];
  for (let n = 0; n < 8000; n++) {
    const [x, y, z] = [(n % 20) * 3.1, (Math.floor(n / 20) % 20) * 2.7, Math.floor(n / 400) * 3.3];
    const value = texture(x, y, z);
    sum += value;
    most = Math.max(most, Math.abs(value));
    jump = Math.max(jump, Math.abs(texture(x + 0.1, y, z) - value));
  }
  expect(most).toBeLessThanOrEqual(1);
  expect(Math.abs(sum / 8000)).toBeLessThan(0.05);
  expect(jump).toBeLessThan(0.06);
  expect(createTexture(5, 8)(1, 2, 3)).toBe(texture(1, 2, 3));
  expect(createTexture(6, 8)(1, 2, 3)).not.toBe(texture(1, 2, 3));
});
