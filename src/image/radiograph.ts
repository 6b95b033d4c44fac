import { badInput } from "../errors.ts";

/**
 * What a pixel means: `line-integral` grows with the attenuation crossed (dimensionless, a DRR);
 * `intensity` is detected radiation (I0 exp(-line integral)); `unknown` is decided by evidence.
 */
export type RadiographKind = "line-integral" | "intensity" | "unknown";

/** A 2D X-ray image, row-major, first row = v = 0. Float32 so that every format fits. */
export interface Radiograph {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly kind: RadiographKind;
  /** Pixel pitch at the detector (column, row) in mm where the file gives it. */
  readonly pixelSpacingMm?: readonly [number, number];
}

/** Checks shape and values; throws `bad-input` naming what is wrong. */
export function createRadiograph(radiograph: Radiograph, name = "X-ray"): Radiograph {
  const { data, width, height } = radiograph;
  if (!(width > 0 && height > 0) || data.length !== width * height) {
    throw badInput({
      what: name,
      got: `${data.length} pixels for ${width} x ${height}`,
      expected: "width x height pixels",
    });
  }
  return radiograph;
}
