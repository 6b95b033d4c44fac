import { afterAll, describe, expect, it } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import { type CarmFrame, cameraFromPose, cameraTwistJacobian } from "../geometry/carm.ts";
import type { Pose } from "../geometry/pose.ts";
import type { Volume } from "../image/volume.ts";
import { type CompositeEncoderConfig, compositeEncoder } from "../networks/compositeEncoder.ts";
import type { Encoder } from "../networks/encoder.ts";
import { paperConditioning } from "../networks/normalisation.ts";
import { plainEncoder } from "../networks/prostEncoder.ts";
import { createNodeRuntime } from "../platform/node/onnxSession.ts";
import { createReferenceProjector } from "../projector/reference.ts";
import { createRandom } from "../random.ts";
import { type Feeds, interpret } from "../tensor/interpreter.ts";
import { expectClose, randomArray } from "../tensor/opCheck.testkit.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { createAdam } from "../tensor/parameterUpdate.ts";
import { compile } from "../tensor/session.ts";
import {
  type DoubleBackwardGraph,
  type DoubleBackwardOptions,
  doubleBackward,
  gradientOf,
} from "./doubleBackward.ts";
import { geodesicGradient } from "./geodesic.ts";

const size = 32;
const camera: Camera = {
  ...{ width: size, height: size, sourceToDetectorMm: 1000, pixelSpacingMm: [4, 4] as const },
  principalPointPx: [15.5, 15.5],
};
const frame: CarmFrame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
const keys = ["rx", "ry", "rz", "tx", "ty", "tz"] as const;

/** Three smooth blobs without symmetry, and the mask of the two brighter ones. */
function toyVolume(mask: boolean): Volume {
  const n = 20;
  const spacing = 4;
  const blobs = [
    { at: [8, 6, 11], width: 3, height: 0.02 },
    { at: [12, 13, 7], width: 2, height: 0.03 },
    { at: [5, 14, 14], width: 4, height: 0.01 },
  ];
  const data = new Float32Array(n ** 3);
  for (let i = 0; i < data.length; i++) {
    const voxel = [i % n, Math.floor(i / n) % n, Math.floor(i / n / n)];
    const value = blobs.reduce((total, { at, width, height }) => {
      const distance = Math.hypot(...voxel.map((v, axis) => v - at[axis]!));
      return total + height * Math.exp(-((distance / width) ** 2));
    }, 0);
    data[i] = mask ? Number(value > 0.008) : value;
  }
  const first = (-spacing * (n - 1)) / 2;
  const worldFromVoxel = [spacing, 0, 0, first, 0, spacing, 0, first, 0, 0, spacing, first, 0, 0, 0, 1];
  return { data, size: [n, n, n], worldFromVoxel, quantity: "attenuation" };
}

const projector = createReferenceProjector();
const volume = projector.load(toyVolume(false));
const maskVolume = projector.load(toyVolume(true));

/** The feeds of one training pair, rendered. */
function renderPair(pose: Pose, truePose: Pose) {
  const at = cameraFromPose(pose, frame);
  const { image, jacobian } = projector.drrWithJacobian(volume, camera, at);
  return {
    fixed: projector.drr(volume, camera, cameraFromPose(truePose, frame)),
    moving: image,
    twistJacobian: jacobian,
    mask: projector.drr(maskVolume, camera, at),
    twistFromTheta: Float32Array.from(cameraTwistJacobian(pose, frame)),
    geodesicGradient: Float32Array.from(geodesicGradient(pose, truePose)),
  };
}

function randomPose(seed: number, degrees = 8, mm = 8): Pose {
  const random = createRandom(seed);
  const [a, t] = [
    (): number => random.normal(0, (degrees * Math.PI) / 180),
    (): number => random.normal(0, mm),
  ];
  return { rx: a(), ry: a(), rz: a(), tx: t(), ty: t(), tz: t() };
}

const tiny: CompositeEncoderConfig = {
  ...{ kind: "composite", imageSize: size, stem: [2, 4], featureStride: 4, widths: [8, 8, 8] },
  conditioning: paperConditioning,
};
const plain = plainEncoder({ kind: "plain", imageSize: size, widths: [8, 16] });

const runtime = createNodeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

interface Variant extends Partial<DoubleBackwardOptions> {
  readonly name: string;
  readonly encoder: Encoder;
}

const variants: readonly Variant[] = [
  { name: "composite encoder", encoder: compositeEncoder(tiny) },
  { name: "plain encoder, no mask", encoder: plain, masked: false },
  { name: "plain encoder, squared differences", encoder: plain, distance: "squared" },
];

