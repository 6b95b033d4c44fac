import { expect, test } from "vitest";
import { createWebRuntime } from "../../src/platform/browser/onnxSession.ts";
import { createRandom } from "../../src/random.ts";
import { gradient } from "../../src/tensor/gradient.ts";
import { createGraph } from "../../src/tensor/graph.ts";
import { interpret } from "../../src/tensor/interpreter.ts";
import * as t from "../../src/tensor/ops/index.ts";
import { type TensorRuntime, compile } from "../../src/tensor/session.ts";
import { sizeOf } from "../../src/tensor/shape.ts";

/** A small encoder with the gradient of its gradient: every kind of operation a network here needs. */
function doubleBackward() {
  const graph = createGraph();
  const x = graph.input("x", [2, 1, 16, 16]);
  const parameters = [
    graph.parameter("stem", [8, 1, 3, 3]),
    graph.parameter("depthwise", [8, 1, 7, 7]),
    graph.parameter("grouped", [8, 4, 3, 3]),
    graph.parameter("head", [4, 8]),
  ] as const;
  const [stem, depthwise, grouped, head] = parameters;
  const low = t.gelu(t.groupNorm(t.conv2d(x, stem, { stride: 2, padding: 1 }), 2));
  const far = t.leakyRelu(t.conv2d(low, depthwise, { padding: 6, dilation: 2, groups: 8 }));
  const mixed = t.add(
    low,
    t.upsampleLinear(t.avgPool(t.conv2d(far, grouped, { padding: 1, groups: 2 }), { kernel: 2 })),
  );
  const features = t.softmax(t.matmul(t.globalAvgPool(mixed), head, { transposeB: true }));
  const [dx] = gradient(t.sum(t.square(features)), [x]);
  const second = gradient(t.sum(t.square(dx!)), parameters);
  const outputs = { features, dx: dx!, ...Object.fromEntries(second.map((g, i) => [`d${i}`, g])) };
  const random = createRandom(3);
  const feeds = Object.fromEntries(
    [x, ...parameters].map((tensor) => [
      tensor.name,
      Float32Array.from({ length: sizeOf(tensor.shape) }, () => random.normal(0, 0.5)),
    ]),
  );
  return { outputs, feeds };
}

async function compare(runtime: TensorRuntime): Promise<void> {
  const { outputs, feeds } = doubleBackward();
  const session = await compile(outputs, runtime);
  const results = await session.run(feeds);
  const reference = interpret(Object.values(outputs), feeds);
  Object.keys(outputs).forEach((name, i) => {
    const scale = Math.max(...reference[i]!.map(Math.abs));
    const error = Math.max(...reference[i]!.map((value, k) => Math.abs(value - results[name]![k]!)));
    expect(error / scale, name).toBeLessThan(1e-3);
  });
  await session.dispose();
}

test("networks run and differentiate twice on WebAssembly in Chromium", async () => {
  const ort = await import("onnxruntime-web/wasm");
  await compare(createWebRuntime(ort, { provider: "wasm" }));
});

test("networks run and differentiate twice on WebGPU in Chromium", async ({ skip }) => {
  const ort = await import("onnxruntime-web/webgpu");
  const runtime = createWebRuntime(ort, { provider: "webgpu" });
  const x = createGraph().input("x", [1]);
  const available = await compile({ y: t.exp(x) }, runtime).then(
    () => true,
    () => false,
  );
  if (!available) skip("no WebGPU adapter");
  await compare(runtime);
});
