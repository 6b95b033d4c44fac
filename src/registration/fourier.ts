/**
 * Two-dimensional Fourier transform of a square complex field, side a power of two. The spectrum comes out
 * transposed, which pointwise products do not mind; `inverse` undoes it. Real and imaginary parts apart.
 */
export interface Fourier2 {
  readonly side: number;
  /** In place; no scaling. */
  forward(re: Float64Array, im: Float64Array): void;
  /**
   * In place; scaled by 1/side^2, so that inverse(forward(f)) = f. Only columns up to `reach` from column 0, either way
   * round, are wanted; the others come out as anything. Default all.
   */
  inverse(re: Float64Array, im: Float64Array, reach?: number): void;
}

/** Prepares twiddle factors for one size. */
export function createFourier2(side: number): Fourier2 {
  if (side < 2 || (side & (side - 1)) !== 0)
    throw new RangeError(`Fourier side ${side} is not a power of two`);
  const cosines = Float64Array.from({ length: side / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / side));
  const sines = Float64Array.from({ length: side / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / side));
  const all: Columns = [[0, side]];
  const pass = (re: Float64Array, im: Float64Array, sign: number, wanted: Columns): void => {
    const wave: Wave = { side, cosines, sines, sign };
    transformColumns(re, im, wave, all);
    transpose(re, side);
    transpose(im, side);
    transformColumns(re, im, wave, wanted);
  };
  return {
    side,
    forward: (re, im) => pass(re, im, -1, all),
    inverse(re, im, reach = side) {
      const near: Columns =
        2 * reach + 1 >= side
          ? all
          : [
              [0, reach + 1],
              [side - reach, side],
            ];
      pass(re, im, 1, near);
      const scale = 1 / (side * side);
      for (let row = 0; row < side; row++) {
        for (const [from, to] of near) {
          for (let i = row * side + from; i < row * side + to; i++) {
            re[i]! *= scale;
            im[i]! *= scale;
          }
        }
      }
    },
  };
}

/** Ranges of columns, from and up to. */
type Columns = readonly (readonly [number, number])[];

/** Twiddle factors cos + i sign sin of one size. */
interface Wave {
  readonly side: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  readonly sign: number;
}

/**
 * Radix-2 decimation in time down every column at once, so that the inner loop runs along a row. Two stages are taken
 * together where there are two left: every row is read and written half as often.
 */
function transformColumns(re: Float64Array, im: Float64Array, wave: Wave, columns: Columns): void {
  const { side } = wave;
  reverseRows(re, side);
  reverseRows(im, side);
  let half = 1;
  for (; 2 * half < side; half *= 4) {
    for (let start = 0; start < side; start += 4 * half) {
      for (let k = 0; k < half; k++) {
        for (const [from, to] of columns) twoStages(re, im, wave, start + k, half, k, from, to);
      }
    }
  }
  if (half === side) return;
  for (let k = 0; k < half; k++) {
    for (const [from, to] of columns) oneStage(re, im, wave, k, from, to);
  }
}

/** The last stage alone: rows k and k + side/2. */
function oneStage(
  re: Float64Array,
  im: Float64Array,
  { side, cosines, sines, sign }: Wave,
  k: number,
  from: number,
  to: number,
): void {
  const [c, s] = [cosines[k]!, sign * sines[k]!];
  const shift = (side / 2) * side;
  for (let p = k * side + from; p < k * side + to; p++) {
    const q = p + shift;
    const x = re[q]! * c - im[q]! * s;
    const y = re[q]! * s + im[q]! * c;
    re[q] = re[p]! - x;
    im[q] = im[p]! - y;
    re[p]! += x;
    im[p]! += y;
  }
}

/** The stages of `half` and 2 `half` on rows a, a + half, a + 2 half, a + 3 half. */
function twoStages(
  re: Float64Array,
  im: Float64Array,
  { side, cosines, sines, sign }: Wave,
  a: number,
  half: number,
  k: number,
  from: number,
  to: number,
): void {
  const stride = side / (4 * half);
  const [c1, s1] = [cosines[2 * k * stride]!, sign * sines[2 * k * stride]!];
  const [c2, s2] = [cosines[k * stride]!, sign * sines[k * stride]!];
  const [c3, s3] = [cosines[(k + half) * stride]!, sign * sines[(k + half) * stride]!];
  const shift = half * side;
  for (let p = a * side + from; p < a * side + to; p++) {
    const q = p + shift;
    const r = q + shift;
    const t = r + shift;
    const qx = re[q]! * c1 - im[q]! * s1;
    const qy = re[q]! * s1 + im[q]! * c1;
    const tx = re[t]! * c1 - im[t]! * s1;
    const ty = re[t]! * s1 + im[t]! * c1;
    const x0 = re[p]! + qx;
    const y0 = im[p]! + qy;
    const x1 = re[p]! - qx;
    const y1 = im[p]! - qy;
    const x2 = re[r]! + tx;
    const y2 = im[r]! + ty;
    const x3 = re[r]! - tx;
    const y3 = im[r]! - ty;
    const rx = x2 * c2 - y2 * s2;
    const ry = x2 * s2 + y2 * c2;
    const ux = x3 * c3 - y3 * s3;
    const uy = x3 * s3 + y3 * c3;
    re[p] = x0 + rx;
    im[p] = y0 + ry;
    re[r] = x0 - rx;
    im[r] = y0 - ry;
    re[q] = x1 + ux;
    im[q] = y1 + uy;
    re[t] = x1 - ux;
    im[t] = y1 - uy;
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
