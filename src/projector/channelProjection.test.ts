import { describe, expect, it } from "vitest";
import { compose } from "../geometry/mat4.ts";
import { type Twist, expSe3 } from "../geometry/se3.ts";
import type { View } from "../geometry/carm.ts";
import { createRandom } from "../random.ts";
import { backProjectChannels, channelTwistGradient, projectChannels } from "./channelProjection.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";
import { createReferenceProjector } from "./reference.ts";
import {
  type PoseNumbers,
  alignedGrid,
  largest,
  largestDifference,
  noiseVolume,
  obliqueGrid,
  oddCamera,
  viewOf,
} from "./scenes.testkit.ts";

const channels = 3;
const camera = {
  ...oddCamera,
  width: 19,
  height: 15,
  pixelSpacingMm: [3.4, 4.2] as const,
  principalPointPx: [10.1, 5.6] as const,
};
const volume = noiseVolume([18, 14, 12 * channels], alignedGrid(2));
const random = createRandom(5);
const images = Float32Array.from({ length: channels * 19 * 15 }, () => random.normal());
const twists: [string, Twist | undefined][] = [
  ["the projection", undefined],
  ["its derivative by rotation", [1, -0.5, 0.3, 0, 0, 0]],
  ["its derivative by shift", [0, 0, 0, 0.4, 1, -2]],
  ["its derivative by both", [0.01, 0.02, -0.01, 1, 2, 3]],
];
const views: [View, PoseNumbers][] = [
  ["AP", [4, -6, 8, 0, 3, 2]],
  ["LAT", [12, 5, -9, 20, 0, 0]],
  ["AP", [3, 83, 5, 0, 0, 0]],
  ["AP", [0, 3, 2, -698, 1, 0]],
];

function geometryOf(view: View, pose: PoseNumbers, oblique: boolean): ProjectionGeometry {
  const worldFromVoxel = oblique ? obliqueGrid : alignedGrid(2);
  const size = [18, 14, 12] as const;
  return {
    size,
    worldFromVoxel,
    camera,
    cameraFromWorld: viewOf({ ...volume, size, worldFromVoxel }, view, pose),
  };
}
const data = volume.data as Float32Array;
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe.each(twists)("%s", (_, direction) => {
  it.each(views)("and its adjoint pass the dot-product test, %s %o", (view, pose) => {
    for (const oblique of [false, true]) {
      const geometry = geometryOf(view, pose, oblique);
      const forward = projectChannels(data, channels, geometry, direction);
      const back = backProjectChannels(images, channels, geometry, direction);
      const [left, right] = [dot(forward, images), dot(data, back)];
      const size = Math.sqrt(dot(forward, forward) * dot(images, images));
      expect(size).toBeGreaterThan(0);
      expect(Math.abs(left - right)).toBeLessThan(1e-6 * size);
    }
  });
});

describe.each(views)("channels, %s %o", (view, pose) => {
  const geometry = geometryOf(view, pose, true);
  const reference = createReferenceProjector();
  const voxels = 18 * 14 * 12;
  const pixels = 19 * 15;

  it("are projected as the reference projects volumes, with its Jacobian", () => {
    const twist: Twist = [0.3, -0.2, 0.5, 2, -1, 4];
    const projected = projectChannels(data, channels, geometry);
    const derivative = projectChannels(data, channels, geometry, twist);
    for (let c = 0; c < channels; c++) {
      const part = data.subarray(c * voxels, (c + 1) * voxels);
      const loaded = reference.load({ ...volume, ...geometry, data: part });
      const { image, jacobian } = reference.drrWithJacobian(loaded, camera, geometry.cameraFromWorld);
      const expected = image.map((_, i) =>
        twist.reduce((sum, t, q) => sum + t * jacobian[q * pixels + i]!, 0),
      );
      const own = <T extends Float32Array>(all: T): Float32Array =>
        all.subarray(c * pixels, (c + 1) * pixels);
      expect(largestDifference(own(projected), image)).toBeLessThan(1e-6 * largest(image));
      expect(largestDifference(own(derivative), expected)).toBeLessThan(1e-5 * largest(expected));
    }
  });

  it("have a twist gradient that agrees with directional derivatives", () => {
    const twist: Twist = [0.3, -0.2, 0.5, 2, -1, 4];
    const gradient = channelTwistGradient(data, images, channels, geometry);
    const expected = dot(projectChannels(data, channels, geometry, twist), images);
    const sum = gradient.reduce((total, g, q) => total + g * twist[q]!, 0);
    expect(Math.abs(sum - expected)).toBeLessThan(
      1e-5 * gradient.reduce((total, g) => total + Math.abs(g), 0),
    );
  });

  it("have the derivative that the pose's change shows", () => {
    const twist: Twist = [0.3, -0.2, 0.5, 2, -1, 4];
    const h = 1e-5;
    const moved = (t: number): Float32Array => {
      const cameraFromWorld = compose(
        expSe3(twist.map((x) => x * t) as unknown as Twist),
        geometry.cameraFromWorld,
      );
      return projectChannels(data, channels, { ...geometry, cameraFromWorld });
    };
    const [plus, minus] = [moved(h), moved(-h)];
    const analytic = projectChannels(data, channels, geometry, twist);
    const errors = analytic.map((x, i) => Math.abs(x - (plus[i]! - minus[i]!) / (2 * h))).sort();
    expect(errors[Math.floor(0.9 * errors.length)]).toBeLessThan(1e-2 * largest(analytic));
  });
});
