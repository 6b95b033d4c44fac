/**
 * Two-dimensional Fourier transform of a square complex field, side a power of two. The spectrum comes out
 * transposed, which pointwise products do not mind; `inverse` undoes it. Real and imaginary parts apart.
 */
export interface Fourier2 {
  readonly side: number;
  /** In place; no scaling. */
  forward(re: Float64Array, im: Float64Array): void;
  /** In place; scaled by 1/side^2, so that inverse(forward(f)) = f. */
  inverse(re: Float64Array, im: Float64Array): void;
}

/** Prepares twiddle factors for one size. */
export function createFourier2(side: number): Fourier2 {
  if (side < 2 || (side & (side - 1)) !== 0)
    throw new RangeError(`Fourier side ${side} is not a power of two`);
  const cosines = Float64Array.from({ length: side / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / side));
  const sines = Float64Array.from({ length: side / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / side));
  const pass = (re: Float64Array, im: Float64Array, sign: number): void => {
    transformColumns(re, im, side, cosines, sines, sign);
    transpose(re, side);
    transpose(im, side);
    transformColumns(re, im, side, cosines, sines, sign);
  };
  return {
    side,
    forward: (re, im) => pass(re, im, -1),
    inverse(re, im) {
      pass(re, im, 1);
      const scale = 1 / (side * side);
      for (let i = 0; i < re.length; i++) {
        re[i]! *= scale;
        im[i]! *= scale;
      }
    },
  };
}

/** Radix-2 decimation in time down every column at once, so that the inner loop runs along a row. */
function transformColumns(
  re: Float64Array,
  im: Float64Array,
  side: number,
  cosines: Float64Array,
  sines: Float64Array,
  sign: number,
): void {
  reverseRows(re, side);
  reverseRows(im, side);
  for (let half = 1; half < side; half *= 2) {
    const stride = side / (2 * half);
    for (let start = 0; start < side; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        butterfly(re, im, side, start + k, start + k + half, cosines[k * stride]!, sign * sines[k * stride]!);
      }
    }
  }
}

function butterfly(
  re: Float64Array,
  im: Float64Array,
  side: number,
  a: number,
  b: number,
  c: number,
  s: number,
): void {
  const end = a * side + side;
  for (let p = a * side, q = b * side; p < end; p++, q++) {
    const x = re[q]! * c - im[q]! * s;
    const y = re[q]! * s + im[q]! * c;
    re[q] = re[p]! - x;
    im[q] = im[p]! - y;
    re[p]! += x;
    im[p]! += y;
  }
}

function reverseRows(values: Float64Array, side: number): void {
  const bits = Math.log2(side);
  for (let row = 0; row < side; row++) {
    let other = 0;
    for (let b = 0; b < bits; b++) other |= ((row >> b) & 1) << (bits - 1 - b);
    if (other <= row) continue;
    for (let x = 0; x < side; x++) {
      const kept = values[row * side + x]!;
      values[row * side + x] = values[other * side + x]!;
      values[other * side + x] = kept;
    }
  }
}

function transpose(values: Float64Array, side: number): void {
  for (let y = 0; y < side; y++) {
    for (let x = y + 1; x < side; x++) {
      const kept = values[y * side + x]!;
      values[y * side + x] = values[x * side + y]!;
      values[x * side + y] = kept;
    }
  }
}
