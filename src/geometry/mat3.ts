import type { Vec3 } from "./vec3.ts";

/** A 3x3 matrix, nine numbers, row-major. */
export type Mat3 = readonly number[];

export const identity3: Mat3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export function multiply3(a: Mat3, b: Mat3): Mat3 {
  const out = new Array<number>(9);
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      out[3 * r + c] = a[3 * r]! * b[c]! + a[3 * r + 1]! * b[3 + c]! + a[3 * r + 2]! * b[6 + c]!;
    }
  }
  return out;
}

export function transform3(m: Mat3, v: Vec3): Vec3 {
  return [
    m[0]! * v[0] + m[1]! * v[1] + m[2]! * v[2],
    m[3]! * v[0] + m[4]! * v[1] + m[5]! * v[2],
    m[6]! * v[0] + m[7]! * v[1] + m[8]! * v[2],
  ];
}

export function transpose3(m: Mat3): Mat3 {
  return [m[0]!, m[3]!, m[6]!, m[1]!, m[4]!, m[7]!, m[2]!, m[5]!, m[8]!];
}

export function determinant3(m: Mat3): number {
  return (
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  );
}

/** Inverse by the adjugate; a singular matrix gives non-finite entries. */
export function invert3(m: Mat3): Mat3 {
  const s = 1 / determinant3(m);
  return [
    (m[4]! * m[8]! - m[5]! * m[7]!) * s,
    (m[2]! * m[7]! - m[1]! * m[8]!) * s,
    (m[1]! * m[5]! - m[2]! * m[4]!) * s,
    (m[5]! * m[6]! - m[3]! * m[8]!) * s,
    (m[0]! * m[8]! - m[2]! * m[6]!) * s,
    (m[2]! * m[3]! - m[0]! * m[5]!) * s,
    (m[3]! * m[7]! - m[4]! * m[6]!) * s,
    (m[1]! * m[6]! - m[0]! * m[7]!) * s,
    (m[0]! * m[4]! - m[1]! * m[3]!) * s,
  ];
}

export function add3(a: Mat3, b: Mat3, factor = 1): Mat3 {
  return a.map((value, i) => value + factor * b[i]!);
}
