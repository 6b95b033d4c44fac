import { transform3 } from "./mat3.ts";
import {
  type Mat4,
  compose,
  fromLinearTranslation,
  linearPart,
  translation4,
  translationPart,
} from "./mat4.ts";
import { invertRigid } from "./se3.ts";
import { expSo3, leftJacobianSo3, logSo3 } from "./so3.ts";
import { type Vec3, cross } from "./vec3.ts";

/**
 * Six search parameters x = (wx, wy, wz in radians, tx, ty, tz in mm) around a base pose: the patient is
 * turned by exp(w) about a pivot fixed in the camera frame (on the principal ray), then shifted by t along
 * columns, rows and beam. About such a pivot rotation and shift hardly disturb each other.
 */
export interface SearchSpace {
  readonly base: Mat4;
  readonly pivot: Vec3;
}

/** cameraFromWorld of search parameters x. */
export function poseAt(space: SearchSpace, x: ArrayLike<number>): Mat4 {
  const motion = fromLinearTranslation(expSo3([x[0]!, x[1]!, x[2]!]), [x[3]!, x[4]!, x[5]!]);
  const [px, py, pz] = space.pivot;
  return compose(translation4(space.pivot), motion, translation4([-px, -py, -pz]), space.base);
}

/** The search parameters of a pose: poseAt(space, searchParameters(space, pose)) = pose. Angles up to pi. */
export function searchParameters({ base, pivot }: SearchSpace, pose: Mat4): Float64Array {
  const [px, py, pz] = pivot;
  const motion = compose(translation4([-px, -py, -pz]), pose, invertRigid(base), translation4(pivot));
  return Float64Array.of(...logSo3(linearPart(motion)), ...translationPart(motion));
}

/**
 * 6x6 Jacobian, row-major: column q is the left twist in the camera frame of d/dx_q, so that
 * poseAt(x + d) ~ exp(J d) poseAt(x). It chains a TwistJacobian to x.
 */
export function searchTwistJacobian(
  space: SearchSpace,
  x: ArrayLike<number>,
  out: Float64Array,
): Float64Array {
  const left = leftJacobianSo3([x[0]!, x[1]!, x[2]!]);
  const centre: Vec3 = [space.pivot[0] + x[3]!, space.pivot[1] + x[4]!, space.pivot[2] + x[5]!];
  out.fill(0);
  for (let q = 0; q < 3; q++) {
    const omega = transform3(left, [q === 0 ? 1 : 0, q === 1 ? 1 : 0, q === 2 ? 1 : 0]);
    const velocity = cross(centre, omega);
    for (let i = 0; i < 3; i++) {
      out[6 * i + q] = omega[i]!;
      out[6 * (i + 3) + q] = velocity[i]!;
    }
    out[6 * (q + 3) + q + 3] = 1;
  }
  return out;
}
