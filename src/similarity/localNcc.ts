import { intensityCorrelation } from "./ncc.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";

export interface LocalNccOptions extends SimilarityOptions {
  /** Half side of the windows in pixels; default 6 (13 x 13). */
  readonly radiusPx?: number;
  /** Distance between windows in pixels: 1 slides over every pixel; default = radiusPx. */
  readonly stridePx?: number;
  /**
   * Fraction of the image's variance below which a window is flat: flat fixed windows do not count, and the
   * moving variance is raised by it. Default 1e-4.
   */
  readonly varianceFloor?: number;
  /** Windows count in proportion to (fixed variance x pixels)^energyPower; default 0, all alike. */
  readonly energyPower?: number;
  /** Geman-McClure scale on 1 - ncc of a window; absent = plain mean. */
  readonly robustScale?: number;
}

/**
 * Mean zero-mean normalised cross-correlation over square windows; in [-1, 1]. Unchanged by gain > 0 and
 * offset of the moving image; nearly so by slow changes of either (scatter, bias). With `varianceFloor` > 0 the
 * value of two equal images lies a little below 1.
 */
export function localNcc(
  fixed: Float32Array,
  width: number,
  height: number,
  options: LocalNccOptions = {},
): Similarity {
  const radiusPx = options.radiusPx ?? 6;
  return intensityCorrelation("local-ncc", fixed, width, height, options, {
    windows: { radiusPx, stridePx: options.stridePx ?? radiusPx },
    varianceFloor: options.varianceFloor ?? 1e-4,
    energyPower: options.energyPower ?? 0,
    ...(options.robustScale === undefined ? {} : { robustScale: options.robustScale }),
  });
}
