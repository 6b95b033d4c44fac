import { cameraMatrix } from "../geometry/camera.ts";
import { type CarmFrame, poseFromCamera } from "../geometry/carm.ts";
import { carmAnglesFromCamera, formatCarmAngles } from "../geometry/carmAngles.ts";
import { diffDrrFromView } from "../geometry/diffDrr.ts";
import { toRows } from "../geometry/mat4.ts";
import { plastimatchFlags, plastimatchFromView } from "../geometry/plastimatch.ts";
import { poseConvention, poseToDegMm } from "../geometry/pose.ts";
import { type CalibratedView, dltFromProjection, projectionMatrix } from "../geometry/projectionMatrix.ts";

/**
 * One view in every convention that `parseView` reads, all of them the same camera. The frame gives theta its
 * meaning, and its centre and distance the isocentre of C-arm angles and of DiffDRR.
 */
export function viewDocument(
  view: CalibratedView & { readonly mirrored?: boolean },
  frame: CarmFrame,
): Record<string, unknown> {
  const { camera, cameraFromWorld } = view;
  const k = cameraMatrix(camera);
  const { angles, stand } = carmAnglesFromCamera(cameraFromWorld, frame.sourceToIsocentreMm);
  const panel = plastimatchFromView(view, frame.sourceToIsocentreMm);
  return {
    cameraFromWorld: toRows(cameraFromWorld),
    K: [k.slice(0, 3), k.slice(3, 6), k.slice(6)],
    image: { width: camera.width, height: camera.height, ...(view.mirrored && { mirrored: true }) },
    sourceToDetectorMm: camera.sourceToDetectorMm,
    pose: poseToDegMm(poseFromCamera(cameraFromWorld, frame)),
    convention: poseConvention,
    view: frame.view,
    centreMm: frame.centreMm,
    carmAngles: angles,
    carmText: formatCarmAngles(angles),
    ...stand,
    projection: projectionRows(view),
    dlt: dltOf(view),
    plastimatch: panel,
    plastimatchFlags: plastimatchFlags(panel),
    diffDrr: diffDrrFromView(view, "AP", frame.centreMm),
  };
}

function projectionRows(view: CalibratedView): number[][] {
  const p = projectionMatrix(view);
  return [p.slice(0, 4), p.slice(4, 8), p.slice(8)];
}

/** None where the world's origin lies in the plane of the source. */
function dltOf(view: CalibratedView): number[] | null {
  try {
    return dltFromProjection(projectionMatrix(view));
  } catch {
    return null;
  }
}
