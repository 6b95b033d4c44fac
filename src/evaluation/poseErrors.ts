import { type Camera, projectPoint } from "../geometry/camera.ts";
import { type CarmFrame, poseFromCamera } from "../geometry/carm.ts";
import { type Mat4, linearPart, transformPoint } from "../geometry/mat4.ts";
import { type PoseDegMm, poseToDegMm } from "../geometry/pose.ts";
import { geodesicAngle } from "../geometry/so3.ts";
import { type Vec3, cross, norm, normalise, subtract } from "../geometry/vec3.ts";

/** A pose under test beside the true one; both cameraFromWorld. */
export interface PosePair {
  readonly estimate: Mat4;
  readonly truth: Mat4;
}

/** Every error measure of one registration; lengths in mm, angles in degrees. */
export interface PoseErrors {
  /** |difference| of theta per axis: rx, ry, rz (degrees). The paper pools these. */
  readonly rotationDeg: readonly [number, number, number];
  /** |difference| of theta per axis: tx, ty, tz (mm). */
  readonly translationMm: readonly [number, number, number];
  readonly geodesicDeg: number;
  readonly mtreMm: number;
  /** Mean lateral (parallel to the detector) and depth (along the beam) part of the target error. */
  readonly inPlaneMm: number;
  readonly depthMm: number;
  /** Mean reprojection error on the detector. */
  readonly mpeMm: number;
  /** Mean reprojection distance in space. */
  readonly mrpdMm: number;
}

/** Mean over target points of |T_est p - T_true p|: mean target registration error. */
export function meanTargetRegistrationError(pair: PosePair, targetsMm: readonly Vec3[]): number {
  return mean(targetsMm, (p) => norm(displacement(pair, p)));
}

/** Mean distance on the detector (mm) between projections of target points under both poses. */
export function meanProjectionError(pair: PosePair, targetsMm: readonly Vec3[], camera: Camera): number {
  const [du, dv] = camera.pixelSpacingMm;
  return mean(targetsMm, (p) => {
    const a = projectPoint(camera, pair.estimate, p);
    const b = projectPoint(camera, pair.truth, p);
    return Math.hypot((a[0] - b[0]) * du, (a[1] - b[1]) * dv);
  });
}

/**
 * Mean reprojection distance (van de Kraats et al. 2005): distance in space between the true target
 * point and the ray from the source through its projection under the estimated pose.
 */
export function meanReprojectionDistance(pair: PosePair, targetsMm: readonly Vec3[]): number {
  return mean(targetsMm, (p) => {
    const ray = normalise(transformPoint(pair.estimate, p));
    return norm(cross(ray, transformPoint(pair.truth, p)));
  });
}

/**
 * DistErr of the paper, without its SURF features: mean distance (mm at the detector) between the
 * corresponding projected corners of the volume's box.
 */
export const cornerDistance: typeof meanProjectionError = meanProjectionError;

/** Every measure at once. The targets are mask voxels or a grid, world mm. */
export function poseErrors(
  pair: PosePair,
  targetsMm: readonly Vec3[],
  camera: Camera,
  frame: CarmFrame,
): PoseErrors {
  const estimate = poseToDegMm(poseFromCamera(pair.estimate, frame));
  const truth = poseToDegMm(poseFromCamera(pair.truth, frame));
  const apart = (key: keyof PoseDegMm): number => Math.abs(estimate[key] - truth[key]);
  const angle = (key: keyof PoseDegMm): number => Math.min(apart(key), 360 - apart(key));
  return {
    rotationDeg: [angle("rxDeg"), angle("ryDeg"), angle("rzDeg")],
    translationMm: [apart("txMm"), apart("tyMm"), apart("tzMm")],
    geodesicDeg: (geodesicAngle(linearPart(pair.estimate), linearPart(pair.truth)) * 180) / Math.PI,
    mtreMm: meanTargetRegistrationError(pair, targetsMm),
    inPlaneMm: mean(targetsMm, (p) => Math.hypot(...displacement(pair, p).slice(0, 2))),
    depthMm: mean(targetsMm, (p) => Math.abs(displacement(pair, p)[2])),
    mpeMm: meanProjectionError(pair, targetsMm, camera),
    mrpdMm: meanReprojectionDistance(pair, targetsMm),
  };
}

/**
 * The paper's rule as printed: success when rotation OR translation (mean over axes) is below 3.
 * `and` asks for both.
 */
export function paperSuccess(
  errors: Pick<PoseErrors, "rotationDeg" | "translationMm">,
  form: "or" | "and",
): boolean {
  const rotation = mean(errors.rotationDeg, Number) < 3;
  const translation = mean(errors.translationMm, Number) < 3;
  return form === "or" ? rotation || translation : rotation && translation;
}

function displacement(pair: PosePair, p: Vec3): Vec3 {
  return subtract(transformPoint(pair.estimate, p), transformPoint(pair.truth, p));
}

function mean<T>(items: readonly T[], value: (item: T) => number): number {
  let sum = 0;
  for (const item of items) sum += value(item);
  return sum / items.length;
}
