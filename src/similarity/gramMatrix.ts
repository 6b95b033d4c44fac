/** Pixels gathered before they are multiplied: few enough to stay in the first-level cache. */
export const gramBlockLength = 512;

/** Sums products of n images over many pixels, block by block. */
export interface GramMatrix {
  /** Row q holds the next pixels of image q at q x gramBlockLength, each times the root of its factor. */
  readonly block: Float64Array;
  /** out[q, r] += scale sum_j row_q[j] row_r[j] over the first `count` pixels of the block. */
  addBlock(count: number, scale: number, out: Float64Array): void;
}

/** Rows are multiplied in tiles of 3 x 3: as many sums as the registers hold. */
const tile = 3;

/** Weighted Gram matrix of n images, the core of every Gauss-Newton Hessian here. */
export function createGramMatrix(n: number): GramMatrix {
  const padded = Math.ceil(n / tile) * tile;
  const block = new Float64Array(padded * gramBlockLength);
  const sums = new Float64Array(tile * tile);

  function addBlock(count: number, scale: number, out: Float64Array): void {
    for (let q = 0; q < n; q += tile) {
      for (let r = 0; r <= q; r += tile) {
        if (q === r) squareTile(block, q, count, sums);
        else crossTile(block, q, r, count, sums);
        for (let i = q; i < Math.min(n, q + tile); i++) {
          for (let k = r; k < Math.min(n, r + tile); k++) {
            const sum = scale * sums[(i - q) * tile + k - r]!;
            out[i * n + k]! += sum;
            if (q !== r) out[k * n + i]! += sum;
          }
        }
      }
    }
  }

  return { block, addBlock };
}

/** All products of rows q, q + 1, q + 2 with each other. */
function squareTile(block: Float64Array, q: number, count: number, sums: Float64Array): void {
  const q0 = q * gramBlockLength;
  const q1 = q0 + gramBlockLength;
  const q2 = q1 + gramBlockLength;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s11 = 0;
  let s12 = 0;
  let s22 = 0;
  for (let j = 0; j < count; j++) {
    const a0 = block[q0 + j]!;
    const a1 = block[q1 + j]!;
    const a2 = block[q2 + j]!;
    s00 += a0 * a0;
    s01 += a0 * a1;
    s02 += a0 * a2;
    s11 += a1 * a1;
    s12 += a1 * a2;
    s22 += a2 * a2;
  }
  sums[0] = s00;
  sums[4] = s11;
  sums[8] = s22;
  sums[1] = sums[3] = s01;
  sums[2] = sums[6] = s02;
  sums[5] = sums[7] = s12;
}

/** Products of rows q, q + 1, q + 2 with rows r, r + 1, r + 2. */
function crossTile(block: Float64Array, q: number, r: number, count: number, sums: Float64Array): void {
  const q0 = q * gramBlockLength;
  const q1 = q0 + gramBlockLength;
  const q2 = q1 + gramBlockLength;
  const r0 = r * gramBlockLength;
  const r1 = r0 + gramBlockLength;
  const r2 = r1 + gramBlockLength;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  for (let j = 0; j < count; j++) {
    const a0 = block[q0 + j]!;
    const a1 = block[q1 + j]!;
    const a2 = block[q2 + j]!;
    const b0 = block[r0 + j]!;
    const b1 = block[r1 + j]!;
    const b2 = block[r2 + j]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
  }
  sums[0] = s00;
  sums[1] = s01;
  sums[2] = s02;
  sums[3] = s10;
  sums[4] = s11;
  sums[5] = s12;
  sums[6] = s20;
  sums[7] = s21;
  sums[8] = s22;
}
