import type { VoxelData } from "../image/volume.ts";
import { planesInFront } from "./samplingPlan.ts";

/** A grid of voxels as the reference backend reads it: zero outside. */
export interface VoxelGrid {
  readonly data: VoxelData;
  readonly size: readonly [number, number, number];
}

/** One ray in voxel coordinates: source + t direction, t > 0; `lengthMm` = mm per unit of t. */
export interface VoxelRay {
  readonly source: ArrayLike<number>;
  readonly direction: ArrayLike<number>;
  readonly lengthMm: number;
}

/** A line integral and its gradients with respect to the ray's source and direction (voxel frame). */
export interface RayIntegral {
  value: number;
  readonly bySource: Float64Array;
  readonly byDirection: Float64Array;
}

export function createRayIntegral(): RayIntegral {
  return { value: 0, bySource: new Float64Array(3), byDirection: new Float64Array(3) };
}

function clear(out: RayIntegral): void {
  out.value = 0;
  out.bySource.fill(0);
  out.byDirection.fill(0);
}

/** Value at an integer voxel, zero outside the grid. */
function voxel(grid: VoxelGrid, i: number, j: number, k: number): number {
  const [nx, ny, nz] = grid.size;
  if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return 0;
  return grid.data[i + nx * (j + ny * k)]!;
}

/** Trilinear sample at (x, y, z); its gradient goes into `gradient`. */
function trilinear(grid: VoxelGrid, x: number, y: number, z: number, gradient: Float64Array): number {
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  let value = 0;
  gradient.fill(0);
  for (let corner = 0; corner < 8; corner++) {
    const [a, b, c] = [corner & 1, (corner >> 1) & 1, corner >> 2];
    const here = voxel(grid, i + a, j + b, k + c);
    const wx = a ? x - i : 1 - (x - i);
    const wy = b ? y - j : 1 - (y - j);
    const wz = c ? z - k : 1 - (z - k);
    value += here * wx * wy * wz;
    gradient[0]! += here * (a ? 1 : -1) * wy * wz;
    gradient[1]! += here * wx * (b ? 1 : -1) * wz;
    gradient[2]! += here * wx * wy * (c ? 1 : -1);
  }
  return value;
}

const sampleGradient = new Float64Array(3);

/**
 * Samples at every voxel plane of `axis` (Joseph, IEEE TMI 1982): I = w sum V, w = mm between planes.
 * The gradients are exact for this sum: a sample slides in its plane as the ray moves, and w follows
 * the direction.
 */
export function integratePlanes(out: RayIntegral, grid: VoxelGrid, ray: VoxelRay, axis: 0 | 1 | 2): void {
  clear(out);
  const { source, direction } = ray;
  const b = (axis + 1) % 3;
  const c = (axis + 2) % 3;
  const along = direction[axis]!;
  if (along === 0) return;
  const slopeB = direction[b]! / along;
  const slopeC = direction[c]! / along;
  const weight = ray.lengthMm / Math.abs(along);
  const [first, last] = planesInFront(source[axis]!, along, grid.size[axis]!);
  const point = new Float64Array(3);
  for (let k = first; k <= last; k++) {
    const depth = k - source[axis]!;
    point[axis] = k;
    point[b] = source[b]! + depth * slopeB;
    point[c] = source[c]! + depth * slopeC;
    out.value += weight * trilinear(grid, point[0]!, point[1]!, point[2]!, sampleGradient);
    const gradientB = weight * sampleGradient[b]!;
    const gradientC = weight * sampleGradient[c]!;
    out.bySource[b]! += gradientB;
    out.bySource[c]! += gradientC;
    out.bySource[axis]! -= gradientB * slopeB + gradientC * slopeC;
    out.byDirection[b]! += (gradientB * depth) / along;
    out.byDirection[c]! += (gradientC * depth) / along;
    out.byDirection[axis]! -= ((gradientB * slopeB + gradientC * slopeC) * depth) / along;
  }
  out.byDirection[axis]! -= out.value / along;
}

/** Trilinear samples every `stepMm` of ray length, at fixed distances (i + 1/2) step from the source. */
export function integrateUniform(out: RayIntegral, grid: VoxelGrid, ray: VoxelRay, stepMm: number): void {
  clear(out);
  const { source, direction, lengthMm } = ray;
  const [enter, leave] = crossing(grid, ray, 1);
  const first = Math.max(0, Math.ceil((enter * lengthMm) / stepMm - 0.5));
  const last = Math.floor((leave * lengthMm) / stepMm - 0.5);
  for (let i = first; i <= last; i++) {
    const t = ((i + 0.5) * stepMm) / lengthMm;
    const x = source[0]! + t * direction[0]!;
    const y = source[1]! + t * direction[1]!;
    const z = source[2]! + t * direction[2]!;
    out.value += stepMm * trilinear(grid, x, y, z, sampleGradient);
    for (let axis = 0; axis < 3; axis++) {
      out.bySource[axis]! += stepMm * sampleGradient[axis]!;
      out.byDirection[axis]! += stepMm * t * sampleGradient[axis]!;
    }
  }
}

/**
 * Exact integral through voxels of constant value (Siddon, Med Phys 1985; walked voxel by voxel as in
 * Amanatides & Woo 1987). Voxel i covers [i - 1/2, i + 1/2).
 */
export function integrateSiddon(out: RayIntegral, grid: VoxelGrid, ray: VoxelRay): void {
  clear(out);
  const { source, direction, lengthMm } = ray;
  const [enter, leave] = crossing(grid, ray, 0.5);
  if (!(leave > enter)) return;
  const cell = [0, 0, 0];
  const next = [0, 0, 0];
  const stride = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const d = direction[axis]!;
    const at = source[axis]! + enter * d;
    cell[axis] = Math.min(grid.size[axis]! - 1, Math.max(0, Math.round(at)));
    stride[axis] = d === 0 ? Number.POSITIVE_INFINITY : Math.abs(1 / d);
    next[axis] =
      d === 0 ? Number.POSITIVE_INFINITY : (cell[axis]! + (d > 0 ? 0.5 : -0.5) - source[axis]!) / d;
  }
  for (let t = enter; t < leave;) {
    const axis = next[0]! <= next[1]! ? (next[0]! <= next[2]! ? 0 : 2) : next[1]! <= next[2]! ? 1 : 2;
    const until = Math.min(next[axis]!, leave);
    if (until > t) out.value += (until - t) * lengthMm * voxel(grid, cell[0]!, cell[1]!, cell[2]!);
    t = Math.max(t, until);
    next[axis]! += stride[axis]!;
    cell[axis]! += direction[axis]! > 0 ? 1 : -1;
  }
}

/** Range of t > 0 inside the grid's box grown by `margin` voxels around the centres; empty when leave <= enter. */
function crossing(grid: VoxelGrid, ray: VoxelRay, margin: number): [number, number] {
  let enter = 0;
  let leave = Number.POSITIVE_INFINITY;
  for (let axis = 0; axis < 3; axis++) {
    const s = ray.source[axis]!;
    const d = ray.direction[axis]!;
    const low = -margin;
    const high = grid.size[axis]! - 1 + margin;
    if (d === 0) {
      if (s < low || s > high) return [0, 0];
      continue;
    }
    const [t0, t1] = [(low - s) / d, (high - s) / d];
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  return [enter, leave];
}
