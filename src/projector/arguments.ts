import { type SopiError, badInput, usageError } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { isRigid } from "../geometry/se3.ts";
import { type Volume, createVolume } from "../image/volume.ts";

/** Least and largest voxel; throws unless the grid is sound and every voxel a finite number. */
export function checkVolume(volume: Volume): [number, number] {
  createVolume(volume, "Volume to project");
  const { data } = volume;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!(value - value === 0)) throw notFinite(value, i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function notFinite(value: number, index: number): SopiError {
  return badInput({
    what: "Volume to project",
    got: `${value} at voxel number ${index}`,
    expected: "finite values",
    todo: "Replace missing voxels, for example by air, before projecting.",
  });
}

/** Throws unless the pose is a rigid motion of finite numbers. */
export function checkPose(cameraFromWorld: Mat4): void {
  if (!isRigid(cameraFromWorld)) {
    throw badInput({
      what: "Camera pose",
      got: `[${cameraFromWorld.join(", ")}]`,
      expected: "a 4x4 rigid motion (orthonormal, right-handed, last row 0 0 0 1)",
    });
  }
}

export function checkCamera(camera: Camera): void {
  const { width, height, sourceToDetectorMm, pixelSpacingMm, principalPointPx } = camera;
  const positive = [width, height, sourceToDetectorMm, ...pixelSpacingMm].every((n) => n > 0 && n < 1e9);
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!positive || !whole || !principalPointPx.every(Number.isFinite)) {
    throw badInput({
      what: "Camera",
      got: JSON.stringify(camera),
      expected: "positive whole width and height, positive distances and a finite principal point",
    });
  }
}

export function checkLength(what: string, values: Float32Array, length: number): void {
  if (values.length === length) return;
  throw usageError({ what, got: `${values.length} numbers`, expected: `${length}` });
}

export function checkOutput(out: Float32Array, length: number): void {
  checkLength("Output array of the projector", out, length);
}

export function checkBatch(poses: readonly Mat4[], camera: Camera, out: Float32Array): void {
  checkOutput(out, poses.length * camera.width * camera.height);
}
