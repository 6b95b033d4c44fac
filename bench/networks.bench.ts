import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { afterAll, bench, describe } from "vitest";
import {
  compactCompositeEncoder,
  compositeEncoder,
  paperCompositeEncoder,
} from "../src/networks/compositeEncoder.ts";
import { embeddedSimilarity } from "../src/networks/embeddedSimilarity.ts";
import { poseGradient } from "../src/networks/poseGradient.ts";
import { compactRtpi, paperRtpi, rtpiPose, rtpiVolumeFeatures } from "../src/networks/rtpi.ts";
import { createNodeRuntime } from "../src/platform/node/onnxSession.ts";
import { createRandom } from "../src/random.ts";
import { createGraph } from "../src/tensor/graph.ts";
import { initialiseParameters } from "../src/tensor/parameterStore.ts";
import type { Tensor } from "../src/tensor/primitive.ts";
import { type ParameterSpec, createScope } from "../src/tensor/scope.ts";
import { compile } from "../src/tensor/session.ts";
import { sizeOf } from "../src/tensor/shape.ts";
import { doubleBackward } from "../src/training/doubleBackward.ts";
import { rtpiGraph } from "../src/training/rtpiGraph.ts";

/* The networks themselves: one training step and one inference of each, least time of N runs. */

interface Workload {
  readonly name: string;
  readonly runs: number;
  readonly outputs: () => { outputs: Record<string, Tensor>; parameters: readonly ParameterSpec[] };
  /** Store the weights in the model, as inference does. */
  readonly baked?: boolean;
}

function encoderStep(config: typeof compactCompositeEncoder): Workload["outputs"] {
  return () => {
    const graph = doubleBackward({
      encoder: compositeEncoder(config),
      batch: 4,
      imageSize: config.imageSize,
    });
    return { outputs: { loss: graph.loss, ...graph.gradients }, parameters: graph.parameters };
  };
}

/** Features of some images: the forward pass. */
function encoderForward(config: typeof compactCompositeEncoder, batch: number): Workload["outputs"] {
  return () => {
    const scope = createScope(createGraph());
    const moving = scope.graph.input("moving", [batch, 1, config.imageSize, config.imageSize]);
    const features = scope.layer("moving", (s) => compositeEncoder(config)(s, moving));
    const outputs = Object.fromEntries(features.map((x, i) => [`features${i}`, x]));
    return { outputs, parameters: scope.parameters };
  };
}

/** Similarity and pose gradient: with one image an iteration of the fine registration by gradients. */
function registrationStep(config: typeof compactCompositeEncoder, batch = 1): Workload["outputs"] {
  return () => {
    const scope = createScope(createGraph());
    const size = config.imageSize;
    const moving = scope.graph.input("moving", [batch, 1, size, size]);
    const features = scope.layer("moving", (s) => compositeEncoder(config)(s, moving));
    const fixed = features.map((x, i) => scope.graph.input(`fixed${i}`, x.shape));
    const similarity = embeddedSimilarity(features, fixed, scope.graph.input("mask", [batch, 1, size, size]));
    const slope = poseGradient(similarity, moving, {
      twistJacobian: scope.graph.input("twistJacobian", [batch, 6, size, size]),
      twistFromTheta: scope.graph.input("twistFromTheta", [batch, 6, 6]),
    });
    return { outputs: { similarity, slope }, parameters: scope.parameters };
  };
}

function poseFromImage(config: typeof compactRtpi): Workload["outputs"] {
  return () => {
    const scope = createScope(createGraph());
    const { imageSize: s, volumeSize: n } = config;
    const features = rtpiVolumeFeatures(scope, scope.graph.input("volume", [1, 1, n, n, n]), config);
    const pose = rtpiPose(scope, scope.graph.input("image", [1, 1, s, s]), features, config);
    return { outputs: { pose }, parameters: scope.parameters };
  };
}

/** Poses of a batch in training: one volume, every dropout in place. */
function rtpiForward(config: typeof compactRtpi): Workload["outputs"] {
  return () => {
    const graph = rtpiGraph({ config, batch: 16 });
    return { outputs: { pose: graph.pose }, parameters: graph.parameters };
  };
}

function rtpiStep(config: typeof compactRtpi): Workload["outputs"] {
  return () => {
    const graph = rtpiGraph({ config, batch: 16 });
    return { outputs: { loss: graph.loss, ...graph.gradients }, parameters: graph.parameters };
  };
}

const workloads: readonly Workload[] = [
  {
    name: "compact encoder, forward, batch 4",
    runs: 8,
    outputs: encoderForward(compactCompositeEncoder, 4),
  },
  {
    name: "compact encoder, similarity and pose gradient, batch 4",
    runs: 8,
    outputs: registrationStep(compactCompositeEncoder, 4),
  },
  {
    name: "compact encoder, training step by double backward, batch 4",
    runs: 8,
    outputs: encoderStep(compactCompositeEncoder),
  },
  { name: "compact RTPI, forward, batch 16", runs: 6, outputs: rtpiForward(compactRtpi) },
  { name: "compact RTPI, training step, batch 16", runs: 6, outputs: rtpiStep(compactRtpi) },
  {
    name: "compact encoder, similarity and pose gradient of one image",
    runs: 12,
    outputs: registrationStep(compactCompositeEncoder),
    baked: true,
  },
  {
    name: "paper-sized encoder, similarity and pose gradient of one image",
    runs: 4,
    outputs: registrationStep(paperCompositeEncoder),
    baked: true,
  },
  { name: "compact RTPI, pose of one image", runs: 12, outputs: poseFromImage(compactRtpi), baked: true },
  { name: "paper-sized RTPI, pose of one image", runs: 4, outputs: poseFromImage(paperRtpi), baked: true },
];

interface Row {
  readonly workload: string;
  readonly threads: number;
  readonly runs: number;
  readonly openMs: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly rssMb: number;
}
const rows: Row[] = [];
const once = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 };

async function measure(
  { name, runs, outputs: build, baked = false }: Workload,
  threads: number,
): Promise<Row> {
  const { outputs, parameters } = build();
  const store = initialiseParameters(parameters, createRandom(1));
  const runtime = createNodeRuntime({ threads });
  const opening = performance.now();
  const session = await compile(outputs, runtime, baked ? { weights: store.arrays } : {});
  const openMs = performance.now() - opening;
  const random = createRandom(2);
  const feeds = Object.fromEntries(
    session.inputs.map(({ name: input, shape }) => [
      input,
      store.arrays[input] ?? Float32Array.from({ length: sizeOf(shape) }, () => Math.abs(random.normal())),
    ]),
  );
  const into = Object.fromEntries(
    session.outputs.map(({ name: output, shape }) => [output, new Float32Array(sizeOf(shape))]),
  );
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await session.run(feeds, into);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const rssMb = Math.round(process.memoryUsage().rss / 2 ** 20);
  await session.dispose();
  const [minMs = Number.NaN] = times;
  return { workload: name, threads, runs, openMs, minMs, medianMs: times[runs >> 1] ?? minMs, rssMb };
}

describe.each([1, 2])("%i threads", (threads) => {
  for (const workload of workloads) {
    bench(
      workload.name,
      async () => {
        rows.push(await measure(workload, threads));
      },
      once,
    );
  }
});

afterAll(() => {
  if (rows.length === 0) return;
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
  mkdirSync(new URL("results/", import.meta.url), { recursive: true });
  const text = `${JSON.stringify({ machine, rows }, undefined, 2)}\n`;
  writeFileSync(new URL("results/networks.json", import.meta.url), text);
});
