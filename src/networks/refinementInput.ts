import type { Camera } from "../geometry/camera.ts";
import { highPass } from "../image/filters/highPass.ts";
import { compactCompositeEncoder } from "./compositeEncoder.ts";
import type { EncoderConfig } from "./encoderConfig.ts";
import type { FeatureDistance } from "./embeddedSimilarity.ts";

/** The two encoders of the fine registration with what their images look like. */
export interface RefinementConfig {
  readonly encoder: EncoderConfig;
  readonly distance: FeatureDistance;
  /** Feature differences below this count by their square, larger ones by their size ("pixel" only). */
  readonly softening: number;
  /** Restrict the similarity to where the moving content projects to (equation 6). */
  readonly masked: boolean;
  /** Voxels of the volume that is projected are at most this fine. */
  readonly drrSpacingMm: number;
  /** Structures wider than about this share of the image are taken out of X-ray and projection. */
  readonly flattenShare: number;
}

/** A composite encoder of an eighth of the compact one's width on 64 x 64 pixels: trains on one core. */
export const tinyRefinement: RefinementConfig = {
  encoder: { ...compactCompositeEncoder, imageSize: 64, stem: [4, 8], widths: [8, 16, 32] },
  ...{ distance: "pixel", softening: 1, masked: true, drrSpacingMm: 4, flattenShare: 0.14 },
};

/**
 * One unit of each search parameter (radians about columns, rows and beam; mm along columns, rows and beam):
 * each moves the lumbar spine on the detector by about as much.
 */
export const searchUnits = [0.05, 0.05, 0.03, 1.5, 1.5, 20] as const;

/** Step of the difference quotients of features by the pose, in search units. */
export const differenceStep = 0.5;

/**
 * Takes wide structures out of images that lie one after the other: linear, so that it applies to a
 * projection and to its pose derivatives alike. In place.
 */
export function flattenLinear(
  images: Float32Array,
  { width, height }: Pick<Camera, "width" | "height">,
  share: number,
): Float32Array {
  const radius = Math.max(1, Math.round(share * Math.max(width, height)));
  for (let first = 0; first < images.length; first += width * height) {
    const image = images.subarray(first, first + width * height);
    highPass(image, undefined, width, height, radius, image);
  }
  return images;
}
