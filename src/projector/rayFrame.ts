import { type Camera, cameraMatrix } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";

/**
 * The rays of one image in voxel coordinates. The ray of pixel (u, v) is source + t linear r(u, v),
 * r(u, v) = K^-1 (u, v, 1), t = depth along the principal ray in mm.
 */
export interface RayFrame {
  /** X-ray source, voxel coordinates (i, j, k). */
  readonly source: Float64Array;
  /** voxelFromCamera without its translation: 3x3, row-major, voxels per mm. */
  readonly linear: Float64Array;
}

/** The ray direction in the camera frame is (u slopeU + offsetU, v slopeV + offsetV, 1). */
export interface PixelRays {
  readonly slopeU: number;
  readonly offsetU: number;
  readonly slopeV: number;
  readonly offsetV: number;
}

export function createRayFrame(): RayFrame {
  return { source: new Float64Array(3), linear: new Float64Array(9) };
}

/** K^-1 of a camera without skew. */
export function pixelRays(camera: Camera): PixelRays {
  const k = cameraMatrix(camera);
  return { slopeU: 1 / k[0]!, offsetU: -k[2]! / k[0]!, slopeV: 1 / k[4]!, offsetV: -k[5]! / k[4]! };
}

/** voxelFromCamera = voxelFromWorld . worldFromCamera, written into `out` without allocating. */
export function setRayFrame(out: RayFrame, voxelFromWorld: Mat4, cameraFromWorld: Mat4): RayFrame {
  const a = voxelFromWorld;
  const m = cameraFromWorld;
  for (let row = 0; row < 3; row++) {
    const [x, y, z] = [a[4 * row]!, a[4 * row + 1]!, a[4 * row + 2]!];
    let shift = a[4 * row + 3]!;
    for (let c = 0; c < 3; c++) {
      // worldFromCamera is the transpose of the rotation: its column c is row c of cameraFromWorld.
      const entry = x * m[4 * c]! + y * m[4 * c + 1]! + z * m[4 * c + 2]!;
      out.linear[3 * row + c] = entry;
      shift -= entry * m[4 * c + 3]!;
    }
    out.source[row] = shift;
  }
  return out;
}

/** Component `axis` of the voxel-space direction of pixel (u, v). */
export function directionComponent(
  frame: RayFrame,
  rays: PixelRays,
  axis: number,
  u: number,
  v: number,
): number {
  const x = u * rays.slopeU + rays.offsetU;
  const y = v * rays.slopeV + rays.offsetV;
  return frame.linear[3 * axis]! * x + frame.linear[3 * axis + 1]! * y + frame.linear[3 * axis + 2]!;
}
