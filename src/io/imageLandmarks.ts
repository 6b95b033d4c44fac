import * as v from "valibot";
import { badInput } from "../errors.ts";
import type { FormatWarning } from "./file.ts";
import { parseJson, readShape } from "./jsonDocument.ts";
import { type ImageLandmark, maxLandmarks } from "./landmark.ts";
import { readImageLandmarksCsv } from "./landmarksCsv.ts";
import { readMarkups } from "./markups.ts";

const finite = v.pipe(v.number(), v.finite());

const ownShape = v.object({
  imageLandmarks: v.pipe(
    v.array(v.object({ label: v.string(), px: v.tuple([finite, finite]) })),
    v.maxLength(maxLandmarks),
  ),
});

/**
 * Points in an X-ray, pixels (u, v): `{"imageLandmarks": [{"label", "px": [u, v]}]}`, CSV with label, u_px, v_px, or a
 * 3D Slicer markups file. Slicer shows a picture without spacing at 1 mm per pixel, its pixel (u, v) at
 * LPS (u, v, 0); for a picture with spacing, `pixelSpacingMm` (between columns, between rows) undoes it.
 */
export function readImageLandmarks(
  text: string,
  name = "X-ray landmarks",
  pixelSpacingMm: readonly [number, number] = [1, 1],
): { landmarks: ImageLandmark[]; warnings: FormatWarning[] } {
  if (!text.trimStart().startsWith("{"))
    return { landmarks: readImageLandmarksCsv(text, name), warnings: [] };
  const document = parseJson(text, name) as Record<string, unknown>;
  if (!("markups" in document)) {
    const { imageLandmarks } = readShape(ownShape, document, name);
    return { landmarks: imageLandmarks.map(({ label, px }) => ({ label, pixel: px })), warnings: [] };
  }
  const { landmarks, warnings } = readMarkups(text, name);
  const off = landmarks.find(({ positionMm }) => Math.abs(positionMm[2]) > 0.5);
  if (off) {
    throw badInput({
      what: `${name}: "${off.label}"`,
      got: `z = ${off.positionMm[2]}`,
      expected: "points on the plane of the picture, z = 0",
      todo: "Give the landmarks of the CT first and those of the X-ray second",
    });
  }
  const [du, dv] = pixelSpacingMm;
  return {
    landmarks: landmarks.map(({ label, positionMm: [x, y] }) => ({ label, pixel: [x / du, y / dv] })),
    warnings,
  };
}

/** The project's own file of points in an X-ray. */
export function writeImageLandmarks(landmarks: readonly ImageLandmark[]): string {
  const imageLandmarks = landmarks.map(({ label, pixel }) => ({ label, px: [...pixel] }));
  return `${JSON.stringify({ imageLandmarks }, undefined, 2)}\n`;
}
