import { describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose, cameraTwistJacobian } from "../geometry/carm.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Pose } from "../geometry/pose.ts";
import { type DeepRegConfig, compactDeepReg, deepRegGrid } from "../networks/deepReg.ts";
import type { ProjectionGeometry } from "../projector/projectionGeometry.ts";
import { createRandom } from "../random.ts";
import { type Feeds, interpret } from "../tensor/interpreter.ts";
import { silu } from "../tensor/ops/activation.ts";
import { expectClose } from "../tensor/opCheck.testkit.ts";
import { initialiseParameters } from "../tensor/parameterStore.ts";
import type { ParameterSpec } from "../tensor/scope.ts";
import { type PoseScales, deepRegImageGraph, deepRegVolumeGraph, paperScales } from "./deepRegGraph.ts";
import { type DeepRegViews, channelAdjoint, projectViews } from "./deepRegProjection.ts";
import { gradientOf } from "./doubleBackward.ts";
import { geodesicGradient } from "./geodesic.ts";

const [size, n, batch, volumes] = [16, 8, 4, 2];
const config: DeepRegConfig = {
  ...compactDeepReg,
  volume: { volumeSize: n, widths: [2], outputs: 2 },
  encoder: { kind: "plain", imageSize: size, widths: [4, 8] },
  volumeSpacingMm: 10,
};
const camera: Camera = {
  ...{ width: size, height: size, sourceToDetectorMm: 1000, pixelSpacingMm: [8, 8] as const },
  principalPointPx: [7.5, 7.5],
};
const frame: CarmFrame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
const keys = ["rx", "ry", "rz", "tx", "ty", "tz"] as const;

function randomPose(seed: number): Pose {
  const random = createRandom(seed);
  const [a, t] = [(): number => random.normal(0, 0.14), (): number => random.normal(0, 8)];
  return { rx: a(), ry: a(), rz: a(), tx: t(), ty: t(), tz: t() };
}

/** Smooth blobs: a trilinear grid of them has kinks, but small ones. */
function toyVolumes(): Float32Array {
  const random = createRandom(9);
  const blobs = Array.from({ length: 3 * volumes }, () => ({
    at: [0, 1, 2].map(() => random.uniform(1.5, n - 2.5)),
    height: random.uniform(0.4, 1),
  }));
  return Float32Array.from({ length: volumes * n ** 3 }, (_, p) => {
    const voxel = [p % n, Math.floor(p / n) % n, Math.floor(p / n / n) % n];
    const own = blobs.slice(3 * Math.floor(p / n ** 3)).slice(0, 3);
    return own.reduce((sum, { at, height }) => {
      return sum + height * Math.exp(-(Math.hypot(...voxel.map((v, a) => v - at[a]!)) ** 2) / 4);
    }, 0);
  });
}

const poses = Array.from({ length: batch }, (_, i) => randomPose(20 + i));
const truths = Array.from({ length: batch }, (_, i) => randomPose(40 + i));
const geometryAt = (pose: Pose): ProjectionGeometry => ({
  ...deepRegGrid(frame, config),
  ...{ camera, cameraFromWorld: cameraFromPose(pose, frame) },
});
const views: DeepRegViews = { geometries: poses.map(geometryAt), volumes, channels: 2 };
const random = createRandom(12);
const fixedFeeds = {
  fixed: Float32Array.from({ length: batch * size ** 2 }, () => random.normal()),
  twistFromTheta: Float32Array.from(poses.flatMap((pose) => cameraTwistJacobian(pose, frame))),
  geodesicGradient: Float32Array.from(poses.flatMap((pose, i) => geodesicGradient(pose, truths[i]!))),
};

const volumeGraph = deepRegVolumeGraph(config, volumes, { activation: silu });
const volume = toyVolumes();
const adjoint0 = new Float32Array(volumes * 2 * n ** 3);
const variants: [string, PoseScales][] = [
  ["as printed", paperScales],
  ["in scaled parameters", [1, 1.5, 1, 8, 1, 1]],
];

/** Channels of both volumes, as the projector gets them. */
function channelsOf(weights: Feeds): Float32Array {
  return Float32Array.from(interpret([volumeGraph.channels], { ...weights, volume, adjoint: adjoint0 })[0]!);
}

