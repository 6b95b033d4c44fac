import { type Mat4, compose, fromLinearTranslation, transformPoint } from "./mat4.ts";
import { type Pose, poseFromMatrix, poseMatrix, poseTwistJacobian } from "./pose.ts";
import { adjointSe3, invertRigid } from "./se3.ts";
import type { Vec3 } from "./vec3.ts";

/** How the C-arm looks at the patient when the pose is zero. */
export type View = "AP" | "PA" | "LAT";
export const views: readonly View[] = ["AP", "PA", "LAT"];

/** Everything that turns a pose theta into a camera: isocentre, view and where the source stands. */
export interface CarmFrame {
  readonly view: View;
  /** The world point (LPS mm) on the isocentre at zero pose: the centre of the voxel grid. */
  readonly centreMm: Vec3;
  readonly sourceToIsocentreMm: number;
}

/** World axes of the camera's x (columns), y (rows) and z (beam) at zero pose. */
const cameraAxes: Record<View, { columns: Vec3; rows: Vec3; beam: Vec3 }> = {
  AP: { columns: [1, 0, 0], rows: [0, 0, -1], beam: [0, 1, 0] },
  PA: { columns: [-1, 0, 0], rows: [0, 0, -1], beam: [0, -1, 0] },
  LAT: { columns: [0, -1, 0], rows: [0, 0, -1], beam: [1, 0, 0] },
};

/** C-arm axes are (beam, columns, rows); the centre goes to the isocentre. */
export function referenceFromWorld(frame: CarmFrame): Mat4 {
  const { columns, rows, beam } = cameraAxes[frame.view];
  const rotation = [...beam, ...columns, ...rows];
  const [x, y, z] = transformPoint(fromLinearTranslation(rotation, [0, 0, 0]), frame.centreMm);
  return fromLinearTranslation(rotation, [-x, -y, -z]);
}

/** camera = (Y_c, Z_c, X_c + sourceToIsocentreMm). */
export function cameraFromCarm(sourceToIsocentreMm: number): Mat4 {
  return [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, sourceToIsocentreMm, 0, 0, 0, 1];
}

/** cameraFromWorld(theta) = cameraFromCarm . A(theta) . referenceFromWorld. */
export function cameraFromPose(pose: Pose, frame: CarmFrame): Mat4 {
  return compose(cameraFromCarm(frame.sourceToIsocentreMm), poseMatrix(pose), referenceFromWorld(frame));
}

/** theta of a camera matrix, in the given frame. */
export function poseFromCamera(cameraFromWorld: Mat4, frame: CarmFrame): Pose {
  const carmFromCamera = invertRigid(cameraFromCarm(frame.sourceToIsocentreMm));
  return poseFromMatrix(compose(carmFromCamera, cameraFromWorld, invertRigid(referenceFromWorld(frame))));
}

/**
 * 6x6 Jacobian, row-major: column q is the twist in the camera frame of d/dtheta_q, so that
 * cameraFromPose(theta + d) ~ exp(J d) cameraFromPose(theta).
 */
export function cameraTwistJacobian(pose: Pose, frame: CarmFrame): number[] {
  const adjoint = adjointSe3(cameraFromCarm(frame.sourceToIsocentreMm));
  const twist = poseTwistJacobian(pose);
  const out = new Array<number>(36).fill(0);
  for (let r = 0; r < 6; r++) {
    for (let c = 0; c < 6; c++) {
      for (let k = 0; k < 6; k++) out[6 * r + c]! += adjoint[6 * r + k]! * twist[6 * k + c]!;
    }
  }
  return out;
}
