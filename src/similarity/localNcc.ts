import { intensityCorrelation } from "./ncc.ts";
import { type PatchOptions, patchWindows } from "./patchOptions.ts";
import type { Similarity, SimilarityOptions } from "./similarity.ts";

/** Windows default to radiusPx 6 (13 x 13); energyPower to 0. */
export interface LocalNccOptions extends SimilarityOptions, Partial<PatchOptions> {}

/**
 * Mean zero-mean normalised cross-correlation over square windows; in [-1, 1]. Unchanged by gain > 0 and
 * offset of the moving image; nearly so by slow changes of either (scatter, bias). With `varianceFloor` > 0
 * the value of two equal images lies a little below 1.
 */
export function localNcc(
  fixed: Float32Array,
  width: number,
  height: number,
  options: LocalNccOptions = {},
): Similarity {
  const windows = patchWindows({ ...options, radiusPx: options.radiusPx ?? 6 }, 0);
  return intensityCorrelation("local-ncc", fixed, width, height, options, windows);
}
