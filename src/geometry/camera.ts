import { badInput } from "../errors.ts";
import type { Mat3 } from "./mat3.ts";
import { type Mat4, transformPoint } from "./mat4.ts";
import type { Vec3 } from "./vec3.ts";

/**
 * A pinhole X-ray camera. Origin = source, +z = principal ray, +x = columns, +y = rows.
 * Pixel (0, 0) is centred on u = 0, v = 0.
 */
export interface Camera {
  /** Detector size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Source-to-detector distance in mm. */
  readonly sourceToDetectorMm: number;
  /** Pixel pitch at the detector in mm, column pitch first. */
  readonly pixelSpacingMm: readonly [number, number];
  /** Where the principal ray meets the detector, in pixels (u, v). */
  readonly principalPointPx: readonly [number, number];
}

/** K = [[SDD/du, 0, cu], [0, SDD/dv, cv], [0, 0, 1]], row-major. */
export function cameraMatrix(camera: Camera): Mat3 {
  const [du, dv] = camera.pixelSpacingMm;
  const [cu, cv] = camera.principalPointPx;
  return [camera.sourceToDetectorMm / du, 0, cu, 0, camera.sourceToDetectorMm / dv, cv, 0, 0, 1];
}

/** The middle of the pixel grid, the default principal point. */
export function detectorCentre(width: number, height: number): [number, number] {
  return [(width - 1) / 2, (height - 1) / 2];
}

/**
 * A camera from K (9 numbers, no skew). K alone has no scale at the detector, so the
 * source-to-detector distance in mm is asked for as well; pixel pitch follows from it.
 */
export function cameraFromMatrix(k: Mat3, width: number, height: number, sourceToDetectorMm: number): Camera {
  const s = 1 / k[8]!;
  const [fx, skew, cu, fy, cv] = [k[0]! * s, k[1]! * s, k[2]! * s, k[4]! * s, k[5]! * s];
  if (!(fx > 0 && fy > 0) || Math.abs(skew) > 1e-6 * fx || Math.abs(k[3]!) > 1e-9 * fx) {
    throw badInput({
      what: "Camera matrix K",
      got: `focal lengths ${fx}, ${fy} px and skew ${skew}`,
      expected: "positive focal lengths and no skew",
    });
  }
  return {
    width,
    height,
    sourceToDetectorMm,
    pixelSpacingMm: [sourceToDetectorMm / fx, sourceToDetectorMm / fy],
    principalPointPx: [cu, cv],
  };
}

/** Pixel (u, v) of a world point in mm; NaN when it lies on or behind the source plane. */
export function projectPoint(camera: Camera, cameraFromWorld: Mat4, worldMm: Vec3): [number, number] {
  const [x, y, z] = transformPoint(cameraFromWorld, worldMm);
  if (z <= 0) return [Number.NaN, Number.NaN];
  const [du, dv] = camera.pixelSpacingMm;
  const [cu, cv] = camera.principalPointPx;
  const f = camera.sourceToDetectorMm / z;
  return [(x * f) / du + cu, (y * f) / dv + cv];
}

/**
 * The same detector area with `factor` times coarser pixels (2 = half the size): a pixel of the
 * result covers factor x factor pixels of the input, so the principal point moves by the half-pixel rule.
 */
export function binCamera(camera: Camera, factor: number): Camera {
  return {
    width: Math.floor(camera.width / factor),
    height: Math.floor(camera.height / factor),
    sourceToDetectorMm: camera.sourceToDetectorMm,
    pixelSpacingMm: [camera.pixelSpacingMm[0] * factor, camera.pixelSpacingMm[1] * factor],
    principalPointPx: [
      (camera.principalPointPx[0] + 0.5) / factor - 0.5,
      (camera.principalPointPx[1] + 0.5) / factor - 0.5,
    ],
  };
}
