import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebRuntime } from "../../platform/browser/onnxSession.ts";
import { createNodeRuntime } from "../../platform/node/onnxSession.ts";
import { interpret } from "../interpreter.ts";
import { toOnnx } from "../onnx/lower.ts";
import { opCases } from "../opCases.testkit.ts";
import { buildCase, expectClose, finiteDifferences, finiteForward } from "../opCheck.testkit.ts";
import type { Provider, Tensor } from "../primitive.ts";
import type { TensorRuntime } from "../session.ts";

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
  let runtime: TensorRuntime;
  beforeAll(async () => {
    runtime = await open();
  });
  afterAll(() => runtime.dispose());

  it.each(cases)("computes $name and its derivatives as the reference does", async ({ built }) => {
    const { y, first, second, forward, feeds } = built;
    const named = (prefix: string, list: readonly Tensor[]): [string, Tensor][] =>
      list.map((tensor, i) => [`${prefix}${i}`, tensor]);
    const outputs = Object.fromEntries([
      ...named("value", [y]),
      ...named("first", first),
      ...named("second", second),
      ...named("forward", [forward]),
    ]);
    // With the runtime's graph optimiser on one backend and without it on the others.
    const model = { ...toOnnx(outputs, { provider: lowering }), storesWeights: lowering === "cpu" };
    const session = await runtime.open(model);
    const single = Object.fromEntries(Object.entries(feeds).map(([key, v]) => [key, Float32Array.from(v)]));
    const results = await session.run(single);
    const reference = interpret(Object.values(outputs), single);
    Object.keys(outputs).forEach((output, i) => {
      expectClose(results[output]!, reference[i]!, 2e-5, output);
    });
    expect(session.outputs.map((output) => output.shape)).toEqual(
      Object.values(outputs).map((tensor) => tensor.shape),
    );
    await session.dispose();
  });
});
