import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { afterAll, bench, describe } from "vitest";
import { createWebRuntime } from "../src/platform/browser/onnxSession.ts";
import { createNodeRuntime } from "../src/platform/node/onnxSession.ts";
import { createRandom } from "../src/random.ts";
import { createGraph } from "../src/tensor/graph.ts";
import { gradient } from "../src/tensor/gradient.ts";
import { kaimingNormal } from "../src/tensor/initialiser.ts";
import * as t from "../src/tensor/ops/index.ts";
import { initialiseParameters } from "../src/tensor/parameterStore.ts";
import { createAdam } from "../src/tensor/parameterUpdate.ts";
import type { Tensor } from "../src/tensor/primitive.ts";
import { createScope } from "../src/tensor/scope.ts";
import { type GraphSession, type TensorRuntime, compile } from "../src/tensor/session.ts";
import { sizeOf } from "../src/tensor/shape.ts";

/*
 * An encoder of the size trained here: five convolutions with group normalisation and SiLU, 128 x 128,
 * batch 4. Times are the least of N runs; engines are compared by ratios within one run of this file.
 */

const batch = 4;
const size = 128;
const layers = [
  { name: "c1", filters: 32, stride: 2 },
  { name: "c2", filters: 64, stride: 1 },
  { name: "c3", filters: 64, stride: 1 },
  { name: "c4", filters: 128, stride: 2 },
  { name: "c5", filters: 128, stride: 1 },
];

const graph = createGraph();
const scope = createScope(graph);
const image = graph.input("image", [batch, 1, size, size]);
const direction = graph.input("direction", image.shape);
let multiplications = 0;
const features = layers.reduce((x, { name, filters, stride }) => {
  const w = scope.parameter(name, [filters, x.shape[1] ?? 1, 3, 3], kaimingNormal());
  const y = t.conv2d(x, w, { stride, padding: 1 });
  multiplications += sizeOf(y.shape) * sizeOf(w.shape.slice(1));
  return t.silu(t.groupNorm(y, 8));
}, image);
const loss = t.mean(t.square(features));
const weights = layers.map(({ name }) => graph.parameters.get(name)!);
const [imageGradient] = gradient(loss, [image]);
const named = (list: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(list.map((tensor, i) => [`d ${layers[i]!.name}`, tensor]));

const workloads: Readonly<Record<string, Record<string, Tensor>>> = {
  forward: { loss },
  "forward + weight gradients": { loss, ...named(gradient(loss, weights)) },
  "forward + image gradient": { loss, imageGradient: imageGradient! },
  "double backward": {
    loss,
    imageGradient: imageGradient!,
    ...named(gradient(t.sum(t.mul(imageGradient!, direction)), weights)),
  },
};

const store = initialiseParameters(scope.parameters, createRandom(1));
const random = createRandom(2);
const feeds = {
  ...store.arrays,
  image: Float32Array.from({ length: sizeOf(image.shape) }, () => random.normal()),
  direction: Float32Array.from({ length: sizeOf(image.shape) }, () => random.normal()),
};

interface Row {
  readonly engine: string;
  readonly workload: string;
  readonly runs: number;
  readonly minMs: number;
  readonly medianMs: number;
  /** minMs over the forward pass of the same engine. */
  readonly ratioToForward: number;
}
const rows: Row[] = [];
const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

/** Times the runs of one session itself: the least time says what the machine can do when left alone. */
async function measure(session: GraphSession, runs: number): Promise<number[]> {
  const into = Object.fromEntries(
    session.outputs.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]),
  );
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await session.run(feeds, into);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

const engines: { name: string; runs: number; open: () => Promise<TensorRuntime> }[] = [
  { name: "onnxruntime-node, 1 thread", runs: 12, open: async () => createNodeRuntime({ threads: 1 }) },
  { name: "onnxruntime-node, 2 threads", runs: 12, open: async () => createNodeRuntime({ threads: 2 }) },
  {
    name: "onnxruntime-web wasm, 1 thread",
    runs: 3,
    open: async () => createWebRuntime(await import("onnxruntime-web/wasm"), { provider: "wasm" }),
  },
];

const once = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 };

describe.each(engines)("$name", ({ name, runs, open }) => {
  for (const [workload, outputs] of Object.entries(workloads)) {
    bench(
      workload,
      async () => {
        const runtime = await open();
        const session = await compile(outputs, runtime);
        const times = await measure(session, runs);
        const [minMs = Number.NaN] = times;
        const medianMs = times[runs >> 1] ?? Number.NaN;
        const forward = rows.find((row) => row.engine === name && row.workload === "forward");
        const ratioToForward = minMs / (forward?.minMs ?? minMs);
        rows.push({ engine: name, workload, runs, minMs, medianMs, ratioToForward });
        await session.dispose();
        await runtime.dispose();
      },
      once,
    );
  }
});

const memory: { step: number; rssMb: number }[] = [];

describe("training steps", () => {
  bench(
    "memory over 100 double-backward steps",
    async () => {
      const runtime = createNodeRuntime({ threads: 2 });
      const session = await compile(workloads["double backward"]!, runtime);
      const slopes = session.outputs.map(
        ({ name, shape }) => [name, new Float32Array(sizeOf(shape))] as const,
      );
      const update = createAdam(store.values.length);
      const flat = new Float32Array(store.values.length);
      for (let step = 1; step <= 100; step++) {
        await session.run(feeds, Object.fromEntries(slopes));
        update.step(store.values, flat, 1e-3);
        if (step % 10 === 0) memory.push({ step, rssMb: megabytes() });
      }
      await session.dispose();
    },
    once,
  );
});

afterAll(() => {
  if (rows.length === 0) return;
  const result = {
    machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
    workload: {
      batch,
      size,
      layers,
      gigaflopForward: (2 * multiplications) / 1e9,
      parameters: store.values.length,
    },
    rows,
    memory,
  };
  mkdirSync(new URL("results/", import.meta.url), { recursive: true });
  writeFileSync(new URL("results/tensor.json", import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
});
