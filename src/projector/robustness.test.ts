import { afterAll, describe, expect, it } from "vitest";
import { SopiError } from "../errors.ts";
import { identity4 } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import type { KernelVolume } from "./kernelVolume.ts";
import type { Projector } from "./projector.ts";
import { createReferenceProjector } from "./reference.ts";
import { alignedGrid, blobVolume, largest, noiseVolume, oddCamera, viewOf } from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

const wasm = await createWasmProjector();
afterAll(() => wasm.dispose());
const backends: [string, Projector][] = [
  ["wasm", wasm],
  ["reference", createReferenceProjector()],
  ["reference uniform", createReferenceProjector({ sampling: "uniform", stepMm: 1 })],
];
const volume = noiseVolume([20, 18, 16], alignedGrid(2));

describe.each(backends)("%s", (_, projector) => {
  it.each([
    ["behind the source", [5, 6, 7, -760, 0, 0]],
    ["far beside the detector", [0, 0, 0, 0, 900, 0]],
  ] as const)("sees nothing of a volume %s", (_name, pose) => {
    const { image, jacobian } = projector.drrWithJacobian(
      projector.load(volume),
      oddCamera,
      viewOf(volume, "AP", pose),
    );
    expect(largest(image)).toBe(0);
    expect(largest(jacobian)).toBe(0);
    expect(image.every(Number.isFinite) && jacobian.every(Number.isFinite)).toBe(true);
  });

  it("gives finite values with the source inside the volume, along an axis or between voxels", () => {
    const loaded = projector.load(volume);
    for (const txMm of [-700, -699.3, -690]) {
      const { image, jacobian } = projector.drrWithJacobian(
        loaded,
        oddCamera,
        viewOf(volume, "AP", [0, 0, 0, txMm, 0, 0]),
      );
      expect(largest(image)).toBeGreaterThan(0.01);
      expect(image.every(Number.isFinite) && jacobian.every(Number.isFinite)).toBe(true);
    }
  });

  it("adds up: scaled and summed volumes give scaled and summed images", () => {
    const other = blobVolume(volume.size as [number, number, number], volume.worldFromVoxel);
    const mixed: Volume = {
      ...volume,
      data: Float32Array.from(volume.data, (x, i) => 3 * x - 2 * other.data[i]!),
    };
    const pose = viewOf(volume, "LAT", [4, 5, 6, 0, 0, 0]);
    const [a, b, c] = [volume, other, mixed].map((v) => projector.drr(projector.load(v), oddCamera, pose));
    const worst = largest(c!.map((x, i) => x - (3 * a![i]! - 2 * b![i]!)));
    expect(worst).toBeLessThan((projector === wasm ? 5e-4 : 1e-5) * largest(a!));
  });

  it("takes every kind of numbers a volume may have", () => {
    const data = Uint8Array.from({ length: 4 * 5 * 6 }, (_, i) => i % 7);
    const pose = viewOf({ ...volume, data, size: [4, 5, 6] }, "AP", [3, 2, 1, 0, 0, 0]);
    const images = [Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array, Float64Array].map(
      (Kind) => {
        const loaded = projector.load({ ...volume, data: Kind.from(data), size: [4, 5, 6] });
        return projector.drr(loaded, oddCamera, pose);
      },
    );
    expect(largest(images[0]!)).toBeGreaterThan(1);
    for (const image of images) expect(image).toEqual(images[0]);
  });

  it("does not depend on what was in the output before", () => {
    const loaded = projector.load(volume);
    const pose = viewOf(volume, "AP", [0, 0, 0, 0, 15, 0]);
    const fresh = projector.drr(loaded, oddCamera, pose);
    const used = new Float32Array(fresh.length).fill(Number.NaN);
    projector.drr(loaded, oddCamera, viewOf(volume, "AP", [90, 0, 0, 0, 0, 0]), used);
    expect(projector.drr(loaded, oddCamera, pose, used)).toBe(used);
    expect(used).toEqual(fresh);
  });

  it.each([
    ["a NaN voxel", () => projector.load({ ...volume, data: new Float32Array(5760).fill(Number.NaN) })],
    ["too few voxels", () => projector.load({ ...volume, data: new Float32Array(5) })],
    ["a flat grid", () => projector.load({ ...volume, worldFromVoxel: new Array<number>(16).fill(0) })],
    [
      "a pose that is not rigid",
      () =>
        projector.drr(
          projector.load(volume),
          oddCamera,
          identity4.map((x) => 2 * x),
        ),
    ],
    [
      "a pose of NaN",
      () =>
        projector.drr(
          projector.load(volume),
          oddCamera,
          identity4.map(() => Number.NaN),
        ),
    ],
    [
      "a detector without rows",
      () => projector.drr(projector.load(volume), { ...oddCamera, height: 0 }, identity4),
    ],
    [
      "an output of the wrong length",
      () => projector.drr(projector.load(volume), oddCamera, identity4, new Float32Array(7)),
    ],
  ])("refuses %s in one sentence", (_name, call) => {
    expect(call).toThrow(SopiError);
  });
});

