import { beforeAll, describe, expect, it } from "vitest";
import { createWebRuntime } from "../../platform/browser/onnxSession.ts";
import { createNodeRuntime } from "../../platform/node/onnxSession.ts";
import { createGraph } from "../graph.ts";
import { interpret } from "../interpreter.ts";
import { toOnnx } from "../onnx/lower.ts";
import { opCases } from "../opCases.testkit.ts";
import { buildCase, expectClose, finiteDifferences, finiteForward, outputsOf } from "../opCheck.testkit.ts";
import type { Provider } from "../primitive.ts";
import type { TensorRuntime } from "../session.ts";
import type { Shape } from "../shape.ts";

const cases = opCases.map((opCase) => ({ name: opCase.name, built: buildCase(opCase) }));

describe.each(cases)("$name in double precision", ({ built }) => {
  const { inputs, y, loss, first, firstLoss, second, forward, feeds, directions } = built;

  it("has the gradient that finite differences give", () => {
    const gradients = interpret(first, feeds);
    inputs.forEach((x, i) => {
      expectClose(gradients[i]!, finiteDifferences(loss, x, feeds), 1e-8, `d/d${x.name}`);
    });
  });

  it("has the second gradient that finite differences of the first give", () => {
    const gradients = interpret(second, feeds);
    inputs.forEach((x, i) => {
      expectClose(gradients[i]!, finiteDifferences(firstLoss, x, feeds), 1e-7, `d2/d${x.name}`);
    });
  });

  it("has the directional derivative that finite differences give", () => {
    const [value] = interpret([forward], feeds);
    expectClose(value!, finiteForward(y, feeds, directions), 1e-8, "forward mode");
  });
});

interface Backend {
  readonly name: string;
  readonly lowering: Provider;
  readonly open: () => Promise<TensorRuntime>;
}

const nodeRuntime = (): Promise<TensorRuntime> => Promise.resolve(createNodeRuntime({ threads: 1 }));
const backends: readonly Backend[] = [
  { name: "onnxruntime-node", lowering: "cpu", open: nodeRuntime },
  // What is written for WebGPU is standard ONNX, so its arithmetic can be checked without a GPU.
  { name: "onnxruntime-node with the lowering for WebGPU", lowering: "webgpu", open: nodeRuntime },
  {
    name: "onnxruntime-web, WebAssembly",
    lowering: "wasm",
    open: async () => createWebRuntime(await import("onnxruntime-web/wasm"), { provider: "wasm" }),
  },
];

describe.each(backends)("$name", ({ open, lowering }) => {
  // All cases in one model: opening a session each would take most of the time.
  const graph = createGraph();
  const beside = opCases.map((opCase, i) => ({
    name: opCase.name,
    built: buildCase(opCase, graph, `${i} `),
    i,
  }));
  let results: Record<string, Float32Array>;
  let shapes: Map<string, Shape>;

  beforeAll(async () => {
    const runtime = await open();
    const outputs = beside.flatMap(({ built, i }) =>
      Object.entries(outputsOf(built)).map(([key, tensor]) => [`${i} ${key}`, tensor] as const),
    );
    // With the runtime's graph optimiser on one backend and without it on the others.
    const model = {
      ...toOnnx(Object.fromEntries(outputs), { provider: lowering }),
      storesWeights: lowering === "cpu",
    };
    const session = await runtime.open(model);
    const feeds = beside.flatMap(({ built }) => Object.entries(built.feeds));
    results = await session.run(Object.fromEntries(feeds.map(([key, v]) => [key, Float32Array.from(v)])));
    shapes = new Map(session.outputs.map((output) => [output.name, output.shape]));
    await session.dispose();
    await runtime.dispose();
  });

  it.each(beside)("computes $name and its derivatives as the reference does", ({ built, i }) => {
    const outputs = outputsOf(built);
    const single = Object.entries(built.feeds).map(([key, v]) => [key, Float32Array.from(v)] as const);
    const reference = interpret(Object.values(outputs), Object.fromEntries(single));
    Object.entries(outputs).forEach(([output, tensor], k) => {
      expectClose(results[`${i} ${output}`]!, reference[k]!, 2e-5, output);
      expect(shapes.get(`${i} ${output}`)).toEqual(tensor.shape);
    });
  });
});
