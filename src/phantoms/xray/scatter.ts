/** Scattered radiation as a blurred, attenuation-weighted copy of the primary. */
export interface ScatterOptions {
  /** Mean scatter-to-primary ratio behind the patient (after the grid); 0 = none. */
  readonly toPrimary: number;
  /** Standard deviation of the spread at the detector in mm. */
  readonly spreadMm: number;
}

/**
 * Scatter image for a primary image (relative to the open beam). Its shape is the forward-scatter
 * kernel of Ohnesorge et al. (Eur Radiol 9:563, 1999): source P ln(1/P), spread by a Gaussian; its
 * mean behind the patient (P < 0.5) is `toPrimary` times the mean primary there.
 */
export function scatterImage(
  primary: Float64Array,
  width: number,
  height: number,
  pixelMm: readonly [number, number],
  options: ScatterOptions,
): Float64Array {
  const scatter = new Float64Array(primary.length);
  if (options.toPrimary <= 0) return scatter;
  const bin = Math.max(1, Math.round((0.15 * options.spreadMm) / Math.min(...pixelMm)));
  const [bw, bh] = [Math.ceil(width / bin), Math.ceil(height / bin)];
  const coarse = binSource(primary, width, height, bin, bw, bh);
  const sigma = [options.spreadMm / (pixelMm[0] * bin), options.spreadMm / (pixelMm[1] * bin)] as const;
  const spread = blurColumns(blurRows(coarse, bw, bh, sigma[0]), bw, bh, sigma[1]);
  for (let v = 0; v < height; v++) {
    const y = Math.min(bh - 1, Math.max(0, (v + 0.5) / bin - 0.5));
    const j = Math.min(bh - 2, Math.floor(y));
    for (let u = 0; u < width; u++) {
      const x = Math.min(bw - 1, Math.max(0, (u + 0.5) / bin - 0.5));
      const i = Math.min(bw - 2, Math.floor(x));
      scatter[u + width * v] = bilinear(spread, bw, Math.max(0, i), Math.max(0, j), x, y);
    }
  }
  let [behind, mean] = [0, 0];
  for (let n = 0; n < primary.length; n++) {
    if (primary[n]! >= 0.5 || primary[n]! <= 0) continue;
    behind += primary[n]!;
    mean += scatter[n]!;
  }
  const scale = mean > 0 ? (options.toPrimary * behind) / mean : 0;
  return scatter.map((s) => s * scale);
}

/** P ln(1/P) averaged over bins. */
function binSource(
  primary: Float64Array,
  width: number,
  height: number,
  bin: number,
  bw: number,
  bh: number,
): Float64Array {
  const sum = new Float64Array(bw * bh);
  const count = new Float64Array(bw * bh);
  for (let v = 0; v < height; v++) {
    const row = bw * Math.floor(v / bin);
    for (let u = 0; u < width; u++) {
      const p = Math.max(1e-12, primary[u + width * v]!);
      const at = row + Math.floor(u / bin);
      sum[at]! += p < 1 ? -p * Math.log(p) : 0;
      count[at]! += 1;
    }
  }
  return sum.map((s, n) => s / count[n]!);
}

function bilinear(image: Float64Array, width: number, i: number, j: number, x: number, y: number): number {
  const at = i + width * j;
  const right = width > 1 ? 1 : 0;
  const down = image.length > width ? width : 0;
  const [fx, fy] = [x - i, y - j];
  const upper = image[at]! * (1 - fx) + image[at + right]! * fx;
  const lower = image[at + down]! * (1 - fx) + image[at + down + right]! * fx;
  return upper * (1 - fy) + lower * fy;
}

/** Gaussian along rows; what lies beyond the image repeats its edge (the patient goes on there). */
export function blurRows(image: Float64Array, width: number, height: number, sigma: number): Float64Array {
  return blurLines(image, { count: height, stride: width, length: width, step: 1 }, sigma);
}

export function blurColumns(image: Float64Array, width: number, height: number, sigma: number): Float64Array {
  return blurLines(image, { count: width, stride: 1, length: height, step: width }, sigma);
}

function blurLines(
  image: Float64Array,
  lines: { count: number; stride: number; length: number; step: number },
  sigma: number,
): Float64Array {
  if (!(sigma > 0.05)) return image;
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, n) =>
    Math.exp(-((n - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  const out = new Float64Array(image.length);
  const { length, step } = lines;
  for (let line = 0; line < lines.count; line++) {
    const start = line * lines.stride;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let w = -reach; w <= reach; w++) {
        const at = Math.min(length - 1, Math.max(0, i + w));
        sum += weights[w + reach]! * image[start + at * step]!;
      }
      out[start + i * step] = sum / total;
    }
  }
  return out;
}
