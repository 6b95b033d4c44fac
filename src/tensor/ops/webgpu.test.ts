import { expect, it } from "vitest";
import { createNodeRuntime } from "../../platform/node/onnxSession.ts";
import { createGraph } from "../graph.ts";
import { interpret } from "../interpreter.ts";
import { toOnnx } from "../onnx/lower.ts";
import { opCases } from "../opCases.testkit.ts";
import { buildCase, outputsOf, relativeError } from "../opCheck.testkit.ts";
import { compile } from "../session.ts";
import { exp } from "./unary.ts";

/** GPUs may err by 2^-11 in sine and cosine; the rest is far better. */
const tolerance = 1e-3;
const runtime = createNodeRuntime({ threads: 1, provider: "webgpu" });

/** Whether ONNX Runtime finds a GPU or a software stand-in for one. */
async function hasAdapter(): Promise<boolean> {
  try {
    const session = await compile({ y: exp(createGraph().input("x", [1])) }, runtime);
    await session.dispose();
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!(await hasAdapter()))(
  "WebGPU computes every operation and its derivatives as the reference does",
  async () => {
    const errors: string[] = [];
    for (const opCase of opCases) {
      const built = buildCase(opCase);
      const outputs = outputsOf(built);
      const session = await runtime.open(toOnnx(outputs, { provider: "webgpu" }));
      const feeds = Object.fromEntries(
        Object.entries(built.feeds).map(([key, v]) => [key, Float32Array.from(v)]),
      );
      const results = await session.run(feeds);
      const reference = interpret(Object.values(outputs), feeds);
      Object.keys(outputs).forEach((output, i) => {
        const error = relativeError(results[output]!, reference[i]!);
        if (!(error < tolerance)) errors.push(`${opCase.name}, ${output}: ${error}`);
      });
      await session.dispose();
    }
    expect(errors).toEqual([]);
  },
  // A software stand-in compiles shaders slowly.
  300_000,
);
