import { type Volume, voxelSpacingMm } from "./volume.ts";

/**
 * Distance in mm from every voxel centre to the centre of the nearest non-zero voxel, exact on grids at right
 * angles; Infinity where there is none. Felzenszwalb & Huttenlocher, Theory of Computing 8 (2012) 415.
 */
export function distanceToMask(mask: Volume): Float32Array {
  const squared = new Float32Array(mask.data.length);
  for (let i = 0; i < squared.length; i++) squared[i] = mask.data[i] ? 0 : Number.POSITIVE_INFINITY;
  const [nx, ny, nz] = mask.size;
  const [sx, sy, sz] = voxelSpacingMm(mask);
  const longest = Math.max(nx, ny, nz);
  const row: ParabolaRow = {
    input: new Float64Array(longest),
    output: new Float64Array(longest),
    apex: new Int32Array(longest),
    from: new Float64Array(longest + 1),
  };
  const pass = (length: number, stride: number, spacing: number, start: number): void => {
    for (let i = 0; i < length; i++) row.input[i] = squared[start + i * stride]!;
    lowerEnvelope(row, length, spacing);
    for (let i = 0; i < length; i++) squared[start + i * stride] = row.output[i]!;
  };
  for (let r = 0; r < ny * nz; r++) pass(nx, 1, sx, r * nx);
  for (let k = 0; k < nz; k++) for (let i = 0; i < nx; i++) pass(ny, nx, sy, k * nx * ny + i);
  for (let p = 0; p < nx * ny; p++) pass(nz, nx * ny, sz, p);
  for (let i = 0; i < squared.length; i++) squared[i] = Math.sqrt(squared[i]!);
  return squared;
}

interface ParabolaRow {
  readonly input: Float64Array;
  readonly output: Float64Array;
  /** Apex of each parabola of the envelope and the position from which it is the lowest. */
  readonly apex: Int32Array;
  readonly from: Float64Array;
}

/** output(p) = min_q input(q) + (spacing (p - q))^2. */
function lowerEnvelope({ input, output, apex, from }: ParabolaRow, length: number, spacing: number): void {
  const square = spacing * spacing;
  let count = 0;
  for (let q = 0; q < length; q++) {
    const height = input[q]!;
    if (height === Number.POSITIVE_INFINITY) continue;
    let start = Number.NEGATIVE_INFINITY;
    while (count > 0) {
      const p = apex[count - 1]!;
      start = ((height - input[p]!) / square + q * q - p * p) / (2 * (q - p));
      if (start > from[count - 1]!) break;
      count--;
    }
    apex[count] = q;
    from[count] = count === 0 ? Number.NEGATIVE_INFINITY : start;
    count++;
  }
  if (count === 0) {
    output.fill(Number.POSITIVE_INFINITY, 0, length);
    return;
  }
  for (let p = 0, k = 0; p < length; p++) {
    while (k + 1 < count && from[k + 1]! < p) k++;
    output[p] = input[apex[k]!]! + square * (p - apex[k]!) ** 2;
  }
}
