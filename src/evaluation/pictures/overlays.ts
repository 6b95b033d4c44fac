import { type EdgeOptions, findEdges } from "./edges.ts";
import {
  type IntensityWindow,
  greyLevel,
  leftOutBrightness,
  percentiles,
  robustWindow,
} from "./intensityWindow.ts";
import { type Colour, type Picture, type ScalarImage, paintPicture } from "./picture.ts";

/**
 * Two images in one: the first in red, the second in cyan, each windowed by its own robust window over
 * the same mask. Where they agree the picture is grey. Outside the mask the first is shown alone, dimmed.
 */
export function fusionPicture(red: ScalarImage, cyan: ScalarImage, weight?: Float32Array): Picture {
  const redWindow = robustWindow(red, weight);
  const cyanWindow = robustWindow(cyan, weight);
  return paintPicture(red.width, red.height, (pixel) => {
    const first = greyLevel(red.data[pixel]!, redWindow);
    if (weight && !(weight[pixel]! > 0)) {
      const level = leftOutBrightness * first;
      return [level, level, level];
    }
    const second = greyLevel(cyan.data[pixel]!, cyanWindow);
    return [first, second, second];
  });
}

/** How edges are drawn. */
export interface EdgeOverlayOptions extends EdgeOptions {
  /** Default a green that stands out from white bone and dark soft tissue alike. */
  readonly colour?: Colour;
  /** Window of the image below. Default its robust window. */
  readonly window?: IntensityWindow;
  /** Pixels that a line is wider to each side than one. Default 0. */
  readonly thickenPx?: number;
}

const edgeColour: Colour = [40, 255, 110];
/** The image below is dimmed, so that lines remain visible on its brightest bones. */
const dimming = 0.72;
/** How much of the colour the pixels beside a line take. */
const halo = 0.45;

/** Edges grown by `radius` pixels in the four directions of the grid. */
function thicken(edges: Uint8Array, width: number, radius: number): Uint8Array {
  let thick = edges;
  for (let step = 0; step < radius; step++) {
    const from = thick;
    thick = from.map((edge, i) => edge | from[i - 1]! | from[i + 1]! | from[i - width]! | from[i + width]!);
  }
  return thick;
}

/** The edges of `outline` drawn over `below` in grey: where they sit on its bones, the pose is right. */
export function edgeOverlay(
  below: ScalarImage,
  outline: ScalarImage,
  options: EdgeOverlayOptions = {},
): Picture {
  const {
    colour = edgeColour,
    window = robustWindow(below, options.weight),
    thickenPx = 0,
    weight,
  } = options;
  const { width } = below;
  const edges = thicken(findEdges(outline, options), width, thickenPx);
  const around = thicken(edges, width, 1);
  return paintPicture(width, below.height, (pixel) => {
    if (edges[pixel] === 1) return colour;
    const brightness = weight && !(weight[pixel]! > 0) ? dimming * leftOutBrightness : dimming;
    const level = brightness * greyLevel(below.data[pixel]!, window);
    if (around[pixel] === 0) return [level, level, level];
    const mix = (i: 0 | 1 | 2): number => level + halo * (colour[i] - level);
    return [mix(0), mix(1), mix(2)];
  });
}

/** Centre and spread of an image over a mask: median and 1.4826 x median absolute deviation. */
export function robustScale(image: ScalarImage, weight?: Float32Array): { centre: number; spread: number } {
  const [centre = Number.NaN] = percentiles(image, [0.5], weight);
  const deviations = image.data.map((value) => Math.abs(value - centre));
  const [deviation = Number.NaN] = percentiles({ ...image, data: deviations }, [0.5], weight);
  return { centre, spread: 1.4826 * deviation };
}

const negative: Colour = [38, 92, 190];
const neutral: Colour = [244, 244, 244];
const positive: Colour = [196, 44, 28];
const outside: Colour = [90, 90, 90];

/** Colour of a share in -1..1: blue below zero, near white at zero, red above. */
export function divergingColour(share: number): Colour {
  const end = share < 0 ? negative : positive;
  const part = Math.min(1, Math.abs(share));
  const mix = (i: 0 | 1 | 2): number => neutral[i] + part * (end[i] - neutral[i]);
  return [mix(0), mix(1), mix(2)];
}

/**
 * Signed difference `first - second`: both are centred and scaled by their own median and median absolute
 * deviation over the same mask, so neither exposure nor contrast shows as a difference. Red: the first is
 * larger; blue: the second; full colour at `limit` spreads (default 2). Grey: outside the mask.
 */
export function differencePicture(
  first: ScalarImage,
  second: ScalarImage,
  options: { readonly weight?: Float32Array; readonly limit?: number } = {},
): Picture {
  const { weight, limit = 2 } = options;
  const a = robustScale(first, weight);
  const b = robustScale(second, weight);
  return paintPicture(first.width, first.height, (pixel) => {
    if (weight && !(weight[pixel]! > 0)) return outside;
    const u = (first.data[pixel]! - a.centre) / a.spread;
    const v = (second.data[pixel]! - b.centre) / b.spread;
    return Number.isFinite(u - v) ? divergingColour((u - v) / limit) : outside;
  });
}
