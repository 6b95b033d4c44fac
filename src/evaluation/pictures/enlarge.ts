import type { ScalarImage } from "./picture.ts";

/** Catmull-Rom weights of the four samples around a point `t` in [0, 1) after the second. */
function cubicWeights(t: number): [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [
    -0.5 * t + t2 - 0.5 * t3,
    1 - 2.5 * t2 + 1.5 * t3,
    0.5 * t + 2 * t2 - 1.5 * t3,
    -0.5 * t2 + 0.5 * t3,
  ];
}

/** One row of length `from` read at `from * factor` evenly spaced places; edges are repeated. */
function enlargeLine(
  read: (i: number) => number,
  from: number,
  factor: number,
  write: (i: number, value: number) => void,
): void {
  for (let i = 0; i < from * factor; i++) {
    const place = (i + 0.5) / factor - 0.5;
    const base = Math.floor(place);
    const weights = cubicWeights(place - base);
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += weights[k]! * read(Math.min(from - 1, Math.max(0, base - 1 + k)));
    write(i, sum);
  }
}

/**
 * The image with `factor` times as many pixels along each side (an integer of at least 1), by cubic
 * interpolation; pixel areas stay where they are, so centres move by the half-pixel rule.
 */
export function enlargeImage(image: ScalarImage, factor: number): ScalarImage {
  if (factor <= 1) return image;
  const { data, width, height } = image;
  const wide = new Float32Array(width * factor * height);
  for (let y = 0; y < height; y++) {
    const from = y * width;
    const to = y * width * factor;
    enlargeLine(
      (x) => data[from + x]!,
      width,
      factor,
      (x, value) => {
        wide[to + x] = value;
      },
    );
  }
  const across = width * factor;
  const out = new Float32Array(across * height * factor);
  for (let x = 0; x < across; x++) {
    enlargeLine(
      (y) => wide[y * across + x]!,
      height,
      factor,
      (y, value) => {
        out[y * across + x] = value;
      },
    );
  }
  return { data: out, width: across, height: height * factor };
}

/** A weight image enlarged without smoothing: every pixel becomes a square of equal weights. */
export function enlargeWeight(
  weight: Float32Array,
  width: number,
  height: number,
  factor: number,
): Float32Array {
  if (factor <= 1) return weight;
  const across = width * factor;
  const out = new Float32Array(across * height * factor);
  for (let y = 0; y < height * factor; y++) {
    const from = Math.floor(y / factor) * width;
    for (let x = 0; x < across; x++) out[y * across + x] = weight[from + Math.floor(x / factor)]!;
  }
  return out;
}
