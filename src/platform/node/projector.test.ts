import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { createWasmProjector } from "../../projector/wasm.ts";
import { alignedGrid, noiseVolume, oddCamera, viewOf } from "../../projector/scenes.testkit.ts";
import { READY, JOB_BYTES } from "../../projector/jobLayout.ts";
import { kernelShared } from "../../projector/kernelBytes.generated.ts";
import { kernelThreadSource } from "../../projector/kernelThreads.ts";
import { createNodeProjector } from "./projector.ts";

const single = await createWasmProjector();
const several = await createNodeProjector({ threads: 3 });
afterAll(() => {
  single.dispose();
  several.dispose();
});
const volume = noiseVolume([40, 36, 44], alignedGrid(2));
const camera = { ...oddCamera, width: 131, height: 97, principalPointPx: [60, 50] as const };
const poses = Array.from({ length: 12 }, (_, i) =>
  viewOf(volume, i % 2 ? "AP" : "LAT", [i, -i, 2 * i, 0, i, 0]),
);

/** Bit for bit; element-wise matchers take seconds over such arrays. */
function expectSame(a: Float32Array, b: Float32Array): void {
  const bytes = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  expect(bytes(a).equals(bytes(b))).toBe(true);
}

describe("several threads", () => {
  it("are named in the backend", () => {
    expect(single.backend).toBe("wasm-simd x1");
    expect(several.backend).toBe("wasm-simd x3");
  });

  it("give the very images, Jacobians and batches of one thread, over many calls", () => {
    const [a, b] = [single.load(volume), several.load(volume)];
    for (const pose of [...poses, ...poses, ...poses]) {
      expectSame(several.drr(b, camera, pose), single.drr(a, camera, pose));
      const [x, y] = [several.drrWithJacobian(b, camera, pose), single.drrWithJacobian(a, camera, pose)];
      expectSame(x.image, y.image);
      expectSame(x.jacobian, y.jacobian);
    }
    const batch = several.drrBatch(b, camera, poses);
    expectSame(batch, single.drrBatch(a, camera, poses));
    const pixels = camera.width * camera.height;
    poses.forEach((pose, i) => {
      expectSame(batch.subarray(i * pixels, (i + 1) * pixels), single.drr(a, camera, pose));
    });
  });

  it("survive growth of the memory between jobs", () => {
    const grown = [1, 2, 3].map(() => several.load(noiseVolume([90, 90, 90], alignedGrid(1))));
    const a = single.load(volume);
    const b = several.load(volume);
    expectSame(several.drr(b, camera, poses[1]!), single.drr(a, camera, poses[1]!));
    for (const loaded of [...grown, a, b]) loaded.dispose();
  });
});

describe("createNodeProjector", () => {
  it("makes the reference, or says what it can make", async () => {
    expect((await createNodeProjector({ backend: "reference" })).backend).toBe("reference");
    await expect(createNodeProjector({ backend: "cuda" })).rejects.toThrow(/wasm or reference/);
    await expect(createNodeProjector({ threads: 0 })).rejects.toThrow(/whole number/);
  });

  it("falls back to one thread where shared memory is missing", async () => {
    const shared = globalThis.SharedArrayBuffer;
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    try {
      const projector = await createNodeProjector({ threads: 2 });
      expect(projector.backend).toBe("wasm-simd x1");
      const loaded = projector.load(volume);
      expectSame(
        projector.drr(loaded, camera, poses[1]!),
        single.drr(single.load(volume), camera, poses[1]!),
      );
    } finally {
      globalThis.SharedArrayBuffer = shared;
    }
  });
});

it("a sleeping thread does not keep a process alive", () => {
  const script = `
    const { Worker } = require("node:worker_threads");
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
    const module = new WebAssembly.Module(Buffer.from("${kernelShared}", "base64"));
    const data = { module, memory, control: 65536, scratch: 65536 + ${JOB_BYTES}, queue: 1 };
    const source = 'const start = require("node:worker_threads").workerData; ${kernelThreadSource}';
    new Worker(source, { eval: true, workerData: data }).unref();
    const ready = new Int32Array(memory.buffer, 65536 + ${READY}, 1);
    const timer = setInterval(() => Atomics.load(ready, 0) === 1 && clearInterval(timer), 5);`;
  const { status, error, stderr } = spawnSync(process.execPath, ["-e", script], { timeout: 30_000 });
  expect(stderr.toString()).toBe("");
  expect(error).toBeUndefined();
  expect(status).toBe(0);
});
