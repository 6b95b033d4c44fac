import { multiply3, transpose3 } from "../geometry/mat3.ts";
import { linearPart } from "../geometry/mat4.ts";
import { type Pose, poseMatrix, poseTwistJacobian } from "../geometry/pose.ts";
import { logSo3 } from "../geometry/so3.ts";
import { type Vec3, dot } from "../geometry/vec3.ts";

/** Six numbers in the order of theta: three for the rotation (per radian), three for the translation (per mm). */
export type PoseGradient = [number, number, number, number, number, number];

/**
 * Squared geodesic distance of two poses in the left-canonical metric of SE(3): squared angle between
 * the rotations (radians) plus squared distance of the translations (mm).
 */
export function geodesicDistanceSquared(pose: Pose, target: Pose): { rotation: number; translation: number } {
  const error = rotationError(pose, target);
  const shift: Vec3 = [pose.tx - target.tx, pose.ty - target.ty, pose.tz - target.tz];
  return { rotation: dot(error, error), translation: dot(shift, shift) };
}

/** Log(R R^T^): the rotation vector, in the C-arm frame, that takes the target's rotation to the pose's. */
function rotationError(pose: Pose, target: Pose): Vec3 {
  const [r, goal] = [linearPart(poseMatrix(pose)), linearPart(poseMatrix(target))];
  return logSo3(multiply3(r, transpose3(goal)));
}

/**
 * Gradient of the squared geodesic distance by the pose's own parameters theta: L_G of section 2.3,
 * d L_G(theta, target) / d theta = {V_r', V_t'}.
 *
 * Translation: 2 (t - t^). Rotation: turning R by a small vector d in the C-arm frame changes the
 * squared angle by 2 Log(R R^T^) . d, and d/dtheta_q turns it about the axis a_q of
 * `poseTwistJacobian`; hence 2 a_q . Log(R R^T^). For rotation vectors the same rule is
 * -2 J_r(w)^T Log(R^T R^), but theta holds the paper's angles of eq. (2)-(3), and a direction taken in
 * other parameters than the network's gradient would point elsewhere.
 */
export function geodesicGradient(pose: Pose, target: Pose): PoseGradient {
  const error = rotationError(pose, target);
  const twist = poseTwistJacobian(pose);
  const axis = (q: number): Vec3 => [twist[q]!, twist[6 + q]!, twist[12 + q]!];
  return [
    2 * dot(axis(0), error),
    2 * dot(axis(1), error),
    2 * dot(axis(2), error),
    2 * (pose.tx - target.tx),
    2 * (pose.ty - target.ty),
    2 * (pose.tz - target.tz),
  ];
}
