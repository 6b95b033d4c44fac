import { type Mat3, invert3 } from "./mat3.ts";
import type { Vec3 } from "./vec3.ts";

/** A 4x4 affine matrix, sixteen numbers, row-major; named `aFromB`, points are columns. */
export type Mat4 = readonly number[];

export const identity4: Mat4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export function multiply4(a: Mat4, b: Mat4): Mat4 {
  const out = new Array<number>(16);
  for (let r = 0; r < 4; r++) {
    for (let c = 0; c < 4; c++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[4 * r + k]! * b[4 * k + c]!;
      out[4 * r + c] = sum;
    }
  }
  return out;
}

/** Product of several matrices, left to right. */
export function compose(...matrices: Mat4[]): Mat4 {
  return matrices.reduce((product, matrix) => multiply4(product, matrix), identity4);
}

export function transformPoint(m: Mat4, p: Vec3): Vec3 {
  return [
    m[0]! * p[0] + m[1]! * p[1] + m[2]! * p[2] + m[3]!,
    m[4]! * p[0] + m[5]! * p[1] + m[6]! * p[2] + m[7]!,
    m[8]! * p[0] + m[9]! * p[1] + m[10]! * p[2] + m[11]!,
  ];
}

export function transformDirection(m: Mat4, v: Vec3): Vec3 {
  return [
    m[0]! * v[0] + m[1]! * v[1] + m[2]! * v[2],
    m[4]! * v[0] + m[5]! * v[1] + m[6]! * v[2],
    m[8]! * v[0] + m[9]! * v[1] + m[10]! * v[2],
  ];
}

export function linearPart(m: Mat4): Mat3 {
  return [m[0]!, m[1]!, m[2]!, m[4]!, m[5]!, m[6]!, m[8]!, m[9]!, m[10]!];
}

export function translationPart(m: Mat4): Vec3 {
  return [m[3]!, m[7]!, m[11]!];
}

export function fromLinearTranslation(r: Mat3, t: Vec3): Mat4 {
  // oxfmt-ignore
  return [
    r[0]!, r[1]!, r[2]!, t[0],
    r[3]!, r[4]!, r[5]!, t[1],
    r[6]!, r[7]!, r[8]!, t[2],
    0, 0, 0, 1,
  ];
}

/** Inverse of any affine matrix (last row 0 0 0 1). */
export function invertAffine(m: Mat4): Mat4 {
  const inverse = invert3(linearPart(m));
  const [x, y, z] = translationPart(m);
  const translate = (row: number): number =>
    -(inverse[row]! * x + inverse[row + 1]! * y + inverse[row + 2]! * z);
  return fromLinearTranslation(inverse, [translate(0), translate(3), translate(6)]);
}

export function translation4(t: Vec3): Mat4 {
  return fromLinearTranslation([1, 0, 0, 0, 1, 0, 0, 0, 1], t);
}

/** Nested rows, as stored in JSON files. */
export function toRows(m: Mat4): number[][] {
  return [0, 4, 8, 12].map((start) => m.slice(start, start + 4));
}

/** Sixteen numbers from nested rows; shapes are the caller's to check. */
export function fromRows(rows: readonly (readonly number[])[]): Mat4 {
  return rows.flat();
}
