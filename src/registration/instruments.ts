import { gaussianBlur } from "../image/filters/gaussian.ts";
import { binImage } from "../image/pyramid.ts";

export interface InstrumentOptions {
  /** Widest shadow still taken for an instrument, as a share of the shorter image side. Default 0.13. */
  readonly widest?: number;
  /** Height of a shadow over its surroundings (line integral) that makes it metal for sure. Default 0.45. */
  readonly seed?: number;
  /** Height down to which such a shadow is followed. Default 0.2. */
  readonly follow?: number;
}

/** Longer side in pixels at which ridges are looked for. */
const workingSize = 128;
/** Above this share of live pixels the ridges are anatomy, not instruments. */
const mostShadow = 0.4;

/**
 * Shadows of metal instruments: ridges of the line integral, thinner than `widest`, that stand out from
 * their surroundings more than bone does (white top-hat with hysteresis). 1 = instrument, width x height. Metal
 * that is in the CT as well may be marked too; losing it costs little.
 */
export function findInstruments(
  lineIntegral: Float32Array,
  weight: Float32Array,
  width: number,
  height: number,
  options: InstrumentOptions = {},
): Uint8Array {
  const { widest = 0.13, seed = 0.45, follow = 0.2 } = options;
  const small = shrink(filled(lineIntegral, weight), weight, width, height);
  const smooth = gaussianBlur(small.image, small.width, small.height, 0.6);
  const side = 2 * Math.round((widest * Math.min(small.width, small.height)) / 2) + 1;
  const eroded = slide(smooth, small.width, small.height, side, -1);
  const opened = slide(eroded, small.width, small.height, side, 1);
  const ridge = smooth.map((value, p) => (small.weight[p]! > 0 ? value - opened[p]! : 0));
  const shadow = grow(ridge, small.width, small.height, seed, follow);
  const wide = slide(Float32Array.from(shadow), small.width, small.height, 3, 1);
  const share =
    wide.reduce((sum, v) => sum + v, 0) / small.weight.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0);
  const found = new Uint8Array(width * height);
  if (share > mostShadow) return found;
  for (let p = 0; p < found.length; p++) {
    const x = Math.min(small.width - 1, Math.floor((p % width) / small.factor));
    const y = Math.min(small.height - 1, Math.floor(Math.floor(p / width) / small.factor));
    found[p] = wide[y * small.width + x]!;
  }
  return found;
}

interface Small {
  readonly image: Float32Array;
  readonly weight: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly factor: number;
}

function shrink(image: Float32Array, weight: Float32Array, width: number, height: number): Small {
  const factor = Math.max(1, Math.round(Math.max(width, height) / workingSize));
  return {
    image: binImage(image, width, height, factor),
    weight: binImage(weight, width, height, factor),
    ...{ width: Math.floor(width / factor), height: Math.floor(height / factor), factor },
  };
}

/** Dead pixels take the least live value, so that they open no ridge. */
function filled(image: Float32Array, weight: Float32Array): Float32Array {
  let least = Number.POSITIVE_INFINITY;
  for (let p = 0; p < image.length; p++) if (weight[p]! > 0) least = Math.min(least, image[p]!);
  return image.map((value, p) => (weight[p]! > 0 ? value : least));
}

/** Largest (sign 1) or smallest (sign -1) value over a square window, one axis after the other. */
function slide(image: Float32Array, width: number, height: number, side: number, sign: 1 | -1): Float32Array {
  const reach = Math.floor(side / 2);
  const rows = new Float32Array(image.length);
  const out = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let best = image[y * width + x]!;
      const end = Math.min(width - 1, x + reach);
      for (let i = Math.max(0, x - reach); i <= end; i++) {
        const value = image[y * width + i]!;
        if (sign * value > sign * best) best = value;
      }
      rows[y * width + x] = best;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let best = rows[y * width + x]!;
      const end = Math.min(height - 1, y + reach);
      for (let j = Math.max(0, y - reach); j <= end; j++) {
        const value = rows[j * width + x]!;
        if (sign * value > sign * best) best = value;
      }
      out[y * width + x] = best;
    }
  }
  return out;
}

/** Pixels above `follow` that hang together with one above `seed`. */
function grow(ridge: Float32Array, width: number, height: number, seed: number, follow: number): Uint8Array {
  const marked = new Uint8Array(ridge.length);
  const stack: number[] = [];
  for (let p = 0; p < ridge.length; p++) if (ridge[p]! > seed) stack.push(p);
  for (const p of stack) marked[p] = 1;
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    const x = p % width;
    for (const q of [x > 0 ? p - 1 : p, x < width - 1 ? p + 1 : p, p - width, p + width]) {
      if (q < 0 || q >= width * height || marked[q] || !(ridge[q]! > follow)) continue;
      marked[q] = 1;
      stack.push(q);
    }
  }
  return marked;
}
