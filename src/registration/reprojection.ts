import { type Camera, projectPoint } from "../geometry/camera.ts";
import {
  type Mat4,
  compose,
  fromLinearTranslation,
  linearPart,
  transformPoint,
  translationPart,
} from "../geometry/mat4.ts";
import { expSe3 } from "../geometry/se3.ts";
import { orthonormalise } from "../geometry/so3.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { choleskySolve } from "../optimisers/choleskySolve.ts";

/** A world point (mm) and the pixel it is seen at. */
export interface PointPair {
  readonly positionMm: Vec3;
  readonly pixel: readonly [number, number];
}

/** Distance in pixels between where each point projects and where it is seen; Infinity behind the source. */
export function reprojectionErrorsPx(
  camera: Camera,
  cameraFromWorld: Mat4,
  pairs: readonly PointPair[],
): number[] {
  return pairs.map(({ positionMm, pixel }) => {
    const [u, v] = projectPoint(camera, cameraFromWorld, positionMm);
    const error = Math.hypot(u - pixel[0], v - pixel[1]);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  });
}

/** The normal equations of the reprojection error in a twist of the camera frame, and half its sum of squares. */
interface NormalEquations {
  readonly hessian: Float64Array;
  readonly gradient: Float64Array;
  readonly cost: number;
}

/**
 * Least squares on the reprojection error in pixels (Levenberg-Marquardt over left twists of the camera).
 * Returns the start where no step improves it.
 */
export function refineReprojection(camera: Camera, start: Mat4, pairs: readonly PointPair[]): Mat4 {
  let pose = start;
  let here = normalEquations(camera, pose, pairs);
  let damping = 1e-3;
  for (let iteration = 0; iteration < 60 && damping < 1e12 && Number.isFinite(here.cost); iteration++) {
    const step = Float64Array.from(here.gradient, (g) => -g);
    const damped = here.hessian.slice();
    for (let i = 0; i < 6; i++) damped[7 * i]! *= 1 + damping;
    if (!choleskySolve(damped, step)) {
      damping *= 10;
      continue;
    }
    const [wx, wy, wz, vx, vy, vz] = step as unknown as [number, number, number, number, number, number];
    const candidate = tidy(compose(expSe3([wx, wy, wz, vx, vy, vz]), pose));
    const there = normalEquations(camera, candidate, pairs);
    if (!(there.cost < here.cost)) {
      damping *= 10;
      continue;
    }
    const settled = here.cost - there.cost < 1e-14 * here.cost;
    pose = candidate;
    here = there;
    damping = Math.max(damping / 10, 1e-12);
    if (settled) break;
  }
  return pose;
}

/** Products of rotations drift off orthonormality by rounding. */
function tidy(m: Mat4): Mat4 {
  return fromLinearTranslation(orthonormalise(linearPart(m)), translationPart(m));
}

/** Standard deviations of the pose for an error of `sigmaPx` in every pixel coordinate. */
export interface PoseUncertainty {
  /** Largest over all axes. */
  readonly rotationDeg: number;
  /** Of the centre of the points: across the beam, and along it. */
  readonly inPlaneMm: number;
  readonly depthMm: number;
}

/** First-order uncertainty of the pose; all Infinity where the points do not determine it. */
export function poseUncertainty(
  camera: Camera,
  cameraFromWorld: Mat4,
  pairs: readonly PointPair[],
  sigmaPx: number,
): PoseUncertainty {
  const inCamera = pairs.map(({ positionMm }) => transformPoint(cameraFromWorld, positionMm));
  const mean = (axis: 0 | 1 | 2): number => inCamera.reduce((sum, p) => sum + p[axis], 0) / inCamera.length;
  const [x, y, z] = [mean(0), mean(1), mean(2)];
  // Twists about the centre of the points: there rotation and translation are least entangled.
  const centred = compose(fromLinearTranslation([1, 0, 0, 0, 1, 0, 0, 0, 1], [-x, -y, -z]), cameraFromWorld);
  const { hessian } = normalEquations(camera, centred, pairs, [x, y, z]);
  const variance = (index: number): number => {
    const unit = new Float64Array(6);
    unit[index] = 1;
    return choleskySolve(hessian.slice(), unit) ? unit[index]! : Number.POSITIVE_INFINITY;
  };
  const sd = [0, 1, 2, 3, 4, 5].map((index) => sigmaPx * Math.sqrt(variance(index)));
  return {
    rotationDeg: (Math.max(sd[0]!, sd[1]!, sd[2]!) * 180) / Math.PI,
    inPlaneMm: Math.max(sd[3]!, sd[4]!),
    depthMm: sd[5]!,
  };
}

/** `offset` is added to the transformed points before they are projected, not to what is turned. */
function normalEquations(
  camera: Camera,
  cameraFromWorld: Mat4,
  pairs: readonly PointPair[],
  offset: Vec3 = [0, 0, 0],
): NormalEquations {
  const hessian = new Float64Array(36);
  const gradient = new Float64Array(6);
  let cost = 0;
  const fu = camera.sourceToDetectorMm / camera.pixelSpacingMm[0];
  const fv = camera.sourceToDetectorMm / camera.pixelSpacingMm[1];
  for (const { positionMm, pixel } of pairs) {
    const [px, py, pz] = transformPoint(cameraFromWorld, positionMm);
    const [x, y, z] = [px + offset[0], py + offset[1], pz + offset[2]];
    if (!(z > 0)) return { hessian, gradient, cost: Number.POSITIVE_INFINITY };
    const gu: Vec3 = [fu / z, 0, (-fu * x) / (z * z)];
    const gv: Vec3 = [0, fv / z, (-fv * y) / (z * z)];
    const residuals = [
      (fu * x) / z + camera.principalPointPx[0] - pixel[0],
      (fv * y) / z + camera.principalPointPx[1] - pixel[1],
    ];
    [gu, gv].forEach((g, axis) => {
      // d(point) = w x p + v, so d(pixel)/dw = p x g.
      const row = [py * g[2] - pz * g[1], pz * g[0] - px * g[2], px * g[1] - py * g[0], g[0], g[1], g[2]];
      const residual = residuals[axis]!;
      cost += residual * residual;
      for (let i = 0; i < 6; i++) {
        gradient[i]! += row[i]! * residual;
        for (let j = 0; j < 6; j++) hessian[6 * i + j]! += row[i]! * row[j]!;
      }
    });
  }
  return { hessian, gradient, cost };
}
