import { describe, expect, it } from "vitest";
import type { View } from "../geometry/carm.ts";
import type { Twist } from "../geometry/se3.ts";
import { createRandom } from "../random.ts";
import { backProjectChannels, channelTwistGradient, projectChannels } from "./channelProjection.ts";
import {
  addBackProjection,
  createPacked,
  packChannels,
  packedTwistGradient,
  projectPacked,
  projectWithJacobian,
  unpackChannels,
} from "./packedChannels.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";
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
const size = [18, 14, 12] as const;
const camera = {
  ...oddCamera,
  ...{ width: 19, height: 15, pixelSpacingMm: [3.4, 4.2] as const, principalPointPx: [10.1, 5.6] as const },
};
const volume = noiseVolume([18, 14, 12 * channels], alignedGrid(2));
const data = volume.data as Float32Array;
const random = createRandom(6);
const images = Float32Array.from({ length: channels * 19 * 15 }, () => random.normal());
const twist: Twist = [0.3, -0.2, 0.5, 2, -1, 4];
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const scenes: [View, PoseNumbers, boolean][] = [
  ["AP", [4, -6, 8, 0, 3, 2], false],
  ["LAT", [12, 5, -9, 20, 0, 0], true],
  ["AP", [3, 83, 5, 0, 0, 0], true],
  // The source stands inside the volume, and most rays miss it.
  ["AP", [0, 3, 2, -698, 1, 0], false],
  ["PA", [0, 0, 0, 0, 22, -12], false],
];

describe.each(scenes)("packed channels, %s %o", (view, pose, oblique) => {
  const worldFromVoxel = oblique ? obliqueGrid : alignedGrid(2);
  const geometry: ProjectionGeometry = {
    ...{ size, worldFromVoxel, camera },
    cameraFromWorld: viewOf({ ...volume, size, worldFromVoxel }, view, pose),
  };
  const packed = packChannels(data, channels, size);

  it("are projected, with all derivatives, as the plain operators do", () => {
    const plain = projectChannels(data, channels, geometry);
    const fast = projectWithJacobian(packed, geometry);
    expect(largest(plain)).toBeGreaterThan(0);
    expect(largestDifference(fast.images, plain)).toBeLessThan(1e-5 * largest(plain));
    expect(projectPacked(packed, geometry)).toEqual(fast.images);
    const along = projectChannels(data, channels, geometry, twist);
    const count = channels * 19 * 15;
    const combined = along.map((_, i) =>
      twist.reduce((sum, t, q) => sum + t * fast.jacobian[q * count + i]!, 0),
    );
    expect(largestDifference(combined, along)).toBeLessThan(1e-4 * largest(along));
  });

  it.each([["", undefined] as const, ["along a twist", twist] as const])(
    "are projected back as the plain operators do %s, and pass the dot-product test",
    (_, direction) => {
      const plain = backProjectChannels(images, channels, geometry, direction);
      const into = createPacked(channels, size);
      const terms = direction ? { moved: { images, direction } } : { images };
      addBackProjection(into, geometry, terms);
      const back = unpackChannels(into);
      expect(largestDifference(back, plain)).toBeLessThan(1e-5 * largest(plain));
      const { images: shown, jacobian } = projectWithJacobian(packed, geometry);
      const forward = direction
        ? shown.map((_v, i) => direction.reduce((sum, t, q) => sum + t * jacobian[q * shown.length + i]!, 0))
        : shown;
      const scale = Math.sqrt(dot(forward, forward) * dot(images, images));
      expect(Math.abs(dot(forward, images) - dot(data, back))).toBeLessThan(1e-5 * scale);
      // A second call adds to the first.
      addBackProjection(into, geometry, terms);
      expect(
        largestDifference(
          unpackChannels(into),
          plain.map((v) => 2 * v),
        ),
      ).toBeLessThan(1e-5 * largest(plain));
    },
  );

  it("are projected back both ways at once", () => {
    const other = images.map((v, i) => v * Math.cos(i));
    const [both, apart] = [createPacked(channels, size), createPacked(channels, size)];
    addBackProjection(both, geometry, { images: other, moved: { images, direction: twist } });
    addBackProjection(apart, geometry, { images: other });
    addBackProjection(apart, geometry, { moved: { images, direction: twist } });
    expect(largestDifference(both.values, apart.values)).toBeLessThan(1e-6 * largest(apart.values));
  });

  it("overwrite the images they are given", () => {
    const out = projectWithJacobian(packed, geometry);
    const expected = { images: out.images.slice(), jacobian: out.jacobian.slice() };
    out.images.fill(7);
    out.jacobian.fill(7);
    expect(projectWithJacobian(packed, geometry, out)).toEqual(expected);
  });

  it("have the twist gradient of the plain operators", () => {
    const plain = channelTwistGradient(data, images, channels, geometry);
    const fast = packedTwistGradient(packed, images, geometry);
    fast.forEach((value, q) => expect(Math.abs(value - plain[q]!)).toBeLessThan(1e-4 * largest(plain)));
  });
});

describe("packed channels", () => {
  it("come back as they went in", () => {
    expect(unpackChannels(packChannels(data, channels, size))).toEqual(data);
  });

  it("refuse the wrong number of values and another grid", () => {
    expect(() => packChannels(data, channels + 1, size)).toThrow(/Volumes to project/);
    const geometry = { size: [2, 2, 2], worldFromVoxel: alignedGrid(2), camera } as const;
    const cameraFromWorld = viewOf(volume, "AP", [0, 0, 0, 0, 0, 0]);
    expect(() => projectPacked(createPacked(1, [3, 2, 2]), { ...geometry, cameraFromWorld })).toThrow(
      /3 x 2 x 2 voxels/,
    );
  });
});
