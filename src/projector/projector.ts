import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";

/** A volume prepared for one projector (uploaded, laid out); release it with `dispose`. */
export interface ProjectorVolume {
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  dispose(): void;
}

/**
 * Six images dI/dxi_q, one after the other (length 6 x width x height): derivatives of the line
 * integrals with respect to a left twist in the camera frame, cameraFromWorld' = exp(xi) cameraFromWorld,
 * xi = (wx, wy, wz in radians, vx, vy, vz in mm). Chain to theta with `cameraTwistJacobian`.
 */
export type TwistJacobian = Float32Array;

/**
 * Renders digitally reconstructed radiographs: line integrals of a volume's values along the rays
 * of a pinhole camera (value x mm; dimensionless for attenuation in 1/mm), trilinear samples, zero outside.
 * Calls are synchronous and allocate nothing when `out` is given; a backend may use worker threads inside.
 */
export interface Projector {
  /** Name as printed in results, e.g. "wasm-simd x2". */
  readonly backend: string;
  /** Uploads a volume (attenuation in 1/mm, or any quantity to be integrated). */
  load(volume: Volume): ProjectorVolume;
  /** Line integrals, width x height, row-major. */
  drr(volume: ProjectorVolume, camera: Camera, cameraFromWorld: Mat4, out?: Float32Array): Float32Array;
  /** Line integrals and their six twist derivatives in one pass. */
  drrWithJacobian(
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: Mat4,
    out?: DrrWithJacobian,
  ): DrrWithJacobian;
  /** Many poses with one camera: images one after the other, poses spread over the threads. */
  drrBatch(
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: readonly Mat4[],
    out?: Float32Array,
  ): Float32Array;
  /** Ends worker threads and frees memory; the projector cannot be used afterwards. */
  dispose(): void;
}

export interface DrrWithJacobian {
  readonly image: Float32Array;
  readonly jacobian: TwistJacobian;
}