describe("the wasm projector's memory", () => {
  it("stays within three times the volume, whatever the views", async () => {
    const projector = await createWasmProjector();
    const side = 160;
    const big = { ...volume, data: new Int16Array(side ** 3).fill(7), size: [side, side, side] as const };
    const loaded = projector.load(big) as KernelVolume;
    const images = (["AP", "LAT", "AP"] as const).map((view, i) =>
      projector.drr(loaded, oddCamera, viewOf(big, view, [2, i === 2 ? 85 : 3, 4, 0, 0, 0])),
    );
    expect(images.every((image) => largest(image) > 100)).toBe(true);
    expect(loaded.kernel.heap.memory.buffer.byteLength).toBeLessThan(3 * 4 * side ** 3);
    const again = projector.drr(loaded, oddCamera, viewOf(big, "AP", [2, 3, 4, 0, 0, 0]));
    expect(again).toEqual(images[0]);
    projector.dispose();
  });

  it("refuses volumes that it did not load or that were released", async () => {
    const own = wasm.load(volume);
    own.dispose();
    own.dispose();
    expect(() => wasm.drr(own, oddCamera, identity4)).toThrow(/released/);
    const foreign = createReferenceProjector().load(volume);
    expect(() => wasm.drr(foreign, oddCamera, identity4)).toThrow(/loaded elsewhere/);
    const other = await createWasmProjector();
    const loaded = other.load(volume);
    other.dispose();
    expect(() => other.drr(loaded, oddCamera, identity4)).toThrow(/dispose/);
  });

  it("keeps every layout that a batch of views from all sides needs", async () => {
    const projector = await createWasmProjector();
    const loaded = projector.load(volume);
    const poses = [0, 1, 2, 3, 4, 5].map((i) =>
      viewOf(volume, i % 2 ? "AP" : "LAT", [2, i % 3 ? 4 : 85, i, 0, 0, 0]),
    );
    const batch = projector.drrBatch(loaded, oddCamera, poses);
    const pixels = oddCamera.width * oddCamera.height;
    poses.forEach((pose, i) => {
      expect(batch.subarray(i * pixels, (i + 1) * pixels)).toEqual(projector.drr(loaded, oddCamera, pose));
    });
    projector.dispose();
  });

  it("is used again after volumes are released", async () => {
    const projector = await createWasmProjector();
    const big = noiseVolume([60, 60, 60], alignedGrid(1));
    const pose = viewOf(big, "LAT", [1, 2, 3, 0, 0, 0]);
    const first = projector.load(big);
    const image = projector.drr(first, oddCamera, pose);
    first.dispose();
    const addresses = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const loaded = projector.load(big) as ReturnType<Projector["load"]> & {
        planes(axis: 0): { base: number };
      };
      expect(projector.drr(loaded, oddCamera, pose)).toEqual(image);
      addresses.add(loaded.planes(0).base);
      loaded.dispose();
    }
    expect(addresses.size).toBeLessThanOrEqual(2);
    projector.dispose();
  });
});
