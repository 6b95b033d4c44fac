import type { WindowedNccOptions } from "./windowedNcc.ts";

/** Windows in which images are compared one by one. */
export interface PatchOptions {
  /**
   * Half side of a patch in pixels, an integer >= 1; the side, 2 radiusPx + 1, is rounded to whole strides.
   */
  readonly radiusPx: number;
  /** Distance between patches in pixels; 1 slides over every pixel; default = radiusPx. */
  readonly stridePx?: number;
  /** A patch counts in proportion to (its fixed energy)^energyPower; 0 = all alike. */
  readonly energyPower?: number;
  /**
   * Fraction of the whole image's variance below which a patch is flat: flat fixed patches do not count, and
   * the moving variance is raised by it. Default 1e-4.
   */
  readonly varianceFloor?: number;
  /** Geman-McClure scale on 1 - ncc of a patch, so that hopeless patches pull less; absent = plain mean. */
  readonly robustScale?: number;
}

/** The windowed correlation of patch options; without them, of the whole image. */
export function patchWindows(patches: PatchOptions | undefined, energyPower: number): WindowedNccOptions {
  if (patches === undefined) return { varianceFloor: 0, energyPower: 0 };
  return {
    windows: { radiusPx: patches.radiusPx, stridePx: patches.stridePx ?? patches.radiusPx },
    varianceFloor: patches.varianceFloor ?? 1e-4,
    energyPower: patches.energyPower ?? energyPower,
    ...(patches.robustScale === undefined ? {} : { robustScale: patches.robustScale }),
  };
}
