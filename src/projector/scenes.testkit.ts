import type { Camera } from "../geometry/camera.ts";
import { type View, cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, compose, fromLinearTranslation } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { expSo3 } from "../geometry/so3.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import { createRandom } from "../random.ts";

/** A grid turned against the world, with three different spacings. */
export const obliqueGrid: Mat4 = compose(
  fromLinearTranslation(expSo3([0.2, -0.3, 0.15]), [5, 6, 7]),
  [1.2, 0, 0, 0, 0, 1.9, 0, 0, 0, 0, 3.1, 0, 0, 0, 0, 1],
);

/** Axis-aligned, `mm` a voxel, off the origin. */
export function alignedGrid(mm: number): Mat4 {
  return [mm, 0, 0, -20, 0, mm, 0, 10, 0, 0, mm, 5, 0, 0, 0, 1];
}

/** Independent voxels, uniform in [0, 0.02): the hardest case for anything that interpolates. */
export function noiseVolume(size: readonly [number, number, number], worldFromVoxel: Mat4, seed = 7): Volume {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: size[0] * size[1] * size[2] }, () => 0.02 * random.next());
  return { data, size, worldFromVoxel, quantity: "attenuation" };
}

/** A few soft balls that fade to zero inside the grid: nearly smooth at voxel scale. */
export function blobVolume(size: readonly [number, number, number], worldFromVoxel: Mat4, seed = 3): Volume {
  const random = createRandom(seed);
  const [nx, ny, nz] = size;
  const data = new Float32Array(nx * ny * nz);
  for (let ball = 0; ball < 6; ball++) {
    const [x, y, z] = size.map((n) => (0.3 + 0.4 * random.next()) * (n - 1)) as [number, number, number];
    const radius = 0.12 * Math.min(nx, ny, nz) * (1 + random.next());
    for (let i = 0; i < data.length; i++) {
      const dx = (i % nx) - x;
      const dy = (Math.floor(i / nx) % ny) - y;
      const dz = Math.floor(i / (nx * ny)) - z;
      const value = 0.02 * Math.exp(-(dx * dx + dy * dy + dz * dz) / (2 * radius * radius)) - 1e-4;
      if (value > 0) data[i]! += value;
    }
  }
  return { data, size, worldFromVoxel, quantity: "attenuation" };
}

/** Sides not divisible by four, pixels not square, principal point off the centre. */
export const oddCamera: Camera = {
  ...{ width: 37, height: 29, sourceToDetectorMm: 1000, pixelSpacingMm: [1.7, 2.1] },
  principalPointPx: [20.3, 11.2],
};

/** [rx, ry, rz in degrees, tx, ty, tz in mm]. */
export type PoseNumbers = readonly [number, number, number, number, number, number];

/** cameraFromWorld of a pose about the volume's centre, source 700 mm away. */
export function viewOf(volume: Volume, view: View, pose: PoseNumbers): Mat4 {
  const [rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm] = pose;
  return cameraFromPose(poseFromDegMm({ rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm }), {
    ...{ view, centreMm: volumeCentreMm(volume), sourceToIsocentreMm: 700 },
  });
}

export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!));
  return result;
}

/** Largest absolute difference; NaN anywhere gives infinity. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    result = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(result, difference);
  }
  return result;
}

/** Pearson correlation. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sa += a[i]!;
    sb += b[i]!;
    saa += a[i]! ** 2;
    sbb += b[i]! ** 2;
    sab += a[i]! * b[i]!;
  }
  return (sab - (sa * sb) / n) / Math.sqrt((saa - sa ** 2 / n) * (sbb - sb ** 2 / n));
}
