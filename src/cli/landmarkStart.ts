import { usageError } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import { readImageLandmarks } from "../io/imageLandmarks.ts";
import { type Landmark, pairLandmarks } from "../io/landmark.ts";
import { readLandmarksCsv } from "../io/landmarksCsv.ts";
import { readMarkups } from "../io/markups.ts";
import type { FormatWarning } from "../io/file.ts";
import { readTextFile } from "../platform/node/imageFiles.ts";
import { type LandmarkPose, initialFromLandmarks } from "../registration/initialFromLandmarks.ts";
import type { LoadedXray } from "./inputs.ts";
import { pictureCoordinates, pointsOutside, turned } from "./pictureCoordinates.ts";

/** A start from landmarks, with sentences for people. */
export interface LandmarkStart {
  readonly pose: LandmarkPose;
  /** Those of the CT. */
  readonly landmarks: readonly Landmark[];
  readonly warnings: readonly string[];
  /** How well each pair fits. */
  readonly notes: readonly string[];
}

/** Landmarks of the CT: a Slicer markups file or CSV. */
export async function loadLandmarks(
  path: string,
): Promise<{ landmarks: Landmark[]; warnings: FormatWarning[] }> {
  const text = await readTextFile(path, { what: "Landmarks" });
  return text.trimStart().startsWith("{")
    ? readMarkups(text, "Landmarks of the CT")
    : { landmarks: readLandmarksCsv(text, "Landmarks of the CT"), warnings: [] };
}

/** The pose that explains where landmarks of the CT are seen in the X-ray. */
export async function landmarkStart(
  paths: readonly string[],
  xray: LoadedXray,
  camera: Camera,
): Promise<LandmarkStart> {
  const [ctPath, xrayPath] = paths;
  if (paths.length !== 2 || ctPath === undefined || xrayPath === undefined) {
    throw usageError({
      what: "--init landmarks",
      got: `${paths.length} file(s)`,
      expected: "two: the landmarks of the CT and those of the X-ray",
      todo: "sopi register ct.nii.gz xray.dcm --init landmarks ct.mrk.json xray.json",
    });
  }
  const inCt = await loadLandmarks(ctPath);
  const text = await readTextFile(xrayPath, { what: "Landmarks" });
  const picture = pictureCoordinates(xray);
  const inXray = readImageLandmarks(text, "Landmarks of the X-ray", picture.shownSpacingMm);
  // Points were clicked in the picture as it is stored; its columns may have been turned round on reading.
  const asRead = inXray.landmarks.map(({ label, pixel }) => ({ label, pixel: turned(pixel, picture) }));
  const { pairs, unpaired } = pairLandmarks(inCt.landmarks, asRead);
  const pose = initialFromLandmarks(pairs, camera);
  const messages = [...inCt.warnings, ...inXray.warnings, ...pose.warnings].map(({ message }) => message);
  if (unpaired.length > 0) messages.push(`Landmarks without a partner: ${unpaired.join(", ")}`);
  const outside = pointsOutside(inXray.landmarks, picture);
  if (outside.length > 0) {
    const size = `${picture.width} x ${picture.height}`;
    messages.push(`Landmarks outside the picture of ${size} pixels: ${outside.join(", ")}; check their unit`);
  }
  return {
    pose,
    landmarks: inCt.landmarks,
    warnings: messages.map((message) => `Start pose: ${message}`),
    notes: residualNotes(pose),
  };
}

function residualNotes({ residuals, rmsPx, uncertainty }: LandmarkPose): string[] {
  const each = residuals.map(
    ({ label, errorPx, errorMm, used }) =>
      `  ${label}: ${errorPx.toFixed(1)} px, ${errorMm.toFixed(1)} mm at the detector${used ? "" : " (left out)"}`,
  );
  const { rotationDeg, inPlaneMm, depthMm } = uncertainty;
  const sd = `${rotationDeg.toFixed(1)} deg, ${inPlaneMm.toFixed(1)} mm in plane, ${depthMm.toFixed(0)} mm in depth`;
  return [
    `Start from ${residuals.length} landmarks, rms ${rmsPx.toFixed(2)} px; known to about ${sd}`,
    ...each,
  ];
}
