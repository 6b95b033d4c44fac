import { badInput } from "../errors.ts";
import { type Camera, cameraFromMatrix, cameraMatrix } from "./camera.ts";
import { type Mat3, determinant3, invert3, transform3 } from "./mat3.ts";
import { type Mat4, fromLinearTranslation } from "./mat4.ts";
import { orthonormalise } from "./so3.ts";
import { type Vec3, cross, dot, norm, normalise, scale, subtract } from "./vec3.ts";

/** A 3x4 projection matrix P, twelve numbers, row-major: [u w, v w, w]^T = P [X, 1]^T. Its scale is free. */
export type ProjectionMatrix = readonly number[];

/** A calibrated view: the camera and where it stands. */
export interface CalibratedView {
  readonly camera: Camera;
  readonly cameraFromWorld: Mat4;
}

/** K and [R t] of a projection matrix; K may have skew. */
export interface FactoredProjection {
  readonly k: Mat3;
  readonly cameraFromWorld: Mat4;
}

/** P = K [R t], scaled so that w is the depth in mm. */
export function projectionMatrix(view: CalibratedView): ProjectionMatrix {
  const k = cameraMatrix(view.camera);
  const columns = [0, 1, 2, 3].map((c) => {
    const m = view.cameraFromWorld;
    return transform3(k, [m[c]!, m[4 + c]!, m[8 + c]!]);
  });
  return [0, 1, 2].flatMap((row) => columns.map((column) => column[row]!));
}

/**
 * K [R t] of a projection matrix of any scale and sign, by the RQ decomposition (Hartley & Zisserman 2004,
 * 6.2.4): K upper triangular with positive diagonal and K33 = 1, R a rotation. Throws `bad-input` when P is
 * no finite camera. A mirrored picture (pixel axes left-handed) puts the scene at negative depth.
 */
export function factorProjection(p: ProjectionMatrix): FactoredProjection {
  if (p.length !== 12 || !p.every(Number.isFinite)) {
    throw badInput({
      what: "Projection matrix",
      got: `${p.length} entries`,
      expected: "3 x 4 finite numbers",
    });
  }
  const m: Mat3 = [p[0]!, p[1]!, p[2]!, p[4]!, p[5]!, p[6]!, p[8]!, p[9]!, p[10]!];
  const rowLength = norm([m[6]!, m[7]!, m[8]!]);
  const volume = determinant3(m);
  const rows = norm([m[0]!, m[1]!, m[2]!]) * norm([m[3]!, m[4]!, m[5]!]) * rowLength;
  if (!(Math.abs(volume) > 1e-12 * rows)) {
    throw badInput({
      what: "Projection matrix",
      got: "a singular left 3 x 3 part",
      expected: "a camera with its centre at a finite place",
    });
  }
  const s = Math.sign(volume) / rowLength;
  const { k, r } = rqDecomposition(m.map((value) => value * s));
  const t = transform3(invert3(k), [p[3]! * s, p[7]! * s, p[11]! * s]);
  return { k, cameraFromWorld: fromLinearTranslation(r, t) };
}

/** M = K R for a matrix of positive determinant whose last row is a unit vector. */
function rqDecomposition(m: Mat3): { k: Mat3; r: Mat3 } {
  const z: Vec3 = [m[6]!, m[7]!, m[8]!];
  const second: Vec3 = [m[3]!, m[4]!, m[5]!];
  const first: Vec3 = [m[0]!, m[1]!, m[2]!];
  const cv = dot(second, z);
  const alongY = subtract(second, scale(z, cv));
  const y = normalise(alongY);
  const x = cross(y, z);
  const r = orthonormalise([...x, ...y, ...z]);
  return { r, k: [dot(first, x), dot(first, y), dot(first, z), 0, norm(alongY), cv, 0, 0, 1] };
}

export interface ViewOptions {
  readonly width: number;
  readonly height: number;
  /** Gives K its length scale; pixel pitch follows from it. */
  readonly sourceToDetectorMm: number;
  /** Skew is dropped where that moves no pixel by more than this; default 0.05 px. */
  readonly maxSkewPx?: number;
  /** A world point that must lie in front of the camera (mm), such as the centre of the volume. */
  readonly inFrontMm?: Vec3;
}

/**
 * The calibrated view of a 3x4 projection matrix. Throws `bad-input` for a matrix with too much skew,
 * and for one that sees `inFrontMm` behind itself: then the picture is mirrored.
 */
export function viewFromProjection(p: ProjectionMatrix, options: ViewOptions): CalibratedView {
  const { k, cameraFromWorld } = factorProjection(p);
  const { width, height, sourceToDetectorMm, inFrontMm } = options;
  const shift = (Math.abs(k[1]!) / k[4]!) * Math.max(Math.abs(k[5]!), Math.abs(height - 1 - k[5]!));
  if (shift > (options.maxSkewPx ?? 0.05)) {
    throw badInput({
      what: "Projection matrix",
      got: `a skew that moves pixels by up to ${shift.toFixed(2)} px`,
      expected: "pixel axes at right angles",
      todo: "Check the order of the entries, or calibrate again",
    });
  }
  if (inFrontMm) {
    const depth = dot([cameraFromWorld[8]!, cameraFromWorld[9]!, cameraFromWorld[10]!], inFrontMm);
    if (!(depth + cameraFromWorld[11]! > 0)) {
      throw badInput({
        what: "Projection matrix",
        got: "the patient behind the camera",
        expected: "pixel axes that make a right-handed camera",
        todo: "The picture is mirrored: turn its columns round",
      });
    }
  }
  const upright = [k[0]!, 0, k[2]!, 0, k[4]!, k[5]!, 0, 0, 1];
  return { camera: cameraFromMatrix(upright, width, height, sourceToDetectorMm), cameraFromWorld };
}

/**
 * P from the eleven parameters of the direct linear transformation (Abdel-Aziz & Karara 1971):
 * u = (L1 X + L2 Y + L3 Z + L4) / (L9 X + L10 Y + L11 Z + 1), v with L5..L8.
 */
export function projectionFromDlt(parameters: readonly number[]): ProjectionMatrix {
  if (parameters.length !== 11 || !parameters.every(Number.isFinite)) {
    throw badInput({
      what: "DLT parameters",
      got: `${parameters.length} values`,
      expected: "11 finite numbers",
    });
  }
  return [...parameters, 1];
}

/** The eleven DLT parameters of P. The world origin must not lie in the plane of the source. */
export function dltFromProjection(p: ProjectionMatrix): number[] {
  const last = p[11]!;
  const largest = Math.max(...p.map(Math.abs));
  if (p.length !== 12 || !(Math.abs(last) > 1e-12 * largest)) {
    throw badInput({
      what: "DLT parameters",
      got: "a world origin in the plane of the source",
      expected: "a last entry of P other than 0",
      todo: "Use the 3 x 4 matrix instead",
    });
  }
  return p.slice(0, 11).map((value) => value / last);
}

/** Pixel (u, v) of a world point in mm under P; NaN in the plane of the source. */
export function projectWithMatrix(p: ProjectionMatrix, [x, y, z]: Vec3): [number, number] {
  const row = (r: number): number => p[4 * r]! * x + p[4 * r + 1]! * y + p[4 * r + 2]! * z + p[4 * r + 3]!;
  const w = row(2);
  return w === 0 ? [Number.NaN, Number.NaN] : [row(0) / w, row(1) / w];
}
