import { expect, test } from "vitest";
import { createBrowserProjector } from "../../src/platform/browser/projector.ts";
import {
  alignedGrid,
  largestDifference,
  noiseVolume,
  oddCamera,
  viewOf,
} from "../../src/projector/scenes.testkit.ts";

test("Web Workers render the very images of one thread", async () => {
  expect(typeof SharedArrayBuffer).toBe("function");
  const volume = noiseVolume([40, 36, 44], alignedGrid(2));
  const camera = { ...oddCamera, width: 131, height: 97, principalPointPx: [60, 50] as const };
  const single = await createBrowserProjector({ threads: 1 });
  const several = await createBrowserProjector({ threads: 2 });
  expect([single.backend, several.backend]).toEqual(["wasm-simd x1", "wasm-simd x2"]);
  const [a, b] = [single.load(volume), several.load(volume)];
  for (let i = 0; i < 30; i++) {
    const pose = viewOf(volume, i % 2 ? "AP" : "LAT", [i, -i, 2 * i, 0, i, 0]);
    expect(largestDifference(several.drr(b, camera, pose), single.drr(a, camera, pose))).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  single.dispose();
  several.dispose();
});
