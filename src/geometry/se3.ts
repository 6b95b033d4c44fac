import { determinant3, invert3, multiply3, transform3, transpose3 } from "./mat3.ts";
import { type Mat4, fromLinearTranslation, linearPart, translationPart } from "./mat4.ts";
import { expSo3, hat, leftJacobianSo3, logSo3 } from "./so3.ts";
import type { Vec3 } from "./vec3.ts";

/** A twist (wx, wy, wz, vx, vy, vz): radians, then millimetres. */
export type Twist = readonly [number, number, number, number, number, number];

const rotationOf = (xi: Twist): Vec3 => [xi[0], xi[1], xi[2]];
const velocityOf = (xi: Twist): Vec3 => [xi[3], xi[4], xi[5]];

/** Rigid motion exp(xi): rotation exp(w), translation J_l(w) v. */
export function expSe3(xi: Twist): Mat4 {
  const w = rotationOf(xi);
  return fromLinearTranslation(expSo3(w), transform3(leftJacobianSo3(w), velocityOf(xi)));
}

/** Twist of a rigid motion; the inverse of expSe3 for angles below pi. */
export function logSe3(m: Mat4): Twist {
  const w = logSo3(linearPart(m));
  const v = transform3(invert3(leftJacobianSo3(w)), translationPart(m));
  return [...w, ...v];
}

/** 6x6 adjoint, row-major: M exp(xi) M^-1 = exp(Ad(M) xi). */
export function adjointSe3(m: Mat4): number[] {
  const r = linearPart(m);
  const tr = multiply3(hat(translationPart(m)), r);
  const out = new Array<number>(36).fill(0);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      out[6 * i + j] = r[3 * i + j]!;
      out[6 * (i + 3) + j] = tr[3 * i + j]!;
      out[6 * (i + 3) + j + 3] = r[3 * i + j]!;
    }
  }
  return out;
}

/** Inverse of a rigid motion (transpose, no division). */
export function invertRigid(m: Mat4): Mat4 {
  const [x, y, z] = translationPart(m);
  const back = (c: number): number => -(m[c]! * x + m[4 + c]! * y + m[8 + c]! * z);
  // oxfmt-ignore
  return [
    m[0]!, m[4]!, m[8]!, back(0),
    m[1]!, m[5]!, m[9]!, back(1),
    m[2]!, m[6]!, m[10]!, back(2),
    0, 0, 0, 1,
  ];
}

/** Whether m is a rigid motion: orthonormal, right-handed, last row 0 0 0 1, all finite. */
export function isRigid(m: Mat4, tolerance = 1e-4): boolean {
  if (m.length !== 16 || !m.every(Number.isFinite)) return false;
  const r = linearPart(m);
  const gram = multiply3(transpose3(r), r);
  const orthonormal = gram.every((g, i) => Math.abs(g - (i % 4 === 0 ? 1 : 0)) <= tolerance);
  const lastRow = Math.abs(m[12]!) + Math.abs(m[13]!) + Math.abs(m[14]!) + Math.abs(m[15]! - 1);
  return orthonormal && determinant3(r) > 0 && lastRow <= tolerance;
}
