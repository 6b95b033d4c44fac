import { type Mat4, compose, fromLinearTranslation } from "../../geometry/mat4.ts";
import { type Volume, type VoxelData, voxelSpacingMm } from "../../image/volume.ts";

/**
 * A CT refined by cubic interpolation, with one voxel of air around it. HU as Int16, clamped at
 * -1000; index (1, 1, 1) is the centre of the first refined voxel.
 */
export interface FineVolume {
  readonly data: Int16Array;
  readonly size: readonly [number, number, number];
  readonly worldFromFine: Mat4;
  /** Smallest spacing in mm. */
  readonly spacingMm: number;
  /** Index box (fine, padded) of everything denser than air: [low, high] per axis. */
  readonly occupied: readonly (readonly [number, number])[];
}

/** Refinement stops at this many voxels; larger volumes are already fine. */
const mostVoxels = 48e6;
const airHu = -1000;
/** What is thinner than this (HU) is not traced. */
const traceHu = -980;

/**
 * The same volume stored with `axis` fastest: rays along it then read neighbouring memory. Index
 * axes are exchanged in `worldFromVoxel` too, so that no voxel moves in the world.
 */
export function storeAlong(ct: Volume, axis: 0 | 1 | 2): Volume {
  if (axis === 0) return ct;
  const order = axis === 1 ? [1, 0, 2] : [2, 1, 0];
  const strides = [1, ct.size[0], ct.size[0] * ct.size[1]];
  const [sa, sb, sc] = order.map((a) => strides[a]!) as [number, number, number];
  const size = order.map((a) => ct.size[a]!) as [number, number, number];
  const data = ct.data.slice();
  let n = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      const from = sb * j + sc * k;
      for (let i = 0; i < size[0]; i++) data[n++] = ct.data[from + sa * i]!;
    }
  }
  const m = ct.worldFromVoxel;
  const worldFromVoxel = m.map((_, at) =>
    at % 4 < 3 ? m[4 * Math.floor(at / 4) + order[at % 4]!]! : m[at]!,
  );
  return { ...ct, data, size, worldFromVoxel };
}

/** Refines so that voxels are about `targetMm` (never coarser than the CT, at most four times finer). */
export function refineVolume(ct: Volume, targetMm: number): FineVolume {
  const spacing = voxelSpacingMm(ct);
  const factors = spacing.map((s) => Math.min(4, Math.max(1, Math.round(s / targetMm)))) as [
    number,
    number,
    number,
  ];
  while (count(ct.size, factors) > mostVoxels && Math.max(...factors) > 1) {
    factors[factors.indexOf(Math.max(...factors))]! -= 1;
  }
  const refine = factors.some((factor) => factor > 1);
  let data: VoxelData = refine ? clampedHu(ct.data) : ct.data;
  let size: [number, number, number] = [...ct.size];
  for (const axis of [0, 1, 2] as const) {
    if (factors[axis] === 1) continue;
    data = refineAxis(data, size, axis, factors[axis]);
    size = size.map((n, a) => (a === axis ? n * factors[axis] : n)) as [number, number, number];
  }
  const [fx, fy, fz] = factors;
  // Voxel faces stay where they are: fine index f (padded by one) is voxel (f - 1 + 0.5) / factor - 0.5.
  const voxelFromFine = fromLinearTranslation(
    [1 / fx, 0, 0, 0, 1 / fy, 0, 0, 0, 1 / fz],
    [-0.5 / fx - 0.5, -0.5 / fy - 0.5, -0.5 / fz - 0.5],
  );
  return {
    ...pad(data, size),
    worldFromFine: compose(ct.worldFromVoxel, voxelFromFine),
    spacingMm: Math.min(...spacing.map((s, a) => s / factors[a]!)),
  };
}

/** HU between air and what 16 bits hold; NaN becomes air. */
function clampedHu(data: VoxelData): Float32Array {
  const out = new Float32Array(data.length);
  for (let n = 0; n < out.length; n++) out[n] = clampHu(data[n]!);
  return out;
}

function clampHu(value: number): number {
  return value > airHu ? Math.min(32767, value) : airHu;
}

function count(size: readonly number[], factors: readonly number[]): number {
  return size.reduce((product, n, a) => product * n * factors[a]!, 1);
}

/** Catmull-Rom interpolation along one axis at `factor` evenly spaced places in every voxel. */
function refineAxis(
  data: VoxelData,
  size: readonly [number, number, number],
  axis: 0 | 1 | 2,
  factor: number,
): Float32Array {
  const phases = Array.from({ length: factor }, (_, p) => {
    const offset = (p + 0.5) / factor - 0.5;
    const [start, t] = offset < 0 ? [-2, 1 + offset] : [-1, offset];
    return { start, weights: catmullRom(t) };
  });
  const n = size[axis];
  const inner = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const outer = data.length / (n * inner);
  const out = new Float32Array(data.length * factor);
  const at = (i: number): number => Math.min(n - 1, Math.max(0, i)) * inner;
  for (let o = 0; o < outer; o++) {
    const from = o * n * inner;
    for (let i = 0; i < n; i++) {
      for (let p = 0; p < factor; p++) {
        const { start, weights } = phases[p]!;
        const [w0, w1, w2, w3] = weights;
        const a = from + at(i + start);
        const b = from + at(i + start + 1);
        const c = from + at(i + start + 2);
        const d = from + at(i + start + 3);
        const to = (o * n * factor + i * factor + p) * inner;
        for (let q = 0; q < inner; q++) {
          out[to + q] = w0 * data[a + q]! + w1 * data[b + q]! + w2 * data[c + q]! + w3 * data[d + q]!;
        }
      }
    }
  }
  return out;
}

function catmullRom(t: number): [number, number, number, number] {
  const [t2, t3] = [t * t, t * t * t];
  return [
    -0.5 * t + t2 - 0.5 * t3,
    1 - 2.5 * t2 + 1.5 * t3,
    0.5 * t + 2 * t2 - 1.5 * t3,
    -0.5 * t2 + 0.5 * t3,
  ];
}

function pad(
  data: VoxelData,
  size: readonly [number, number, number],
): Pick<FineVolume, "data" | "size" | "occupied"> {
  const [nx, ny, nz] = size;
  const [px, py] = [nx + 2, ny + 2];
  const out = new Int16Array(px * py * (nz + 2)).fill(airHu);
  const low = [px, py, nz + 2];
  const high = [-1, -1, -1];
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const from = nx * (j + ny * k);
      const to = 1 + px * (j + 1 + py * (k + 1));
      let [first, last] = [nx, -1];
      for (let i = 0; i < nx; i++) {
        const value = Math.floor(clampHu(data[from + i]!) + 0.5);
        out[to + i] = value;
        if (value > traceHu) {
          if (first === nx) first = i;
          last = i;
        }
      }
      if (last < 0) continue;
      const box = [first + 1, last + 1, j + 1, j + 1, k + 1, k + 1];
      for (let a = 0; a < 3; a++) {
        low[a] = Math.min(low[a]!, box[2 * a]!);
        high[a] = Math.max(high[a]!, box[2 * a + 1]!);
      }
    }
  }
  const empty = high[0]! < 0;
  const occupied = [0, 1, 2].map((a) => (empty ? ([0, 0] as const) : ([low[a]! - 1, high[a]! + 1] as const)));
  return { data: out, size: [px, py, nz + 2], occupied };
}
