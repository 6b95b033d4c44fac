import type { Mat4 } from "../geometry/mat4.ts";
import type { VoxelGrid } from "./grid.ts";
import type { Volume, VoxelData } from "./volume.ts";
import { emptyLike } from "./voxelData.ts";

/**
 * `nearest` keeps values as they are (labels); `linear` is trilinear; `area` averages over what a coarser
 * voxel covers and is trilinear where the target is finer.
 */
export type Interpolation = "nearest" | "linear" | "area";

export interface ResampleRequest {
  readonly grid: VoxelGrid;
  readonly interpolation: Interpolation;
  readonly background: number;
  readonly sourceFromTarget: Mat4;
}

const faceTolerance = 1e-6;

/**
 * Trilinear value of a volume at continuous voxel indices; NaN outside the voxel faces. Within half a voxel of
 * the border the outermost voxels hold.
 */
export function sampleTrilinear(volume: Volume, x: number, y: number, z: number): number {
  const { data, size } = volume;
  const [nx, ny, nz] = size;
  if (!inside(x, nx) || !inside(y, ny) || !inside(z, nz)) return Number.NaN;
  const cx = Math.min(nx - 1, Math.max(0, x));
  const cy = Math.min(ny - 1, Math.max(0, y));
  const cz = Math.min(nz - 1, Math.max(0, z));
  const [i, j, k] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)];
  const [fx, fy, fz] = [cx - i, cy - j, cz - k];
  const dx = i < nx - 1 ? 1 : 0;
  const dy = j < ny - 1 ? nx : 0;
  const dz = k < nz - 1 ? nx * ny : 0;
  const p = i + nx * (j + ny * k);
  const low = mix(mix(data[p]!, data[p + dx]!, fx), mix(data[p + dy]!, data[p + dx + dy]!, fx), fy);
  const q = p + dz;
  const high = mix(mix(data[q]!, data[q + dx]!, fx), mix(data[q + dy]!, data[q + dx + dy]!, fx), fy);
  return mix(low, high, fz);
}

function mix(a: number, b: number, f: number): number {
  return a + (b - a) * f;
}

function inside(position: number, length: number): boolean {
  return position >= -0.5 - faceTolerance && position <= length - 0.5 + faceTolerance;
}

/** Sub-samples along a target axis, so that none is further from the next than one source voxel. */
function subSamples(m: Mat4, axis: number, interpolation: string): number {
  if (interpolation !== "area") return 1;
  const step = Math.max(Math.abs(m[axis]!), Math.abs(m[4 + axis]!), Math.abs(m[8 + axis]!));
  return Math.max(1, Math.ceil(step - 1e-6));
}

/** Resampling between grids whose axes are not parallel: point samples, averaged over coarser target voxels. */
export function resampleOblique(volume: Volume, request: ResampleRequest): VoxelData {
  const { grid, interpolation, background, sourceFromTarget: m } = request;
  const [nx, ny, nz] = grid.size;
  const count = nx * ny * nz;
  const nearest = interpolation === "nearest";
  const data = nearest ? emptyLike(volume.data, count) : new Float32Array(count);
  const sample = nearest ? sampleNearest : averager(m, interpolation);
  let target = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, target++) {
        const x = m[0]! * i + m[1]! * j + m[2]! * k + m[3]!;
        const y = m[4]! * i + m[5]! * j + m[6]! * k + m[7]!;
        const z = m[8]! * i + m[9]! * j + m[10]! * k + m[11]!;
        const value = sample(volume, x, y, z);
        data[target] = Number.isNaN(value) ? background : value;
      }
    }
  }
  return data;
}

type Sampler = (volume: Volume, x: number, y: number, z: number) => number;

function sampleNearest(volume: Volume, x: number, y: number, z: number): number {
  const [nx, ny, nz] = volume.size;
  if (!inside(x, nx) || !inside(y, ny) || !inside(z, nz)) return Number.NaN;
  return volume.data[nearestTo(x, nx) + nx * (nearestTo(y, ny) + ny * nearestTo(z, nz))]!;
}

function nearestTo(position: number, length: number): number {
  return Math.min(length - 1, Math.max(0, Math.round(position)));
}

/** The mean of the sub-samples of a target voxel that lie inside; NaN when its centre lies outside. */
function averager(m: Mat4, interpolation: string): Sampler {
  const counts = [0, 1, 2].map((axis) => subSamples(m, axis, interpolation)) as [number, number, number];
  if (counts.every((n) => n === 1)) return sampleTrilinear;
  const offsets: number[] = [];
  for (let c = 0; c < counts[2]; c++) {
    for (let b = 0; b < counts[1]; b++) {
      for (let a = 0; a < counts[0]; a++) {
        const [fi, fj, fk] = [
          (a + 0.5) / counts[0] - 0.5,
          (b + 0.5) / counts[1] - 0.5,
          (c + 0.5) / counts[2] - 0.5,
        ];
        for (const row of [0, 4, 8]) offsets.push(m[row]! * fi + m[row + 1]! * fj + m[row + 2]! * fk);
      }
    }
  }
  return (volume, x, y, z) => {
    const [nx, ny, nz] = volume.size;
    if (!inside(x, nx) || !inside(y, ny) || !inside(z, nz)) return Number.NaN;
    let sum = 0;
    let used = 0;
    for (let o = 0; o < offsets.length; o += 3) {
      const value = sampleTrilinear(volume, x + offsets[o]!, y + offsets[o + 1]!, z + offsets[o + 2]!);
      if (!Number.isNaN(value)) {
        sum += value;
        used++;
      }
    }
    return used > 0 ? sum / used : Number.NaN;
  };
}
