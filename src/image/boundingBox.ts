import { badInput } from "../errors.ts";
import type { Size3 } from "./grid.ts";
import { cropVolume } from "./resample.ts";
import type { Volume } from "./volume.ts";

/** A box of voxels: the first one and how many along i, j, k. */
export interface VoxelBox {
  readonly start: Size3;
  readonly size: Size3;
}

/** The smallest box around all voxels above `threshold` (default 0); undefined when there is none. */
export function occupiedBox(volume: Volume, threshold = 0): VoxelBox | undefined {
  const { data, size } = volume;
  const [nx, ny, nz] = size;
  const low = [nx, ny, nz];
  const high = [-1, -1, -1];
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k);
      let first = 0;
      while (first < nx && !(data[row + first]! > threshold)) first++;
      if (first === nx) continue;
      let last = nx - 1;
      while (!(data[row + last]! > threshold)) last--;
      [first, j, k].forEach((value, axis) => (low[axis] = Math.min(low[axis]!, value)));
      [last, j, k].forEach((value, axis) => (high[axis] = Math.max(high[axis]!, value)));
    }
  }
  if (high[0]! < 0) return undefined;
  const extent = [0, 1, 2].map((axis) => high[axis]! - low[axis]! + 1);
  return { start: [low[0]!, low[1]!, low[2]!], size: [extent[0]!, extent[1]!, extent[2]!] };
}

/** A box grown by `margin` voxels (one number, or one per axis) on every side, kept within `size`. */
export function grownBox(box: VoxelBox, margin: number | Size3, size: Size3): VoxelBox {
  const by: Size3 = typeof margin === "number" ? [margin, margin, margin] : margin;
  const start = [0, 1, 2].map((a) => Math.max(0, box.start[a]! - by[a]!));
  const end = [0, 1, 2].map((a) => Math.min(size[a]!, box.start[a]! + box.size[a]! + by[a]!));
  return {
    start: [start[0]!, start[1]!, start[2]!],
    size: [end[0]! - start[0]!, end[1]! - start[1]!, end[2]! - start[2]!],
  };
}

/** The volume cut to its voxels above `threshold` and `margin` more on every side; world positions stay. */
export function cropToOccupied(volume: Volume, threshold = 0, margin = 1): Volume {
  const box = occupiedBox(volume, threshold);
  if (!box) {
    throw badInput({ what: "Volume", got: `no voxel above ${threshold}`, expected: "something to crop to" });
  }
  const { start, size } = grownBox(box, margin, volume.size);
  return cropVolume(volume, start, size);
}
