import { percentiles } from "./intensityWindow.ts";
import type { ScalarImage } from "./picture.ts";

/** What counts as an edge. */
export interface EdgeOptions {
  /** Standard deviation of the smoothing before differences are taken, in pixels. Default 1.5. */
  readonly sigmaPx?: number;
  /** Share of the counted pixels whose gradient is below a strong edge. Default 0.93. */
  readonly strongQuantile?: number;
  /** A weak edge has at least this share of the strong threshold and touches a strong one. Default 0.45. */
  readonly weakShare?: number;
  /** Edges are sought where this is above zero; absent = everywhere. */
  readonly weight?: Float32Array;
}

function gaussianKernel(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b);
  return kernel.map((value) => value / sum);
}

function convolveAlong(image: ScalarImage, kernel: Float64Array, step: number): ScalarImage {
  const { data, width, height } = image;
  const radius = (kernel.length - 1) / 2;
  const out = new Float32Array(data.length);
  const length = step === 1 ? width : height;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = step === 1 ? x : y;
      const pixel = y * width + x;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const clamped = Math.min(length - 1, Math.max(0, at + k));
        sum += kernel[k + radius]! * data[pixel + (clamped - at) * step]!;
      }
      out[pixel] = sum;
    }
  }
  return { data: out, width, height };
}

/** Gradient of the smoothed image; a border of one pixel stays zero. */
function smoothGradient(image: ScalarImage, sigma: number): { gx: Float32Array; gy: Float32Array } {
  const kernel = gaussianKernel(sigma);
  const { data, width, height } = convolveAlong(convolveAlong(image, kernel, 1), kernel, image.width);
  const gx = new Float32Array(data.length);
  const gy = new Float32Array(data.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const pixel = y * width + x;
      gx[pixel] = (data[pixel + 1]! - data[pixel - 1]!) / 2;
      gy[pixel] = (data[pixel + width]! - data[pixel - width]!) / 2;
    }
  }
  return { gx, gy };
}

/** Keeps a pixel whose gradient is the largest along its own direction. */
function thin(magnitude: Float32Array, gx: Float32Array, gy: Float32Array, width: number): Float32Array {
  const height = magnitude.length / width;
  const out = new Float32Array(magnitude.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const pixel = y * width + x;
      const here = magnitude[pixel]!;
      if (here === 0) continue;
      const dx = Math.round(gx[pixel]! / here);
      const dy = Math.round(gy[pixel]! / here);
      const step = dy * width + dx;
      if (here >= magnitude[pixel + step]! && here > magnitude[pixel - step]!) out[pixel] = here;
    }
  }
  return out;
}

/** Grows strong edges along weak neighbours; returns 1 on edges, 0 elsewhere. */
function follow(thinned: Float32Array, width: number, strong: number, weak: number): Uint8Array {
  const edges = new Uint8Array(thinned.length);
  const open: number[] = [];
  thinned.forEach((value, pixel) => {
    if (value >= strong) {
      edges[pixel] = 1;
      open.push(pixel);
    }
  });
  while (open.length > 0) {
    const pixel = open.pop()!;
    for (const step of [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1]) {
      if (edges[pixel + step] === 0 && thinned[pixel + step]! >= weak) {
        edges[pixel + step] = 1;
        open.push(pixel + step);
      }
    }
  }
  return edges;
}

/**
 * Thin edges of an image, 1 on an edge and 0 elsewhere (Canny, IEEE PAMI 8(6), 1986): smooth,
 * differentiate, thin across the gradient, follow weak edges from strong ones. Thresholds come from the
 * image's own gradients, so the scale of its values does not matter.
 */
export function findEdges(image: ScalarImage, options: EdgeOptions = {}): Uint8Array {
  const { sigmaPx = 1.5, strongQuantile = 0.93, weakShare = 0.45, weight } = options;
  const { gx, gy } = smoothGradient(image, sigmaPx);
  const magnitude = gx.map((x, pixel) => (weight && !(weight[pixel]! > 0) ? 0 : Math.hypot(x, gy[pixel]!)));
  const [strong = Number.NaN] = percentiles({ ...image, data: magnitude }, [strongQuantile], weight);
  if (!(strong > 0)) return new Uint8Array(magnitude.length);
  return follow(thin(magnitude, gx, gy, image.width), image.width, strong, weakShare * strong);
}
