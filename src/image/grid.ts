import { badInput } from "../errors.ts";
import { type Mat4, compose, fromLinearTranslation, invertAffine, transformPoint } from "../geometry/mat4.ts";
import { type Vec3, dot } from "../geometry/vec3.ts";
import { type Volume, volumeCornersMm, voxelSpacingMm } from "./volume.ts";

/** Where the voxels of a volume lie: number along i, j, k and the affine to LPS millimetres. */
export type VoxelGrid = Pick<Volume, "size" | "worldFromVoxel">;

export type Size3 = readonly [number, number, number];

/** Voxel index i of one grid as a + b i of another, per axis. */
export function axisScale(offset: Vec3, step: Vec3): Mat4 {
  return fromLinearTranslation([step[0], 0, 0, 0, step[1], 0, 0, 0, step[2]], offset);
}

/** A grid along the same axes and around the same centre with other sizes; `step` = old voxels per new one. */
function centredGrid(grid: VoxelGrid, size: Size3, step: Vec3): VoxelGrid {
  const offset = [0, 1, 2].map((a) => (grid.size[a]! - 1) / 2 - ((size[a]! - 1) / 2) * step[a]!);
  const oldFromNew = axisScale(offset as unknown as Vec3, step);
  return { size, worldFromVoxel: compose(grid.worldFromVoxel, oldFromNew) };
}

/** The same box of space (voxel faces, not centres) divided into another number of voxels. */
export function gridOfSize(grid: VoxelGrid, size: Size3): VoxelGrid {
  requireSize(size);
  const [nx, ny, nz] = grid.size;
  return centredGrid(grid, size, [nx / size[0], ny / size[1], nz / size[2]]);
}

/**
 * Voxels of the given spacing (one number: isotropic) along the same axes, around the same centre, enough of
 * them to cover the volume. A sheared grid has no such axes: its box along the world's axes is taken.
 */
export function gridOfSpacing(grid: VoxelGrid, spacingMm: number | Vec3): VoxelGrid {
  const spacing: Vec3 = typeof spacingMm === "number" ? [spacingMm, spacingMm, spacingMm] : spacingMm;
  if (!spacing.every((s) => Number.isFinite(s) && s > 0)) {
    throw badInput({ what: "Voxel spacing", got: spacing.join(", "), expected: "three lengths above 0 mm" });
  }
  if (isSheared(grid)) return worldAlignedGrid(grid, spacing);
  const old = voxelSpacingMm(grid);
  const size = [0, 1, 2].map((a) => coveringCount(grid.size[a]! * old[a]!, spacing[a]!)) as unknown as Size3;
  requireSize(size);
  return centredGrid(grid, size, [spacing[0] / old[0], spacing[1] / old[1], spacing[2] / old[2]]);
}

/** Axis-aligned grid (LPS) of the given spacing around all the voxels of any grid, sheared ones too. */
export function worldAlignedGrid(grid: VoxelGrid, spacing: Vec3): VoxelGrid {
  const corners = volumeCornersMm(grid);
  const low = [0, 1, 2].map((a) => Math.min(...corners.map((c) => c[a]!)));
  const high = [0, 1, 2].map((a) => Math.max(...corners.map((c) => c[a]!)));
  const size = [0, 1, 2].map((a) => coveringCount(high[a]! - low[a]!, spacing[a]!)) as unknown as Size3;
  requireSize(size);
  const first = [0, 1, 2].map((a) => (low[a]! + high[a]!) / 2 - ((size[a]! - 1) / 2) * spacing[a]!);
  return { size, worldFromVoxel: axisScale(first as unknown as Vec3, spacing) };
}

function coveringCount(lengthMm: number, spacingMm: number): number {
  return Math.max(1, Math.ceil(lengthMm / spacingMm - 1e-6));
}

function requireSize(size: Size3): void {
  if (!size.every((n) => Number.isInteger(n) && n > 0) || size[0] * size[1] * size[2] > 2 ** 31) {
    throw badInput({
      what: "Size of a voxel grid",
      got: size.join(" x "),
      expected: "three whole numbers above 0, at most 2^31 voxels together",
      todo: "Choose a larger spacing",
    });
  }
}

/** Whether some pair of voxel axes is off a right angle by more than `toleranceDeg` (default 0.05 degrees). */
export function isSheared(grid: Pick<VoxelGrid, "worldFromVoxel">, toleranceDeg = 0.05): boolean {
  const m = grid.worldFromVoxel;
  const spacing = voxelSpacingMm(grid);
  const axis = (c: number): Vec3 => [m[c]! / spacing[c]!, m[4 + c]! / spacing[c]!, m[8 + c]! / spacing[c]!];
  const limit = Math.sin((toleranceDeg * Math.PI) / 180);
  return [dot(axis(0), axis(1)), dot(axis(1), axis(2)), dot(axis(0), axis(2))].some(
    (c) => Math.abs(c) > limit,
  );
}

/** Whether two grids have one size and no voxel centre differs by more than `toleranceMm` (default 0.001). */
export function sameGrid(a: VoxelGrid, b: VoxelGrid, toleranceMm = 1e-3): boolean {
  if (!a.size.every((n, axis) => n === b.size[axis])) return false;
  return volumeCornersMm(a).every((corner, i) => {
    const other = volumeCornersMm(b)[i]!;
    return Math.hypot(corner[0] - other[0], corner[1] - other[1], corner[2] - other[2]) <= toleranceMm;
  });
}

/** Index in `from`'s voxels of a voxel of `to`. */
export function voxelFromVoxel(from: VoxelGrid, to: VoxelGrid): Mat4 {
  return compose(invertAffine(from.worldFromVoxel), to.worldFromVoxel);
}

/** Continuous voxel index of a world point (LPS mm). */
export function voxelOfPoint(grid: VoxelGrid, worldMm: Vec3): Vec3 {
  return transformPoint(invertAffine(grid.worldFromVoxel), worldMm);
}
