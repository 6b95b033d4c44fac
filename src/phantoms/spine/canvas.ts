import { type Mat4, fromLinearTranslation, transformPoint } from "../../geometry/mat4.ts";
import { invertRigid } from "../../geometry/se3.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { type Box, type Solid, boxAround, boxCorners } from "./solid.ts";

/** An axis-aligned voxel grid in world LPS mm. */
export interface Grid {
  readonly size: readonly [number, number, number];
  readonly spacingMm: Vec3;
  /** World position of the centre of voxel (0, 0, 0). */
  readonly originMm: Vec3;
}

/** The CT being painted, and the labels that go with it. */
export interface Canvas {
  readonly grid: Grid;
  /** Hounsfield units, i fastest. */
  readonly hu: Float32Array;
  readonly labels: Uint8Array;
}

/** Half-open voxel ranges [i0, i1) x [j0, j1) x [k0, k1). */
export interface VoxelRange {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
}

/** What one paints with: HU, as a constant or by world position (mm). */
export type Paint = number | ((x: number, y: number, z: number) => number);

export function createCanvas(grid: Grid): Canvas {
  const count = grid.size[0] * grid.size[1] * grid.size[2];
  return { grid, hu: new Float32Array(count).fill(-1000), labels: new Uint8Array(count) };
}

export function worldFromGrid(grid: Grid): Mat4 {
  const [sx, sy, sz] = grid.spacingMm;
  return fromLinearTranslation([sx, 0, 0, 0, sy, 0, 0, 0, sz], grid.originMm);
}

/** Voxels whose centres lie in a local box grown by `marginMm`; undefined when there is none. */
export function voxelRange(
  grid: Grid,
  worldFromLocal: Mat4,
  box: Box,
  marginMm: number,
): VoxelRange | undefined {
  const world = boxAround(
    boxCorners(box).map((corner) => transformPoint(worldFromLocal, corner)),
    marginMm,
  );
  const low = (a: 0 | 1 | 2): number =>
    Math.max(0, Math.ceil((world.min[a] - grid.originMm[a]) / grid.spacingMm[a]));
  const high = (a: 0 | 1 | 2): number =>
    Math.min(grid.size[a], Math.floor((world.max[a] - grid.originMm[a]) / grid.spacingMm[a]) + 1);
  const range = { from: [low(0), low(1), low(2)], to: [high(0), high(1), high(2)] } as const;
  return range.from.every((value, a) => value < range.to[a]!) ? range : undefined;
}

/** Fraction of a voxel of width `w` covered by a locally flat body at signed distance `d`. */
export function coverage(d: number, w: number): number {
  return Math.min(1, Math.max(0, 0.5 - d / w));
}

/** Width in mm that stands for a voxel in `coverage`. */
export function voxelWidthMm(grid: Grid): number {
  return Math.cbrt(grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]);
}

/**
 * Paints a soft-tissue solid over what is there, its rim blended over one voxel (or `softMm`
 * where that is wider). `opacity` < 1 lets the background through.
 */
export function paintSolid(
  canvas: Canvas,
  worldFromLocal: Mat4,
  solid: Solid,
  paint: Paint,
  options: { softMm?: number; opacity?: number } = {},
): void {
  const { grid, hu } = canvas;
  const width = Math.max(voxelWidthMm(grid), options.softMm ?? 0);
  const opacity = options.opacity ?? 1;
  const range = voxelRange(grid, worldFromLocal, solid.box, width / 2);
  if (!range) return;
  const m = invertRigid(worldFromLocal);
  const [nx, ny] = grid.size;
  const [sx, sy, sz] = grid.spacingMm;
  for (let k = range.from[2]; k < range.to[2]; k++) {
    const z = grid.originMm[2] + k * sz;
    for (let j = range.from[1]; j < range.to[1]; j++) {
      const y = grid.originMm[1] + j * sy;
      const row = nx * (j + ny * k);
      for (let i = range.from[0]; i < range.to[0]; i++) {
        const x = grid.originMm[0] + i * sx;
        const d = solid.distance(
          m[0]! * x + m[1]! * y + m[2]! * z + m[3]!,
          m[4]! * x + m[5]! * y + m[6]! * z + m[7]!,
          m[8]! * x + m[9]! * y + m[10]! * z + m[11]!,
        );
        const share = coverage(d, width) * opacity;
        if (share === 0) continue;
        const value = typeof paint === "number" ? paint : paint(x, y, z);
        hu[row + i]! += share * (value - hu[row + i]!);
      }
    }
  }
}
