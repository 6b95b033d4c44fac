import { afterAll, describe, expect, it } from "vitest";
import type { RtpiConfig } from "../networks/rtpi.ts";
import { createNodeRuntime } from "../platform/node/onnxSession.ts";
import { createRandom } from "../random.ts";
import { drawDropoutMask } from "../tensor/initialiser.ts";
import { interpret } from "../tensor/interpreter.ts";
import { expectClose, randomArray } from "../tensor/opCheck.testkit.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { createAdam } from "../tensor/parameterUpdate.ts";
import { compile } from "../tensor/session.ts";
import { sizeOf } from "../tensor/shape.ts";
import { gradientOf } from "./doubleBackward.ts";
import { rtpiGraph } from "./rtpiGraph.ts";

const config: RtpiConfig = {
  ...{ volumeSize: 8, imageSize: 16, volumePooling: 1, volumeWidths: [8, 8], imageWidths: [8, 8, 8] },
  ...{
    residualWidths: [16, 16, 16, 16],
    headWidth: 8,
    hintWidth: 0,
    dropoutRate: 0.2,
    range: [0.6, 0.6, 0.6, 90, 60, 60],
  },
};
const runtime = createNodeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

/** Images that show their pose: a blob moved by (ty, tz), brightened by tx. */
function drawPair(batch: number, seed: number) {
  const random = createRandom(seed);
  const image = new Float32Array(batch * 256);
  const truePose = new Float32Array(batch * 6);
  for (let n = 0; n < batch; n++) {
    const [y, z] = [random.uniform(-40, 40), random.uniform(-40, 40)];
    truePose.set([0, 0, 0, 0, y, z], 6 * n);
    for (let i = 0; i < 256; i++) {
      const distance = Math.hypot((i % 16) - 7.5 - y / 8, Math.floor(i / 16) - 7.5 - z / 8);
      image[n * 256 + i] = Math.exp(-((distance / 3) ** 2));
    }
  }
  return { image, truePose };
}

describe("RTPI training graph", () => {
  it("has the weight gradients of equation (5) that finite differences give", () => {
    const graph = rtpiGraph({ config, batch: 2, alpha: 0.7, beta: 1.3, lambda: 0.02 });
    const store = initialiseParameters(graph.parameters, createRandom(2));
    const masks = graph.dropouts.map(({ name, shape }) => {
      const mask = new Float32Array(sizeOf(shape));
      drawDropoutMask(mask, config.dropoutRate, createRandom(9).fork(name));
      return [name, mask] as const;
    });
    const feeds = {
      ...store.arrays,
      ...Object.fromEntries(masks),
      ...drawPair(2, 1),
      volume: randomArray("volume", 512),
      similarity: [1, 2],
    };
    const names = graph.parameters.map(({ name }) => name);
    const gradients = interpret(
      names.map((name) => graph.gradients[gradientOf(name)]!),
      { ...feeds, similarityGradient: randomArray("g", 12) },
    );
    const directions = names.map((name, i) => randomArray(name, gradients[i]!.length));
    const slope = gradients.reduce(
      (total, g, i) => total + g.reduce((s, v, k) => s + v * directions[i]![k]!, 0),
      0,
    );
    // The similarity outside the graph, here a linear function of the pose with the fed gradient.
    const g = randomArray("g", 12);
    const lossAt = (h: number): number => {
      const moved = names.map((name, i) => {
        return [name, Float64Array.from(store.arrays[name]!, (v, k) => v + h * directions[i]![k]!)] as const;
      });
      const [pose] = interpret([graph.pose], { ...feeds, ...Object.fromEntries(moved) });
      const similarity = [0, 1].map((n) =>
        g.subarray(6 * n, 6 * n + 6).reduce((s, v, q) => s + v * pose![6 * n + q]!, 0),
      );
      return interpret([graph.loss], {
        ...feeds,
        similarity,
        similarityGradient: g,
        ...Object.fromEntries(moved),
      })[0]![0]!;
    };
    const h = 1e-6;
    expectClose([slope], [(lossAt(h) - lossAt(-h)) / (2 * h)], 1e-5, "directional derivative");
  });

  it("learns to read the shift of an image", async () => {
    const batch = 8;
    const graph = rtpiGraph({ config, batch, alpha: 0, lambda: 0 });
    const store = initialiseParameters(graph.parameters, createRandom(3));
    const slopes = createParameterStore(store.shapes);
    const session = await compile({ poseError: graph.poseError, ...graph.gradients }, runtime);
    const into = Object.fromEntries(store.shapes.map(({ name }) => [gradientOf(name), slopes.arrays[name]!]));
    const update = createAdam(store.values.length);
    const masks = Object.fromEntries(
      graph.dropouts.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape)).fill(1)]),
    );
    const fixed = {
      ...masks,
      volume: Float32Array.from(randomArray("volume", 512)),
      similarity: new Float32Array(batch),
      similarityGradient: new Float32Array(6 * batch),
    };
    const errors: number[] = [];
    for (let step = 0; step < 150; step++) {
      const { poseError } = await session.run({ ...store.arrays, ...fixed, ...drawPair(batch, step) }, into);
      errors.push(poseError![0]!);
      update.step(store.values, slopes.values, 4e-3);
    }
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(errors.slice(0, 5))).toBeGreaterThan(20);
    expect(mean(errors.slice(-10))).toBeLessThan(10);
    await session.dispose();
  });
});
