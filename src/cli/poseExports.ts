import { join } from "node:path";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import type { Landmark } from "../io/landmark.ts";
import { type ProjectedLandmark, projectLandmarks, writeProjectedLandmarks } from "../io/landmarksCsv.ts";
import { writeMarkups } from "../io/markups.ts";
import { writeTransformFile } from "../io/transformFile.ts";
import type { OutputFile } from "../platform/node/fileWriter.ts";
import { type PictureCoordinates, turned } from "./pictureCoordinates.ts";

/** Written into transform files; no file names, which may tell who a patient is. */
const cameraSpace = "X-ray camera frame (origin: source; x: columns, y: rows, z: beam; mm)";
const ctSpace = "CT (LPS mm)";

/** A pose for other programs: an ITK transform in the resampling direction, from the camera to the CT. */
export function poseTransform(cameraFromWorld: Mat4): string {
  return writeTransformFile({ fixedFromMoving: cameraFromWorld, fixed: cameraSpace, moving: ctSpace });
}

/** Landmarks of the CT, moved into the camera's frame. */
export function movedLandmarks(landmarks: readonly Landmark[], cameraFromWorld: Mat4): string {
  const moved = landmarks.map(({ label, positionMm }) => ({
    label,
    positionMm: transformPoint(cameraFromWorld, positionMm),
  }));
  return writeMarkups(moved, "landmarks in the X-ray camera frame");
}

/** Where landmarks fall, in pixels of the picture as it is stored. */
export function landmarksInPicture(
  landmarks: readonly Landmark[],
  camera: Camera,
  cameraFromWorld: Mat4,
  mirrored: boolean,
): ProjectedLandmark[] {
  const { width } = camera;
  return projectLandmarks(landmarks, camera, cameraFromWorld).map((landmark) => ({
    ...landmark,
    pixel: turned(landmark.pixel, { mirrored, width }),
  }));
}

/** The same as points on the picture as 3D Slicer shows it; points behind the source are left out. */
function markupsOnPicture(projected: readonly ProjectedLandmark[], picture: PictureCoordinates): string {
  const [du, dv] = picture.shownSpacingMm;
  const points = projected
    .filter(({ pixel }) => pixel.every(Number.isFinite))
    .map(({ label, pixel: [u, v] }): Landmark => ({ label, positionMm: [u * du, v * dv, 0] }));
  return writeMarkups(points, "landmarks on the X-ray");
}

const landmarkNames = ["landmarks.csv", "landmarks-xray.mrk.json", "landmarks-camera.mrk.json"] as const;

/** What a registration writes for other programs. */
export function poseExportPaths(folder: string, withLandmarks: boolean): string[] {
  return ["pose.tfm", ...(withLandmarks ? landmarkNames : [])].map((name) => join(folder, name));
}

/** The files of `poseExportPaths`. */
export function poseExports(
  folder: string,
  view: { readonly camera: Camera; readonly cameraFromWorld: Mat4 },
  picture: PictureCoordinates,
  landmarks: readonly Landmark[] | undefined,
): OutputFile[] {
  const { camera, cameraFromWorld } = view;
  const [transformPath = "", csvPath = "", picturePath = "", cameraPath = ""] = poseExportPaths(folder, true);
  const transform = { path: transformPath, bytes: poseTransform(cameraFromWorld) };
  if (!landmarks) return [transform];
  const projected = landmarksInPicture(landmarks, camera, cameraFromWorld, picture.mirrored);
  return [
    transform,
    { path: csvPath, bytes: writeProjectedLandmarks(projected) },
    { path: picturePath, bytes: markupsOnPicture(projected, picture) },
    { path: cameraPath, bytes: movedLandmarks(landmarks, cameraFromWorld) },
  ];
}
