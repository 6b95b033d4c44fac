import { afterAll, describe, expect, it } from "vitest";
import { createWebRuntime } from "../platform/browser/onnxSession.ts";
import { createNodeRuntime } from "../platform/node/onnxSession.ts";
import { createRandom } from "../random.ts";
import { gradient } from "./gradient.ts";
import { createGraph } from "./graph.ts";
import { interpret } from "./interpreter.ts";
import { convLayer, dropout, groupNormLayer, linearLayer } from "./layers.ts";
import { toOnnx } from "./onnx/lower.ts";
import { expectClose } from "./opCheck.testkit.ts";
import * as t from "./ops/index.ts";
import { createParameterStore, initialiseParameters } from "./parameterStore.ts";
import { createAdam } from "./parameterUpdate.ts";
import { createScope } from "./scope.ts";
import { compile } from "./session.ts";

/** A small classifier with its loss and gradients. */
function classifier(batch: number) {
  const graph = createGraph();
  const scope = createScope(graph);
  const x = graph.input("x", [batch, 1, 8, 8]);
  const label = graph.input("label", [batch, 2]);
  const stem = scope.layer("stem", (s) => {
    return t.silu(
      groupNormLayer(
        s.child("norm"),
        convLayer(s.child("conv"), x, { filters: 8, kernel: 3, stride: 2, bias: false }),
        2,
      ),
    );
  });
  const kept = dropout(stem, graph.input("mask", [batch, 8, 1, 1]));
  const logits = scope.layer("head", (s) => linearLayer(s, t.globalAvgPool(kept), { features: 2 }));
  const probability = t.softmax(logits);
  const loss = t.neg(t.mean(t.sum(t.mul(label, t.log(t.add(probability, 1e-6))), { axes: [1] })));
  const weights = scope.parameters.map(({ name }) => graph.parameters.get(name)!);
  const gradients = gradient(loss, weights);
  return { graph, scope, probability, loss, gradients, weights };
}

const runtimes = [
  createNodeRuntime({ threads: 1 }),
  createNodeRuntime({ threads: 2 }),
  createNodeRuntime({ threads: 1, worker: true }),
];

afterAll(async () => {
  for (const runtime of runtimes) await runtime.dispose();
});

describe.each(runtimes.map((runtime) => ({ name: runtime.name, runtime })))("$name", ({ runtime }) => {
  it("trains a network whose weights are inputs, into arrays given once", async () => {
    const batch = 16;
    const { scope, probability, loss, gradients } = classifier(batch);
    const store = initialiseParameters(scope.parameters, createRandom(1));
    const slopes = createParameterStore(store.shapes);
    const update = createAdam(store.values.length);
    const outputs = Object.fromEntries(store.shapes.map(({ name }, i) => [`d ${name}`, gradients[i]!]));
    const session = await compile({ loss, probability, ...outputs }, runtime);
    const into = Object.fromEntries(store.shapes.map(({ name }) => [`d ${name}`, slopes.arrays[name]!]));
    const random = createRandom(2);
    const [x, label] = [new Float32Array(batch * 64), new Float32Array(batch * 2)];
    const mask = new Float32Array(batch * 8).fill(1);
    let last = Number.POSITIVE_INFINITY;
    for (let step = 0; step < 60; step++) {
      // Horizontal against vertical stripes.
      for (let n = 0; n < batch; n++) {
        const kind = random.integer(2);
        label.set([1 - kind, kind], 2 * n);
        for (let i = 0; i < 64; i++) {
          x[64 * n + i] = Math.sin((kind === 0 ? i >> 3 : i & 7) * 1.5) + random.normal(0, 0.3);
        }
      }
      const results = await session.run({ ...store.arrays, x, label, mask }, into);
      expect(results["d head.weight"]).toBe(slopes.arrays["head.weight"]);
      last = results["loss"]![0]!;
      update.step(store.values, slopes.values, 0.05);
    }
    expect(last).toBeLessThan(0.15);
    await session.dispose();
  });

  it("gives the same with the weights stored in the model, and leaves given arrays alone", async () => {
    const { scope, probability } = classifier(2);
    const store = initialiseParameters(scope.parameters, createRandom(4));
    const feeds = {
      x: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      mask: new Float32Array(16).fill(1),
    };
    const open = await compile({ probability }, runtime);
    const baked = await compile({ probability }, runtime, { weights: store.arrays });
    expect(baked.inputs.map((input) => input.name)).toEqual(["x", "mask"]);
    const copy = feeds.x.slice();
    const [a, b] = [await open.run({ ...feeds, ...store.arrays }), await baked.run(feeds)];
    expectClose(b["probability"]!, a["probability"]!, 1e-6, "baked");
    expectClose(
      a["probability"]!,
      interpret([probability], { ...feeds, ...store.arrays })[0]!,
      1e-5,
      "reference",
    );
    expect(feeds.x).toEqual(copy);
    expect(toOnnx({ probability }, { weights: store.arrays }).storesWeights).toBe(true);
    expect(toOnnx({ probability }).storesWeights).toBe(false);
    await open.dispose();
    await baked.dispose();
  });

  it("queues runs and returns arrays of their own", async () => {
    const graph = createGraph();
    const session = await compile({ y: t.mul(graph.input("x", [3]), 2) }, runtime);
    const results = await Promise.all([1, 2, 3].map((v) => session.run({ x: Float32Array.of(v, v, v) })));
    expect(results.map((result) => [...result["y"]!])).toEqual([
      [2, 2, 2],
      [4, 4, 4],
      [6, 6, 6],
    ]);
    await session.dispose();
  });

  it("says which array is missing or of the wrong size", async () => {
    const graph = createGraph();
    const session = await compile({ y: t.exp(graph.input("x", [2, 2])) }, runtime);
    const run = async (...given: Parameters<typeof session.run>): Promise<unknown> => session.run(...given);
    await expect(run({})).rejects.toThrow(/Input "x" of a graph session; got nothing; expected 4 values/);
    await expect(run({ x: new Float32Array(3) })).rejects.toThrow(
      /got 3 values; expected 4 values, shape \[2, 2\]/,
    );
    await expect(run({ x: new Float32Array(4) }, { y: new Float32Array(5) })).rejects.toThrow(/Output "y"/);
    await session.dispose();
  });

  it("reports a model the runtime refuses", async () => {
    const model = { bytes: Uint8Array.of(1, 2, 3), inputs: [], outputs: [], storesWeights: false };
    await expect(runtime.open(model)).rejects.toMatchObject({ code: "backend-unavailable" });
  });
});