describe.each(variants)("double backward through the projected network, %s", (_, scales) => {
  const imageGraph = deepRegImageGraph(config, batch, { scales, activation: silu });
  const specs: readonly ParameterSpec[] = [...volumeGraph.parameters, ...imageGraph.parameters];
  const weights = initialiseParameters(specs, createRandom(2)).arrays;
  // A strong correction, so that the channels differ from the volume and from each other.
  const out = weights["volume.out.weight"]!;
  out.set(out.map((v) => 40 * v));

  const evaluate = (at: Feeds): readonly [number, Float64Array, Float64Array] => {
    const seen = projectViews(channelsOf(at), views);
    const [loss, similarity, slope] = interpret(
      [imageGraph.loss, imageGraph.similarity, imageGraph.poseGradient],
      { ...at, ...fixedFeeds, ...seen },
    );
    return [loss![0]!, similarity!, slope!];
  };

  it("gives the pose gradient that neighbouring poses show", () => {
    const [, , slope] = evaluate(weights);
    const channels = channelsOf(weights);
    const similarityAt = (key: keyof Pose, h: number): Float64Array => {
      const moved = poses.map((pose) => geometryAt({ ...pose, [key]: pose[key] + h }));
      const seen = projectViews(channels, { ...views, geometries: moved });
      return interpret([imageGraph.similarity], { ...weights, ...fixedFeeds, ...seen })[0]!;
    };
    const numeric = keys.map((key, q) => {
      const h = q < 3 ? 1e-4 : 0.005;
      const [plus, minus] = [similarityAt(key, h), similarityAt(key, -h)];
      return plus.map((value, i) => (value - minus[i]!) / (2 * h));
    });
    for (const part of [
      [0, 1, 2],
      [3, 4, 5],
    ]) {
      const pick = (of: (q: number, i: number) => number): number[] =>
        poses.flatMap((_p, i) => part.map((q) => of(q, i)));
      expectClose(
        pick((q, i) => slope[6 * i + q]!),
        pick((q, i) => numeric[q]![i]!),
        0.03,
        `theta ${part.join(" ")}`,
      );
    }
  });

  it("gives the gradient of equation (7) by every part's weights that finite differences give", () => {
    const seen = projectViews(channelsOf(weights), views);
    const names = imageGraph.parameters.map(({ name }) => name);
    const { movingAdjoint, imageGradient, twistAdjoint } = imageGraph.backward;
    const results = interpret(
      [
        movingAdjoint,
        imageGradient,
        twistAdjoint,
        ...names.map((name) => imageGraph.gradients[gradientOf(name)]!),
      ],
      { ...weights, ...fixedFeeds, ...seen },
    );
    const [moving, image, twist] = results.map((values) => Float32Array.from(values));
    const adjoint = channelAdjoint(
      { movingAdjoint: moving!, imageGradient: image!, twistAdjoint: twist! },
      views,
    );
    const volumeNames = volumeGraph.parameters.map(({ name }) => name);
    const volumeResults = interpret(
      volumeNames.map((name) => volumeGraph.gradients[gradientOf(name)]!),
      { ...weights, volume, adjoint },
    );
    const gradients = new Map<string, Float64Array>([
      ...names.map((name, i) => [name, results[3 + i]!] as const),
      ...volumeNames.map((name, i) => [name, volumeResults[i]!] as const),
    ]);
    for (const part of ["volume", "fixed", "moving"]) {
      const own = [...gradients.keys()].filter((name) => name.startsWith(`${part}.`));
      expect(own.length).toBeGreaterThan(2);
      // Along the gradient itself the slope is its length, so that every weight that matters counts.
      const length = Math.hypot(...own.flatMap((name) => [...gradients.get(name)!]));
      const lossAt = (h: number): number => {
        const moved = own.map((name) => {
          const slope = gradients.get(name)!;
          return [name, Float64Array.from(weights[name]!, (v, k) => v + (h * slope[k]!) / length)] as const;
        });
        return evaluate({ ...weights, ...Object.fromEntries(moved) })[0];
      };
      const h = 3e-4;
      const numeric = (lossAt(h) - lossAt(-h)) / (2 * h);
      expect(length, part).toBeGreaterThan(1e-3);
      expect(Math.abs(length - numeric) / length, part).toBeLessThan(2e-3);
    }
  });
});
