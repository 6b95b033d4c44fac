const blockLength = 512;

/** Sums products of images over many pixels: out[q, r] += scale sum_j factor[j] image_q[index[j]] image_r[index[j]]. */
export interface GramMatrix {
  add(
    images: Float32Array,
    pixels: number,
    index: Int32Array,
    factor: Float64Array,
    scale: number,
    out: Float64Array,
  ): void;
}

/**
 * Weighted Gram matrix of n images, the core of every Gauss-Newton Hessian here. Pixels are gathered in
 * blocks that stay in the first-level cache, then multiplied in 2 x 2 tiles of rows. Factors must be >= 0.
 */
export function createGramMatrix(n: number): GramMatrix {
  const padded = n + (n & 1);
  const block = new Float64Array(padded * blockLength);
  const root = new Float64Array(blockLength);

  function gather(
    images: Float32Array,
    pixels: number,
    index: Int32Array,
    from: number,
    count: number,
  ): void {
    for (let q = 0; q < n; q++) {
      const image = q * pixels;
      const row = q * blockLength;
      for (let j = 0; j < count; j++) block[row + j] = root[j]! * images[image + index[from + j]!]!;
    }
  }

  function addTile(q: number, r: number, count: number, scale: number, out: Float64Array): void {
    const q0 = q * blockLength;
    const q1 = q0 + blockLength;
    const r0 = r * blockLength;
    const r1 = r0 + blockLength;
    let s00 = 0;
    let s01 = 0;
    let s10 = 0;
    let s11 = 0;
    for (let j = 0; j < count; j++) {
      const a0 = block[q0 + j]!;
      const a1 = block[q1 + j]!;
      const b0 = block[r0 + j]!;
      const b1 = block[r1 + j]!;
      s00 += a0 * b0;
      s01 += a0 * b1;
      s10 += a1 * b0;
      s11 += a1 * b1;
    }
    const addPair = (i: number, k: number, sum: number): void => {
      if (i >= n || k >= n) return;
      out[i * n + k]! += scale * sum;
      if (i !== k) out[k * n + i]! += scale * sum;
    };
    addPair(q, r, s00);
    addPair(q, r + 1, s01);
    if (q !== r) addPair(q + 1, r, s10);
    addPair(q + 1, r + 1, s11);
  }

  return {
    add(images, pixels, index, factor, scale, out): void {
      for (let from = 0; from < index.length; from += blockLength) {
        const count = Math.min(blockLength, index.length - from);
        for (let j = 0; j < count; j++) root[j] = Math.sqrt(factor[from + j]!);
        gather(images, pixels, index, from, count);
        for (let q = 0; q < padded; q += 2) {
          for (let r = q; r < padded; r += 2) addTile(q, r, count, scale, out);
        }
      }
    },
  };
}
