import type { Volume } from "../volume.ts";
import { gaussianKernel } from "../filters/gaussian.ts";
import { voxelSpacingMm } from "../volume.ts";

/** Where the column runs: for each slice k its centre in voxels (i, j) of the volume. */
export interface SpineColumn {
  readonly i: Float64Array;
  readonly j: Float64Array;
}

/** Sizes of the window whose share of bone is looked at: a vertebra with its arch. */
const windowMm = { across: 39, frontToBack: 51 } as const;
/** Bone, but not metal. */
const boneHu = [150, 2000] as const;
/** Share of bone that one mm away from the middle of the body costs. */
const lateralCostPerMm = 0.01;
/** The column moves sideways by at most one voxel from slice to slice; jitter below this is smoothed. */
const smoothingMm = 9;

/**
 * Follows the spine through the slices of a CT in HU whose axes run to left, posterior and superior, at about
 * 3 mm: the path of most bone near the middle of the body, by dynamic programming over the slices.
 */
export function findSpineColumn(volume: Volume): SpineColumn {
  const [nx, ny, nz] = volume.size;
  const plane = nx * ny;
  const middle = bodyMiddle(volume);
  const spacing = voxelSpacingMm(volume);
  const reached = new Float32Array(plane);
  const from = Array.from({ length: nz }, () => new Int32Array(plane));
  for (let k = 0; k < nz; k++) {
    const score = boneShare(volume, k, spacing[0], spacing[1]);
    const previous = reached.slice();
    for (let j = 0, p = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, p++) {
        const best = k === 0 ? p : bestNeighbour(previous, i, j, nx, ny);
        from[k]![p] = best;
        const cost = lateralCostPerMm * Math.abs(i - middle) * spacing[0];
        reached[p] = (k === 0 ? 0 : previous[best]!) + score[p]! - cost;
      }
    }
  }
  return smoothed(trace(reached, from, nx), smoothingMm / spacing[2]);
}

function trace(reached: Float32Array, from: readonly Int32Array[], nx: number): SpineColumn {
  let p = 0;
  for (let q = 1; q < reached.length; q++) if (reached[q]! > reached[p]!) p = q;
  const i = new Float64Array(from.length);
  const j = new Float64Array(from.length);
  for (let k = from.length - 1; k >= 0; k--) {
    i[k] = p % nx;
    j[k] = Math.floor(p / nx);
    p = from[k]![p]!;
  }
  return { i, j };
}

function bestNeighbour(values: Float32Array, i: number, j: number, nx: number, ny: number): number {
  let best = j * nx + i;
  for (let y = Math.max(0, j - 1); y <= Math.min(ny - 1, j + 1); y++) {
    for (let x = Math.max(0, i - 1); x <= Math.min(nx - 1, i + 1); x++) {
      if (values[y * nx + x]! > values[best]!) best = y * nx + x;
    }
  }
  return best;
}

/** Median column index of everything that is not air: the middle of the body. */
function bodyMiddle({ data, size }: Volume): number {
  const counts = new Float64Array(size[0]);
  let total = 0;
  for (let p = 0; p < data.length; p++) {
    if (!(data[p]! > -300)) continue;
    counts[p % size[0]]!++;
    total++;
  }
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i]!;
    if (2 * seen >= total && total > 0) return i;
  }
  return (size[0] - 1) / 2;
}

/** Share of bone in a window around each pixel of slice k, from running sums; outside the picture there is none. */
function boneShare({ data, size }: Volume, k: number, dx: number, dy: number): Float32Array {
  const [nx, ny] = size;
  const sums = new Float64Array((nx + 1) * (ny + 1));
  for (let j = 0, p = k * nx * ny; j < ny; j++) {
    let row = 0;
    for (let i = 0; i < nx; i++, p++) {
      if (data[p]! > boneHu[0] && data[p]! < boneHu[1]) row++;
      sums[(j + 1) * (nx + 1) + i + 1] = sums[j * (nx + 1) + i + 1]! + row;
    }
  }
  const [rx, ry] = [Math.floor(windowMm.across / dx / 2), Math.floor(windowMm.frontToBack / dy / 2)];
  const area = (2 * rx + 1) * (2 * ry + 1);
  const out = new Float32Array(nx * ny);
  for (let j = 0, p = 0; j < ny; j++) {
    const [top, bottom] = [Math.max(0, j - ry) * (nx + 1), Math.min(ny, j + ry + 1) * (nx + 1)];
    for (let i = 0; i < nx; i++, p++) {
      const [left, right] = [Math.max(0, i - rx), Math.min(nx, i + rx + 1)];
      out[p] = (sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!) / area;
    }
  }
  return out;
}

function smoothed({ i, j }: SpineColumn, sigma: number): SpineColumn {
  const kernel = gaussianKernel(sigma);
  const radius = (kernel.length - 1) / 2;
  const smooth = (values: Float64Array): Float64Array =>
    values.map((_, k) =>
      kernel.reduce((sum, weight, n) => {
        const at = Math.min(values.length - 1, Math.max(0, k + n - radius));
        return sum + weight * values[at]!;
      }, 0),
    );
  return { i: smooth(i), j: smooth(j) };
}
