import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import type { Quantity, Volume } from "./volume.ts";

/** An oblique, anisotropic, off-centre grid. */
export const obliqueAffine: Mat4 = (() => {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  return [0.8 * c, -1.5 * s, 0, -40, 0.8 * s, 1.5 * c, 0, 25, 0, 0, -2.5, 110, 0, 0, 0, 1];
})();

/** A Float32 volume with `value` of the world position (mm) at every voxel centre. */
export function volumeOf(
  size: readonly [number, number, number],
  worldFromVoxel: Mat4,
  value: (world: Vec3) => number,
  quantity: Quantity = "unknown",
): Volume {
  const data = new Float32Array(size[0] * size[1] * size[2]);
  let p = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++) data[p++] = value(transformPoint(worldFromVoxel, [i, j, k]));
    }
  }
  return { data, size, worldFromVoxel, quantity };
}

/** A ramp in world coordinates: only a resampling without half-voxel errors keeps it. */
export const ramp = ([x, y, z]: Vec3): number => 3 + 0.7 * x - 0.4 * y + 0.25 * z;

/** Largest |value - expected(world)| over voxels that `inside` accepts; -1 where none is accepted. */
export function worstError(
  volume: Volume,
  expected: (world: Vec3) => number,
  inside: (index: Vec3) => boolean = () => true,
): number {
  let worst = -1;
  const [nx, ny, nz] = volume.size;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        if (!inside([i, j, k])) continue;
        const value = volume.data[i + nx * (j + ny * k)]!;
        worst = Math.max(worst, Math.abs(value - expected(transformPoint(volume.worldFromVoxel, [i, j, k]))));
      }
    }
  }
  return worst;
}
