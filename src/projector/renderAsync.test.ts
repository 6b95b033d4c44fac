import { afterAll, describe, expect, it } from "vitest";
import { renderDrr, renderDrrBatch } from "./renderAsync.ts";
import { alignedGrid, largestDifference, noiseVolume, oddCamera, viewOf } from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

const projector = await createWasmProjector();
afterAll(() => projector.dispose());
const volume = noiseVolume([30, 30, 30], alignedGrid(2));
const loaded = projector.load(volume);
const pose = viewOf(volume, "AP", [3, 4, 5, 0, 0, 0]);
const tall = { ...oddCamera, height: 700 };

describe("renderDrr", () => {
  it("gives the image of drr, reports progress and lets timers run", async () => {
    const seen: number[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    const image = await renderDrr(projector, loaded, tall, pose, { onProgress: (x) => seen.push(x) });
    clearInterval(timer);
    expect(largestDifference(image, projector.drr(loaded, tall, pose))).toBeLessThan(1e-6);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    expect(ticks).toBeGreaterThan(0);
  });

  it("stops when aborted, before and during the work", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const render = renderDrr(projector, loaded, tall, pose, {
      signal: controller.signal,
      onProgress: (x) => {
        seen.push(x);
        controller.abort();
      },
    });
    await expect(render).rejects.toMatchObject({ code: "aborted" });
    expect(seen.length).toBe(1);
    await expect(renderDrr(projector, loaded, tall, pose, { signal: controller.signal })).rejects.toThrow();
  });
});

it("renderDrrBatch gives the images of drrBatch and can be aborted", async () => {
  const poses = [1, 2, 3, 4, 5].map((i) => viewOf(volume, "LAT", [i, 2 * i, -i, 0, 0, 0]));
  const images = await renderDrrBatch(projector, loaded, oddCamera, poses);
  expect(images).toEqual(projector.drrBatch(loaded, oddCamera, poses));
  const controller = new AbortController();
  const onProgress = (): void => controller.abort();
  const batch = renderDrrBatch(projector, loaded, oddCamera, poses, {
    signal: controller.signal,
    onProgress,
  });
  await expect(batch).rejects.toMatchObject({ code: "aborted" });
});
