import { type Mat3, add3, identity3, multiply3, transpose3 } from "./mat3.ts";
import { type Vec3, norm } from "./vec3.ts";

/** The cross-product matrix [w]x, so that hat(w) v = w x v. */
export function hat(w: Vec3): Mat3 {
  return [0, -w[2], w[1], w[2], 0, -w[0], -w[1], w[0], 0];
}

/** Rotation by |w| radians about w (Rodrigues), accurate for small angles. */
export function expSo3(w: Vec3): Mat3 {
  const angle = norm(w);
  const k = hat(w);
  const [a, b] = sineCoefficients(angle);
  return add3(add3(identity3, k, a), multiply3(k, k), b);
}

/** Rotation vector of R in (-pi, pi]; R must be orthonormal with determinant +1. */
export function logSo3(r: Mat3): Vec3 {
  const axis: Vec3 = [r[7]! - r[5]!, r[2]! - r[6]!, r[3]! - r[1]!];
  const sine2 = norm(axis);
  const cosine2 = r[0]! + r[4]! + r[8]! - 1;
  const angle = Math.atan2(sine2, cosine2);
  if (Math.PI - angle > 1e-3) {
    const factor = angle < 1e-4 ? 0.5 + (angle * angle) / 12 : angle / sine2;
    return [axis[0] * factor, axis[1] * factor, axis[2] * factor];
  }
  return logNearPi(r, axis, angle);
}

/** Near a half turn the axis comes from the symmetric part, its sign from the skew part. */
function logNearPi(r: Mat3, skew: Vec3, angle: number): Vec3 {
  const c = Math.cos(angle);
  const diagonal = [r[0]!, r[4]!, r[8]!];
  const k = diagonal.indexOf(Math.max(...diagonal));
  const column = [0, 1, 2].map((i) => (r[3 * i + k]! + r[3 * k + i]!) / 2 - (i === k ? c : 0));
  const length = Math.hypot(...column) || 1;
  const unit = column.map((value) => value / length);
  const sign = unit[0]! * skew[0] + unit[1]! * skew[1] + unit[2]! * skew[2] < 0 ? -1 : 1;
  return [sign * angle * unit[0]!, sign * angle * unit[1]!, sign * angle * unit[2]!];
}

/** sin(a)/a and (1 - cos a)/a^2 with their series near zero. */
function sineCoefficients(angle: number): [number, number] {
  const square = angle * angle;
  if (angle < 1e-4) return [1 - square / 6, 0.5 - square / 24];
  return [Math.sin(angle) / angle, (1 - Math.cos(angle)) / square];
}

/** Left Jacobian J_l: exp(w + dw) ~ exp(J_l dw) exp(w). */
export function leftJacobianSo3(w: Vec3): Mat3 {
  const angle = norm(w);
  const k = hat(w);
  const square = angle * angle;
  const [a, b] = sineCoefficients(angle);
  const c = angle < 1e-3 ? 1 / 6 - square / 120 : (1 - a) / square;
  return add3(add3(identity3, k, b), multiply3(k, k), c);
}

/** Right Jacobian J_r: exp(w + dw) ~ exp(w) exp(J_r dw). */
export function rightJacobianSo3(w: Vec3): Mat3 {
  return leftJacobianSo3([-w[0], -w[1], -w[2]]);
}

/** Angle in radians of the rotation that takes a to b, in [0, pi]. */
export function geodesicAngle(a: Mat3, b: Mat3): number {
  return norm(logSo3(multiply3(transpose3(a), b)));
}

/** The rotation nearest to m (Frobenius), by Newton's polar iteration; m must be near a rotation. */
export function orthonormalise(m: Mat3): Mat3 {
  let r = m;
  for (let i = 0; i < 20; i++) {
    const correction = add3(multiply3(transpose3(r), r), identity3, -1);
    const next = add3(r, multiply3(r, correction), -0.5);
    const change = Math.max(...next.map((value, j) => Math.abs(value - r[j]!)));
    r = next;
    if (change < 1e-16) break;
  }
  return r;
}
