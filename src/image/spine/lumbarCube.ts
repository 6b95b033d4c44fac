import { badInput } from "../../errors.ts";
import { compose } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { occupiedBox } from "../boundingBox.ts";
import { type VoxelGrid, axisScale, isSheared, worldAlignedGrid } from "../grid.ts";
import { maskOnGrid } from "../mask.ts";
import { reorientToLps } from "../orientation.ts";
import { resampleVolume } from "../resample.ts";
import { type Volume, createVolume, voxelSpacingMm } from "../volume.ts";

export interface LumbarCubeOptions {
  /** Voxels along each edge; default 128 (section 3.1 of the paper). */
  readonly size?: number;
  /** Space left around the mask on every side; default 10 mm. */
  readonly marginMm?: number;
}

/** A cube of isotropic voxels around a mask. */
export interface LumbarCube {
  readonly volume: Volume;
  /** Uint8, 0 or 1, on the same grid. */
  readonly mask: Volume;
  readonly spacingMm: number;
}

/**
 * Crops a CT to the smallest cube around the mask (plus the margin) and resamples it to size^3 isotropic voxels, axes along
 * those of the volume nearest to left, posterior, superior. Values are averaged where voxels get larger; outside the
 * scan there is air. World positions stay. Throws `bad-input` for an empty mask.
 */
export function cropToLumbarCube(volume: Volume, mask: Volume, options: LumbarCubeOptions = {}): LumbarCube {
  const size = options.size ?? 128;
  const marginMm = options.marginMm ?? 10;
  if (!(Number.isInteger(size) && size >= 8 && size <= 1024 && marginMm >= 0)) {
    throw badInput({
      what: "Lumbar cube",
      got: `size ${size}, margin ${marginMm} mm`,
      expected: "8 to 1024 voxels, 0 mm or more",
    });
  }
  const grid = cubeAround(reorientToLps(uprightMask(mask, volume)), size, marginMm);
  const cropped = resampleVolume(volume, grid);
  // The share of each voxel that the mask covers; half or more counts.
  const share = resampleVolume({ ...maskOnGrid(mask, volume), quantity: "unknown" }, grid);
  const data = Uint8Array.from(share.data, (value) => (value >= 0.5 ? 1 : 0));
  return {
    volume: cropped,
    mask: createVolume({ ...grid, data, quantity: "label" }, "Mask of the lumbar cube"),
    spacingMm: voxelSpacingMm(grid)[0],
  };
}

/** On the volume's grid, or where that is sheared on one along the world's axes. */
function uprightMask(mask: Volume, volume: Volume): Volume {
  const fitted = maskOnGrid(mask, volume);
  if (!isSheared(volume)) return fitted;
  return resampleVolume(fitted, worldAlignedGrid(volume, voxelSpacingMm(volume)), {
    interpolation: "nearest",
  });
}

function cubeAround(mask: Volume, size: number, marginMm: number): VoxelGrid {
  const box = occupiedBox(mask);
  if (!box) {
    throw badInput({
      what: "Lumbar cube",
      got: "a mask without any voxel inside the volume",
      expected: "a mask of the lumbar spine of this CT",
    });
  }
  const spacing = voxelSpacingMm(mask);
  const extents = box.size.map((n, axis) => n * spacing[axis]!);
  const side = Math.max(...extents) + 2 * marginMm;
  const pitch = side / size;
  const step = spacing.map((s) => pitch / s) as unknown as Vec3;
  const first = box.start.map((s, axis) => s + (box.size[axis]! - 1) / 2 - ((size - 1) / 2) * step[axis]!);
  return {
    size: [size, size, size],
    worldFromVoxel: compose(mask.worldFromVoxel, axisScale(first as unknown as Vec3, step)),
  };
}