describe.each(variants)("double backward: $name", (variant) => {
  const graph = doubleBackward({ batch: 1, imageSize: size, ...variant });
  const store = initialiseParameters(graph.parameters, createRandom(2));
  const [pose, truePose] = [randomPose(1), randomPose(2)];
  const feeds: Feeds = { ...store.arrays, ...renderPair(pose, truePose) };
  const names = graph.parameters.map(({ name }) => name);

  it("gives the pose gradient that rendering at neighbouring poses gives", () => {
    const [slopes] = interpret([graph.poseGradient], feeds);
    const similarityAt = (moved: Pose): number => {
      const moving = projector.drr(volume, camera, cameraFromPose(moved, frame));
      // The mask is held: equation (6) is not differentiated through it.
      return interpret([graph.similarity], { ...feeds, moving })[0]![0]!;
    };
    const numeric = keys.map((key, q) => {
      // Small against the voxels: a trilinear volume has a kink at every voxel boundary.
      const h = q < 3 ? 4e-5 : 3e-3;
      return (
        (similarityAt({ ...pose, [key]: pose[key] + h }) - similarityAt({ ...pose, [key]: pose[key] - h })) /
        (2 * h)
      );
    });
    expectClose(slopes!.subarray(0, 3), numeric.slice(0, 3), 0.02, "rotation");
    expectClose(slopes!.subarray(3), numeric.slice(3), 0.02, "translation");
  });

  it("gives the weight gradient of equation (7) that finite differences give, for both encoders", () => {
    const gradients = interpret(
      names.map((name) => graph.gradients[gradientOf(name)]!),
      feeds,
    );
    for (const side of ["fixed", "moving"]) {
      const directions = names.map((name, i) =>
        name.startsWith(side)
          ? randomArray(name, gradients[i]!.length)
          : new Float64Array(gradients[i]!.length),
      );
      const slope = gradients.reduce(
        (total, g, i) => total + g.reduce((s, v, k) => s + v * directions[i]![k]!, 0),
        0,
      );
      const lossAt = (h: number): number => {
        const moved = names.map((name, i) => {
          return [
            name,
            Float64Array.from(store.arrays[name]!, (v, k) => v + h * directions[i]![k]!),
          ] as const;
        });
        return interpret([graph.loss], { ...feeds, ...Object.fromEntries(moved) })[0]![0]!;
      };
      const h = 1e-6;
      const numeric = (lossAt(h) - lossAt(-h)) / (2 * h);
      expect(Math.abs(slope), side).toBeGreaterThan(1e-3);
      expect(Math.abs(slope - numeric) / Math.abs(numeric), side).toBeLessThan(1e-4);
    }
  });

  // The composite encoder's layers are compared one by one elsewhere; its whole graph takes seconds to open.
  it.skipIf(variant.name === "composite encoder")("computes the same in ONNX Runtime", async () => {
    const { loss, similarity, poseGradient } = graph;
    const outputs = { loss, similarity, poseGradient, ...graph.gradients };
    const session = await compile(outputs, runtime);
    const results = await session.run(feeds as Record<string, Float32Array>);
    const reference = interpret(Object.values(outputs), feeds);
    // Single precision, twice differentiated, with activations that have a kink.
    expectClose(results["similarity"]!, reference[1]!, 1e-4, "similarity");
    expectClose(results["poseGradient"]!, reference[2]!, 1e-2, "poseGradient");
    const errors = names.map((name, i) => {
      const [actual, exact] = [results[gradientOf(name)]!, reference[3 + i]!];
      const difference = exact.map((v, k) => v - actual[k]!);
      return [Math.hypot(...difference), Math.hypot(...exact)] as const;
    });
    const total = (k: 0 | 1): number => Math.hypot(...errors.map((pair) => pair[k]));
    expect(total(0) / total(1)).toBeLessThan(0.03);
    await session.dispose();
  });
});

describe("training by double backward", () => {
  it("turns the pose gradient of the similarity towards the true pose", async () => {
    const batch = 4;
    const graph = doubleBackward({ encoder: plain, batch, imageSize: size, distance: "squared" });
    const store = initialiseParameters(graph.parameters, createRandom(4));
    const pairs = Array.from({ length: batch }, (_, i) => renderPair(randomPose(10 + i), randomPose(20 + i)));
    const feeds = batchFeeds(pairs);
    const { losses } = await train(graph, store, feeds, 60);
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    // Unrelated directions cost about 2.4 (each part sqrt 2 on average or less), parallel ones nothing.
    expect(mean(losses.slice(-5))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
  });
});

function batchFeeds(pairs: readonly ReturnType<typeof renderPair>[]): Record<string, Float32Array> {
  const joined: Record<string, Float32Array> = {};
  for (const key of Object.keys(pairs[0]!) as (keyof ReturnType<typeof renderPair>)[]) {
    const parts = pairs.map((pair) => pair[key]);
    joined[key] = Float32Array.from(parts.flatMap((part) => [...part]));
  }
  return joined;
}

async function train(
  graph: DoubleBackwardGraph,
  store: ReturnType<typeof initialiseParameters>,
  feeds: Record<string, Float32Array>,
  steps: number,
): Promise<{ losses: number[] }> {
  const slopes = createParameterStore(store.shapes);
  const session = await compile({ loss: graph.loss, ...graph.gradients }, runtime);
  const into = Object.fromEntries(store.shapes.map(({ name }) => [gradientOf(name), slopes.arrays[name]!]));
  const update = createAdam(store.values.length);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await session.run({ ...store.arrays, ...feeds }, into);
    losses.push(loss![0]!);
    update.step(store.values, slopes.values, 3e-3);
  }
  await session.dispose();
  return { losses };
}
