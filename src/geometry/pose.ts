import { multiply3 } from "./mat3.ts";
import { type Mat4, fromLinearTranslation, linearPart, translationPart } from "./mat4.ts";
import { type Vec3, cross } from "./vec3.ts";

/**
 * The paper's pose theta (eq. 2-3): A = Mt . Mrx . Mry . Mrz in the C-arm frame.
 * Angles in radians, translations in mm. rx = roll about the beam; tx > 0 = away from the source;
 * ty, tz = shift along detector columns and rows.
 */
export interface Pose {
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
  readonly tx: number;
  readonly ty: number;
  readonly tz: number;
}

/** The pose in the order of theta: three radians, three mm. */
export function poseToVector({
  rx,
  ry,
  rz,
  tx,
  ty,
  tz,
}: Pose): [number, number, number, number, number, number] {
  return [rx, ry, rz, tx, ty, tz];
}

/** The pose of six numbers in the order of theta. */
export function poseFromVector(theta: ArrayLike<number>): Pose {
  const [rx = 0, ry = 0, rz = 0, tx = 0, ty = 0, tz = 0] = Array.from(theta);
  return { rx, ry, rz, tx, ty, tz };
}

/** The pose at a boundary: degrees and millimetres, named as in result.json. */
export interface PoseDegMm {
  readonly rxDeg: number;
  readonly ryDeg: number;
  readonly rzDeg: number;
  readonly txMm: number;
  readonly tyMm: number;
  readonly tzMm: number;
}

export const poseConvention = "Mt.Mrx.Mry.Mrz";
export const zeroPose: Pose = { rx: 0, ry: 0, rz: 0, tx: 0, ty: 0, tz: 0 };

const radians = Math.PI / 180;

export function poseFromDegMm(p: PoseDegMm): Pose {
  return {
    rx: p.rxDeg * radians,
    ry: p.ryDeg * radians,
    rz: p.rzDeg * radians,
    tx: p.txMm,
    ty: p.tyMm,
    tz: p.tzMm,
  };
}

export function poseToDegMm(p: Pose): PoseDegMm {
  return {
    rxDeg: p.rx / radians,
    ryDeg: p.ry / radians,
    rzDeg: p.rz / radians,
    txMm: p.tx,
    tyMm: p.ty,
    tzMm: p.tz,
  };
}

/** The matrix A(theta), eq. (2)-(3). */
export function poseMatrix(p: Pose): Mat4 {
  const [cx, sx] = [Math.cos(p.rx), Math.sin(p.rx)];
  const [cy, sy] = [Math.cos(p.ry), Math.sin(p.ry)];
  const [cz, sz] = [Math.cos(p.rz), Math.sin(p.rz)];
  const mrx = [1, 0, 0, 0, cx, -sx, 0, sx, cx];
  const mry = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  const mrz = [cz, -sz, 0, sz, cz, 0, 0, 0, 1];
  return fromLinearTranslation(multiply3(multiply3(mrx, mry), mrz), [p.tx, p.ty, p.tz]);
}

/**
 * theta of a rigid matrix, ry in [-pi/2, pi/2]. At ry = +-pi/2 rx and rz are one angle; rz = 0 is
 * taken. The matrix is the truth, theta a view of it.
 */
export function poseFromMatrix(a: Mat4): Pose {
  const r = linearPart(a);
  const [tx, ty, tz] = translationPart(a);
  const ry = Math.atan2(r[2]!, Math.hypot(r[0]!, r[1]!));
  if (Math.hypot(r[0]!, r[1]!) < 1e-9) {
    return { rx: Math.atan2(r[7]!, r[4]!), ry, rz: 0, tx, ty, tz };
  }
  return { rx: Math.atan2(-r[5]!, r[8]!), ry, rz: Math.atan2(-r[1]!, r[0]!), tx, ty, tz };
}

/**
 * 6x6 Jacobian, row-major: column q is the twist xi (w, v) with dA/dtheta_q = hat(xi) A, so that
 * A(theta + d) ~ exp(J d) A(theta). Order of theta: rx, ry, rz, tx, ty, tz.
 */
export function poseTwistJacobian(p: Pose): number[] {
  const [cx, sx] = [Math.cos(p.rx), Math.sin(p.rx)];
  const [cy, sy] = [Math.cos(p.ry), Math.sin(p.ry)];
  const t: Vec3 = [p.tx, p.ty, p.tz];
  const axes: Vec3[] = [
    [1, 0, 0],
    [0, cx, sx],
    [sy, -sx * cy, cx * cy],
  ];
  const out = new Array<number>(36).fill(0);
  axes.forEach((w, q) => {
    const v = cross(t, w);
    for (let i = 0; i < 3; i++) {
      out[6 * i + q] = w[i]!;
      out[6 * (i + 3) + q] = v[i]!;
    }
  });
  for (let i = 0; i < 3; i++) out[6 * (i + 3) + i + 3] = 1;
  return out;
}