describe("a worker runtime", () => {
  it("leaves the calling thread free while it computes", async () => {
    const graph = createGraph();
    const x = graph.input("x", [4, 32, 64, 64]);
    const w = graph.parameter("w", [32, 32, 3, 3]);
    let y = x;
    for (let i = 0; i < 4; i++) y = t.conv2d(y, w, { padding: 1 });
    const session = await compile({ y: t.mean(y) }, runtimes[2]!);
    const feeds = { x: new Float32Array(4 * 32 * 64 * 64), w: new Float32Array(32 * 32 * 9) };
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run(feeds);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    await session.dispose();
  });

  it("fails its pending calls and all later ones when the thread ends", async () => {
    const runtime = createNodeRuntime({ threads: 1, worker: true });
    const graph = createGraph();
    const session = await compile({ y: t.exp(graph.input("x", [2])) }, runtime);
    const run = () => session.run({ x: new Float32Array(2) });
    const pending = Promise.allSettled(Array.from({ length: 500 }, run));
    await runtime.dispose();
    const last = (await pending).at(-1);
    expect(last).toMatchObject({ status: "rejected", reason: { code: "backend-unavailable" } });
    await expect(run()).rejects.toMatchObject({ code: "backend-unavailable" });
    await session.dispose();
    await runtime.dispose();
  });

  it("takes feeds in shared memory", async () => {
    const graph = createGraph();
    const session = await compile({ y: t.mul(graph.input("x", [2]), 3) }, runtimes[2]!);
    const x = new Float32Array(new SharedArrayBuffer(8));
    x.set([1, 2]);
    expect([...(await session.run({ x }))["y"]!]).toEqual([3, 6]);
    await session.dispose();
  });
});

describe("a web runtime", () => {
  it("refuses WebGPU where there is none, in plain words", async () => {
    const ort = await import("onnxruntime-web/wasm");
    const runtime = createWebRuntime(ort, { provider: "webgpu" });
    await expect(compile({ y: t.exp(createGraph().input("x", [1])) }, runtime)).rejects.toThrow(
      /WebGPU; got .*\. Use the "wasm" provider/,
    );
  });
});

describe("ONNX files", () => {
  it("carry readable names, and outputs under the names they were given", () => {
    const { probability, gradients } = classifier(1);
    const model = toOnnx({ probability, slope: gradients[0]!, same: probability }, { name: "classifier" });
    const text = new TextDecoder("latin1").decode(model.bytes);
    for (const name of [
      "stem/conv/Conv_",
      "head/",
      "gradient/stem/conv/",
      "stem.conv.weight",
      "classifier",
      "probability",
    ]) {
      expect(text).toContain(name);
    }
    expect(model.outputs.map((output) => output.name)).toEqual(["probability", "slope", "same"]);
    expect(model.inputs.map((input) => input.name)).toContain("head.bias");
  });

  it("open in ONNX Runtime when an output is an input, a constant or given twice", async () => {
    const graph = createGraph();
    const x = graph.input("x", [2]);
    const twice = t.exp(x);
    const outputs = { a: x, b: graph.constant([1, 2]), c: twice, d: twice };
    const session = await compile(outputs, runtimes[0]!);
    const results = await session.run({ x: Float32Array.of(0, 1) });
    expect(Object.values(results).map((values) => [...values])).toEqual([
      [0, 1],
      [1, 2],
      [1, Math.fround(Math.E)],
      [1, Math.fround(Math.E)],
    ]);
    await session.dispose();
  });

  it("refuse what would be ambiguous", () => {
    const x = createGraph().input("x", [2]);
    expect(() => toOnnx({})).toThrow(/no outputs/);
    expect(() => toOnnx({ x: t.exp(x) })).toThrow(/Output "x"; got the name of an input/);
    const w = createGraph().parameter("w", [2]);
    expect(() => toOnnx({ y: t.exp(w) }, { weights: { w: [1] } })).toThrow(
      /Weights "w"; got 1 values; expected 2/,
    );
  });
});

describe("scopes", () => {
  it("name parameters by path, share them on second use, and refuse another shape", () => {
    const scope = createScope(createGraph());
    const x = scope.graph.input("x", [1, 2, 4, 4]);
    const layer = () => scope.layer("a", (s) => convLayer(s.child("conv"), x, { filters: 3, kernel: 3 }));
    expect(layer()).toBe(layer());
    expect(scope.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["a.conv.weight", [3, 2, 3, 3]],
      ["a.conv.bias", [3]],
    ]);
    const wider = () => scope.layer("a", (s) => convLayer(s.child("conv"), x, { filters: 5, kernel: 3 }));
    expect(wider).toThrow(/parameter "a\.conv\.weight"; got shape \[5, 2, 3, 3\]/);
    expect(() => scope.child("")).toThrow(/empty name/);
  });
});
