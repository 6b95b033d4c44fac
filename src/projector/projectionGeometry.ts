import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";

/** A voxel grid seen by a camera. */
export interface ProjectionGeometry {
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly camera: Camera;
  readonly cameraFromWorld: Mat4;
}
