import { afterAll, expect, it } from "vitest";
import type { Volume } from "../image/volume.ts";
import { projectMask } from "./maskProjection.ts";
import { alignedGrid, oddCamera, viewOf } from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

const projector = await createWasmProjector();
afterAll(() => projector.dispose());
const data = new Uint8Array(20 ** 3);
for (let i = 0; i < data.length; i++) data[i] = i % 20 >= 5 && i % 20 < 15 ? 1 : 0;
const mask: Volume = { data, size: [20, 20, 20], worldFromVoxel: alignedGrid(2), quantity: "label" };
const pose = viewOf(mask, "AP", [0, 0, 10, 0, 0, 0]);

it("is 1 exactly where the path through the mask is longer than the threshold", () => {
  const loaded = projector.load(mask);
  const paths = projector.drr(loaded, oddCamera, pose);
  for (const thresholdMm of [1, 20]) {
    const image = projectMask(projector, loaded, oddCamera, pose, { thresholdMm });
    expect(image).toEqual(paths.map((path) => (path > thresholdMm ? 1 : 0)));
    expect(image.some((value) => value === 1) && image.some((value) => value === 0)).toBe(true);
  }
});

it.each([
  [18, 14],
  [8, 8],
  [5, 29],
  [1, 1],
])("keeps the covered share of the detector at %i x %i pixels", (width, height) => {
  const loaded = projector.load(mask);
  const mean = (values: Float32Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const full = projectMask(projector, loaded, oddCamera, pose);
  const small = projectMask(projector, loaded, oddCamera, pose, { width, height });
  expect(small.length).toBe(width * height);
  expect(mean(small)).toBeCloseTo(mean(full), 5);
  expect(small.every((value) => value >= 0 && value <= 1 + 1e-6)).toBe(true);
});

it("averages whole blocks where the sizes divide", () => {
  const camera = { ...oddCamera, width: 36, height: 28 };
  const loaded = projector.load(mask);
  const full = projectMask(projector, loaded, camera, pose);
  const small = projectMask(projector, loaded, camera, pose, { width: 9, height: 7 });
  const block = (x: number, y: number): number => {
    let sum = 0;
    for (let i = 0; i < 16; i++) sum += full[(4 * y + (i >> 2)) * 36 + 4 * x + (i & 3)]!;
    return sum / 16;
  };
  small.forEach((value, i) => expect(value).toBeCloseTo(block(i % 9, Math.floor(i / 9)), 6));
});
