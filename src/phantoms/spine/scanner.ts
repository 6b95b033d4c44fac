import type { Random } from "../../random.ts";
import type { Canvas } from "./canvas.ts";

/** What the CT scanner adds to the anatomy. */
export interface ScannerOptions {
  /** Standard deviation of the voxel noise in HU; 0 = none. */
  readonly noiseHu: number;
  /** Standard deviation of the reconstruction kernel in mm; 0 = none. */
  readonly kernelMm: number;
}

/** The range a 12-bit CT stores. */
const range = { low: -1024, high: 3071 };

/** Kernel blur, noise and the 12-bit range; HU as Int16. */
export function scan(canvas: Canvas, options: ScannerOptions, random: Random): Int16Array {
  const hu = canvas.hu;
  if (options.kernelMm > 0) blur(canvas, options.kernelMm);
  const out = new Int16Array(hu.length);
  const noise = options.noiseHu > 0 ? noiseTable(random, options.noiseHu) : undefined;
  let cursor = 0;
  for (let n = 0; n < hu.length; n++) {
    let value = hu[n]!;
    if (noise) {
      if (n % noise.length === 0) cursor = random.integer(noise.length);
      value += noise[cursor]!;
      cursor = cursor + 1 === noise.length ? 0 : cursor + 1;
    }
    out[n] = Math.min(range.high, Math.max(range.low, Math.round(value)));
  }
  return out;
}

/** A prime-length table of normal deviates, read from a new random place each time round. */
function noiseTable(random: Random, sd: number): Float32Array {
  const table = new Float32Array(65521);
  for (let n = 0; n < table.length; n++) table[n] = random.normal(0, sd);
  return table;
}

/** Separable Gaussian, in place. */
function blur(canvas: Canvas, sigmaMm: number): void {
  const { size, spacingMm } = canvas.grid;
  const stride = [1, size[0], size[0] * size[1]];
  for (const axis of [0, 1, 2] as const) {
    const weights = gaussian(sigmaMm / spacingMm[axis]);
    const [a, b] = [0, 1, 2].filter((other) => other !== axis) as [0 | 1 | 2, 0 | 1 | 2];
    const line = new Float32Array(size[axis]);
    for (let q = 0; q < size[b]; q++) {
      for (let p = 0; p < size[a]; p++) {
        blurLine(canvas.hu, p * stride[a]! + q * stride[b]!, stride[axis]!, line, weights);
      }
    }
  }
}

/** One-sided normalised weights. */
function gaussian(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: reach + 1 }, (_, n) =>
    Math.exp((-n * n) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, w, n) => sum + (n === 0 ? w : 2 * w), 0);
  return weights.map((w) => w / total);
}

function blurLine(
  data: Float32Array,
  start: number,
  stride: number,
  line: Float32Array,
  weights: Float64Array,
): void {
  const n = line.length;
  for (let i = 0; i < n; i++) line[i] = data[start + i * stride]!;
  for (let i = 0; i < n; i++) {
    let sum = weights[0]! * line[i]!;
    for (let w = 1; w < weights.length; w++) {
      sum += weights[w]! * (line[Math.max(0, i - w)]! + line[Math.min(n - 1, i + w)]!);
    }
    data[start + i * stride] = sum;
  }
}
