import { tags } from "../io/dicom/tags.ts";
import type { ImageLandmark } from "../io/landmark.ts";
import type { LoadedXray } from "./inputs.ts";

type Pixel = readonly [number, number];

/**
 * How pixels of the stored picture, which is what people click on, relate to those of the radiograph in memory,
 * whose columns may have been turned round, and to the millimetres of other programs.
 */
export interface PictureCoordinates {
  readonly mirrored: boolean;
  readonly width: number;
  readonly height: number;
  /** Pitch (columns, rows) at which ITK and 3D Slicer show the picture; 1 mm where its file states none. */
  readonly shownSpacingMm: readonly [number, number];
}

export function pictureCoordinates({ dicom, radiograph }: LoadedXray): PictureCoordinates {
  const { width, height, pixelSpacingMm } = radiograph;
  const found = dicom?.geometry.pixelSpacingMm;
  const shown = dicom
    ? found?.source === tags.imagerPixelSpacing.label
      ? found.value
      : undefined
    : pixelSpacingMm;
  return { mirrored: dicom?.mirrored ?? false, width, height, shownSpacingMm: shown ?? [1, 1] };
}

/** Turns columns round where they were on reading; its own inverse. */
export function turned(
  [u, v]: Pixel,
  { mirrored, width }: Pick<PictureCoordinates, "mirrored" | "width">,
): Pixel {
  return [mirrored ? width - 1 - u : u, v];
}

/** Points that lie outside the picture by more than half a pixel, as "L3" (900, 200). */
export function pointsOutside(
  landmarks: readonly ImageLandmark[],
  { width, height }: Pick<PictureCoordinates, "width" | "height">,
): string[] {
  const outside = landmarks.filter(
    ({ pixel: [u, v] }) => !(u >= -0.5 && u <= width - 0.5 && v >= -0.5 && v <= height - 0.5),
  );
  return outside.map(({ label, pixel: [u, v] }) => `"${label}" (${u.toFixed(0)}, ${v.toFixed(0)})`);
}
