import type { Twist } from "../geometry/se3.ts";
import { checkLength } from "./arguments.ts";
import { visitStencils } from "./planeStencil.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";

/*
 * Linear operators for volumes that a network makes: several channels, the adjoint, and both for the derivative along a
 * twist of the camera. Volumes are channels x nz x ny x nx, images channels x height x width. Sampling is that of
 * every projector (trilinear at voxel planes), in double precision and without a prepared volume.
 */

/** P V: line integrals of every channel (value x mm). With `direction`, d/dt P(exp(t direction) pose) V at t = 0. */
export function projectChannels(
  volumes: Float32Array,
  channels: number,
  geometry: ProjectionGeometry,
  direction?: Twist,
): Float32Array {
  const { voxels, pixels } = counts(geometry);
  checkLength("Volumes to project", volumes, channels * voxels);
  const sums = new Float64Array(channels * pixels);
  visitStencils(geometry, direction, (pixel, { offsets, weights }) => {
    for (let corner = 0; corner < 4; corner++) {
      const offset = offsets[corner]!;
      if (offset < 0) continue;
      const weight = weights[corner]!;
      for (let c = 0; c < channels; c++) sums[c * pixels + pixel]! += weight * volumes[c * voxels + offset]!;
    }
  });
  return Float32Array.from(sums);
}

/** P^T g: for a loss with gradient `images` to the projection, its gradient to the volumes; likewise with `direction`. */
export function backProjectChannels(
  images: Float32Array,
  channels: number,
  geometry: ProjectionGeometry,
  direction?: Twist,
): Float32Array {
  const { voxels, pixels } = counts(geometry);
  checkLength("Images to project back", images, channels * pixels);
  const sums = new Float64Array(channels * voxels);
  visitStencils(geometry, direction, (pixel, { offsets, weights }) => {
    for (let corner = 0; corner < 4; corner++) {
      const offset = offsets[corner]!;
      if (offset < 0) continue;
      const weight = weights[corner]!;
      for (let c = 0; c < channels; c++) sums[c * voxels + offset]! += weight * images[c * pixels + pixel]!;
    }
  });
  return Float32Array.from(sums);
}

/**
 * For a loss with gradient `images` to the projection, its gradient to the camera's twist (wx, wy, wz per radian, vx,
 * vy, vz per mm): the six sums of images x derivative along each component.
 */
export function channelTwistGradient(
  volumes: Float32Array,
  images: Float32Array,
  channels: number,
  geometry: ProjectionGeometry,
): number[] {
  return [0, 1, 2, 3, 4, 5].map((q) => {
    const unit = [0, 1, 2, 3, 4, 5].map((p) => (p === q ? 1 : 0)) as unknown as Twist;
    const derivative = projectChannels(volumes, channels, geometry, unit);
    checkLength("Images to project back", images, derivative.length);
    return derivative.reduce((sum, value, i) => sum + value * images[i]!, 0);
  });
}

function counts({ size, camera }: ProjectionGeometry): { voxels: number; pixels: number } {
  return { voxels: size[0] * size[1] * size[2], pixels: camera.width * camera.height };
}
