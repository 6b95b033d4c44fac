/** Plain Float64 versions of the metrics, written from their definitions; the oracle of the tests. */

interface Plane {
  readonly data: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
}

/** Weighted Pearson correlation over the listed pixels, with `raise` added to the moving variance. */
export function pearson(
  fixed: Plane,
  moving: ArrayLike<number>,
  pixels: readonly number[],
  raise = 0,
): number {
  let n = 0;
  let meanF = 0;
  let meanM = 0;
  for (const i of pixels) {
    n += fixed.weight[i]!;
    meanF += fixed.weight[i]! * fixed.data[i]!;
    meanM += fixed.weight[i]! * moving[i]!;
  }
  meanF /= n;
  meanM /= n;
  let [ff, mm, fm] = [0, 0, 0];
  for (const i of pixels) {
    const [f, m, w] = [fixed.data[i]! - meanF, moving[i]! - meanM, fixed.weight[i]!];
    ff += w * f * f;
    mm += w * m * m;
    fm += w * f * m;
  }
  return fm / Math.sqrt(ff * (mm + raise * n));
}

/** Weighted sum of squares about the weighted mean, and the sum of weights. */
export function energy(plane: Plane, pixels: readonly number[]): { energy: number; weight: number } {
  let weight = 0;
  let mean = 0;
  for (const i of pixels) {
    weight += plane.weight[i]!;
    mean += plane.weight[i]! * plane.data[i]!;
  }
  mean /= weight;
  let sum = 0;
  for (const i of pixels) sum += plane.weight[i]! * (plane.data[i]! - mean) ** 2;
  return { energy: sum, weight };
}

/** First pixels of windows of `side` along an axis, the last flush with the end. */
function starts(length: number, side: number, stride: number): number[] {
  const out: number[] = [];
  for (let s = 0; s + side <= length; s += stride) out.push(s);
  if (out.at(-1)! + side < length) out.push(length - side);
  return out;
}

/** The counting pixels of every window. */
export function windowPixels(
  weight: ArrayLike<number>,
  width: number,
  height: number,
  radius: number,
  stride: number,
): number[][] {
  const side = radius * 2 + 1 < stride ? radius * 2 + 1 : Math.round((radius * 2 + 1) / stride) * stride;
  return starts(height, Math.min(side, height), stride).flatMap((y0) =>
    starts(width, Math.min(side, width), stride).map((x0) => {
      const pixels: number[] = [];
      for (let y = y0; y < Math.min(height, y0 + side); y++) {
        for (let x = x0; x < Math.min(width, x0 + side); x++) {
          if (weight[y * width + x]! > 0) pixels.push(y * width + x);
        }
      }
      return pixels;
    }),
  );
}

export interface ReferenceWindows {
  readonly radius: number;
  readonly stride: number;
  readonly floor: number;
  readonly energyPower: number;
  readonly robustScale?: number;
}

/** Weighted sum of window scores, and the sum of window weights. */
export function windowedPearson(
  fixed: Plane,
  moving: ArrayLike<number>,
  width: number,
  height: number,
  options: ReferenceWindows,
): { score: number; total: number } {
  const all = windowPixels(fixed.weight, width, height, Math.max(width, height), 1)[0]!;
  const whole = energy(fixed, all);
  const wholeMoving = energy({ data: moving, weight: fixed.weight }, all);
  const raise = (options.floor * wholeMoving.energy) / wholeMoving.weight;
  let score = 0;
  let total = 0;
  const windows = windowPixels(fixed.weight, width, height, options.radius, options.stride);
  const fullest = Math.max(...windows.map((pixels) => pixels.reduce((s, i) => s + fixed.weight[i]!, 0)));
  for (const pixels of windows) {
    const own = energy(fixed, pixels);
    if (!(own.weight >= 0.25 * fullest)) continue;
    if (!(own.energy / own.weight > (options.floor * whole.energy) / whole.weight)) continue;
    const share = own.energy ** options.energyPower;
    const d = 1 - pearson(fixed, moving, pixels, raise);
    const s = options.robustScale;
    score += share * (s === undefined ? 1 - d : 1 - (d * (1 + s)) / (d + s));
    total += share;
  }
  return { score, total };
}

/** Weight of a 3 x 3 filter's output: the least weight below it, 0 on the border. */
export function erode3(weight: ArrayLike<number>, width: number, height: number): Float64Array {
  const out = new Float64Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let least = Infinity;
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) least = Math.min(least, weight[(y + dy) * width + x + dx]!);
      }
      out[y * width + x] = least;
    }
  }
  return out;
}

/** Correlation with a 3 x 3 kernel (row-major), 0 on the border. */
export function filter3(
  image: ArrayLike<number>,
  width: number,
  height: number,
  kernel: number[],
): Float64Array {
  const out = new Float64Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0;
      for (let k = 0; k < 9; k++)
        sum += kernel[k]! * image[(y + Math.floor(k / 3) - 1) * width + x + (k % 3) - 1]!;
      out[y * width + x] = sum;
    }
  }
  return out;
}

export const sobelX: number[] = [-1, 0, 1, -2, 0, 2, -1, 0, 1].map((k) => k / 8);
export const sobelY: number[] = [-1, -2, -1, 0, 0, 0, 1, 2, 1].map((k) => k / 8);
export const centralX: number[] = [0, 0, 0, -1, 0, 1, 0, 0, 0].map((k) => k / 2);
export const centralY: number[] = [0, -1, 0, 0, 0, 0, 0, 1, 0].map((k) => k / 2);

/** Laplacian of a Gaussian by its full two-dimensional kernel, with the eroded weights. */
export function laplacianOfGaussian(
  image: ArrayLike<number>,
  weight: ArrayLike<number>,
  width: number,
  height: number,
  sigma: number,
): Plane {
  const reach = Math.ceil(3 * sigma);
  const gauss = (x: number, y: number): number =>
    Math.abs(x) > reach || Math.abs(y) > reach ? 0 : Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
  let sum = 0;
  for (let y = -reach; y <= reach; y++) for (let x = -reach; x <= reach; x++) sum += gauss(x, y);
  const kernel = (x: number, y: number): number =>
    (gauss(x - 1, y) + gauss(x + 1, y) + gauss(x, y - 1) + gauss(x, y + 1) - 4 * gauss(x, y)) / sum;
  const data = new Float64Array(width * height);
  const eroded = new Float64Array(width * height);
  const radius = reach + 1;
  for (let y = radius; y < height - radius; y++) {
    for (let x = radius; x < width - radius; x++) {
      let total = 0;
      let least = Infinity;
      for (let v = -radius; v <= radius; v++) {
        for (let u = -radius; u <= radius; u++) {
          const i = (y + v) * width + x + u;
          total += kernel(u, v) * image[i]!;
          least = Math.min(least, weight[i]!);
        }
      }
      data[y * width + x] = total;
      eroded[y * width + x] = least;
    }
  }
  return { data, weight: eroded };
}
