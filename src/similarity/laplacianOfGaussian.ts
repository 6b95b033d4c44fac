/**
 * Laplacian of Gaussian: a sampled, normalised Gaussian of `sigmaPx` cut at radius ceil(3 sigma), applied
 * along rows and columns, then the five-point Laplacian. The kernel is symmetric and sums to zero.
 */
export interface LaplacianOfGaussian {
  /** Half side of the kernel's support in pixels. */
  readonly radius: number;
  /** Filters the image starting at `from`; pixels nearer than `radius` to the border are left as they are. */
  apply(image: Float32Array | Float64Array, from: number, out: Float32Array, to: number): void;
}

function gaussianHalf(sigmaPx: number): Float64Array {
  const radius = Math.max(1, Math.ceil(3 * sigmaPx));
  const half = Float64Array.from({ length: radius + 1 }, (_, d) =>
    Math.exp((-d * d) / (2 * sigmaPx * sigmaPx)),
  );
  const sum = 2 * half.reduce((s, v) => s + v, 0) - half[0]!;
  return half.map((v) => v / sum);
}

/** Prepares the filter for images of one size; calls allocate nothing. */
export function createLaplacianOfGaussian(
  width: number,
  height: number,
  sigmaPx: number,
): LaplacianOfGaussian {
  const half = gaussianHalf(sigmaPx);
  const reach = half.length - 1;
  const radius = reach + 1;
  const alongRows = new Float64Array(width * height);
  const smooth = new Float64Array(width * height);
  return {
    radius,
    apply(image, from, out, to): void {
      smoothRows(image, from, width, height, half, alongRows);
      smoothColumns(alongRows, width, height, half, smooth);
      for (let y = radius; y < height - radius; y++) {
        const end = (y + 1) * width - radius;
        for (let i = y * width + radius; i < end; i++) {
          const ring = smooth[i - 1]! + smooth[i + 1]! + smooth[i - width]! + smooth[i + width]!;
          out[to + i] = ring - 4 * smooth[i]!;
        }
      }
    },
  };
}

function smoothRows(
  image: Float32Array | Float64Array,
  from: number,
  width: number,
  height: number,
  half: Float64Array,
  out: Float64Array,
): void {
  const reach = half.length - 1;
  for (let y = 0; y < height; y++) {
    const first = y * width + reach;
    const end = (y + 1) * width - reach;
    for (let i = first; i < end; i++) out[i] = half[0]! * image[from + i]!;
    for (let d = 1; d <= reach; d++) {
      const k = half[d]!;
      const before = from - d;
      const after = from + d;
      for (let i = first; i < end; i++) out[i]! += k * (image[before + i]! + image[after + i]!);
    }
  }
}

function smoothColumns(
  image: Float64Array,
  width: number,
  height: number,
  half: Float64Array,
  out: Float64Array,
): void {
  const reach = half.length - 1;
  for (let y = reach; y < height - reach; y++) {
    const first = y * width + reach;
    const end = (y + 1) * width - reach;
    for (let i = first; i < end; i++) out[i] = half[0]! * image[i]!;
    for (let d = 1; d <= reach; d++) {
      const k = half[d]!;
      const step = d * width;
      for (let i = first; i < end; i++) out[i]! += k * (image[i - step]! + image[i + step]!);
    }
  }
}

/**
 * Transpose of the filter: the same filter over the image in a frame of zeros, since the kernel is symmetric.
 * `image` must be 0 nearer than `radius` to the border; the result is added to `out`.
 */
export function createAdjointLaplacian(
  width: number,
  height: number,
  sigmaPx: number,
): (image: Float64Array, out: Float32Array) => void {
  const { radius } = createLaplacianOfGaussian(1, 1, sigmaPx);
  const framedWidth = width + 2 * radius;
  const filter = createLaplacianOfGaussian(framedWidth, height + 2 * radius, sigmaPx);
  const framed = new Float64Array(framedWidth * (height + 2 * radius));
  const result = new Float32Array(framed.length);
  return (image, out) => {
    for (let y = 0; y < height; y++) {
      framed.set(image.subarray(y * width, (y + 1) * width), (y + radius) * framedWidth + radius);
    }
    filter.apply(framed, 0, result, 0);
    for (let y = 0; y < height; y++) {
      const row = (y + radius) * framedWidth + radius;
      for (let x = 0; x < width; x++) out[y * width + x]! += result[row + x]!;
    }
  };
}
