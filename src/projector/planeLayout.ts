import { PADDING } from "./viewLayout.ts";

/**
 * How a volume lies in kernel memory for rays along axis a: plane after plane, b fastest, then c, with zero
 * voxels around each plane. Addresses and strides in bytes.
 */
export interface PlaneLayout {
  /** Fastest axis in memory. */
  readonly b: 0 | 1 | 2;
  /** The other in-plane axis. */
  readonly c: 0 | 1 | 2;
  /** Where the block starts: the padded corner of plane 0, two voxels below (0, 0) in b and c. */
  readonly address: number;
  /** Voxel (0, 0, 0). */
  readonly origin: number;
  /** Bytes from one voxel to the next along x, y and z. */
  readonly strides: readonly [number, number, number];
  readonly strideA: number;
  readonly strideC: number;
}

const voxelBytes = 4;
/** The kernel multiplies row numbers by 16-bit integers. */
const largestRowStep = 32767;

function sides(
  size: readonly [number, number, number],
  axis: 0 | 1 | 2,
): { b: 0 | 1; c: 1 | 2; row: number; rows: number } {
  const b = axis === 0 ? 1 : 0;
  const c = axis === 2 ? 1 : 2;
  return { b, c, row: size[b]! + 2 * PADDING, rows: size[c]! + 2 * PADDING };
}

/** Memory of one layout. */
export function layoutBytes(size: readonly [number, number, number], axis: 0 | 1 | 2): number {
  const { row, rows } = sides(size, axis);
  return voxelBytes * row * rows * size[axis]!;
}

export function planLayout(
  size: readonly [number, number, number],
  axis: 0 | 1 | 2,
  address: number,
): PlaneLayout {
  const { b, c, row, rows } = sides(size, axis);
  const interleaved = row * size[axis] <= largestRowStep;
  const strideA = voxelBytes * (interleaved ? row : row * rows);
  const strideC = voxelBytes * (interleaved ? row * size[axis] : row);
  const strides: [number, number, number] = [0, 0, 0];
  strides[axis] = strideA;
  strides[b] = voxelBytes;
  strides[c] = strideC;
  const origin = address + PADDING * (voxelBytes + strideC);
  return { b, c, address, origin, strides, strideA, strideC };
}
