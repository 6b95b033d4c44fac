import { type CarmFrame, poseFromCamera } from "../geometry/carm.ts";
import { type Mat4, toRows } from "../geometry/mat4.ts";
import { poseConvention, poseToDegMm } from "../geometry/pose.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import { geometryDocument } from "../io/geometryFile.ts";
import { formatJson } from "../io/jsonDocument.ts";

/** The text of a geometry.json. */
export function geometryJson(geometry: ImagingGeometry): string {
  return formatJson(geometryDocument(geometry));
}

/** The text of a pose.json: the matrix, and theta as a view of it with what it depends on. */
export function poseJson(cameraFromWorld: Mat4, frame: CarmFrame, more: object = {}): string {
  const document = {
    cameraFromWorld: toRows(cameraFromWorld),
    pose: poseToDegMm(poseFromCamera(cameraFromWorld, frame)),
    convention: poseConvention,
    view: frame.view,
    centreMm: frame.centreMm,
    ...more,
  };
  return formatJson(document);
}
