import { type CarmFrame, poseFromCamera } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { poseToDegMm } from "../geometry/pose.ts";
import { type SearchSpace, poseAt } from "../geometry/searchSpace.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { choleskySolve } from "../optimisers/choleskySolve.ts";
import type { Level } from "./level.ts";

/** How precisely a pose is determined, as far as the peak of a metric tells: standard errors per axis. */
export interface PosePrecision {
  /** rx, ry, rz (degrees), tx, ty, tz (mm) of theta; tx is depth. */
  readonly standardError: readonly [number, number, number, number, number, number];
  /** Root mean square movement (mm) of the corners of a 100 mm cube about the isocentre. */
  readonly targetMm: number;
}

/** Units in which the normal equations are well scaled: about a degree, a millimetre, five in depth. */
const units = [0.02, 0.02, 0.02, 1, 1, 5];

/** Below this correlation nothing is determined anyhow. */
const leastSimilarity = 0.02;

/** Half the side of the cube whose corners stand for the anatomy (mm). */
const reachMm = 50;

/**
 * Standard errors from the curvature of a metric at its optimum. The metrics are correlations S of unit-norm
 * images f (fixed) and m (moving), and H = sum J^T J, J = dm/dx, is the Gauss-Newton Hessian of 1 - S over the six
 * search parameters (`Level.normalEquations`). Let f be the right m with white noise on N live pixels, normalised
 * again: then each pixel of f has the noise variance (1 - S^2) / N, the Hessian of -S at the optimum is S H, and
 * the parameters have the covariance (1 - S^2) / (S^2 (N - 6)) H^-1. It is carried to theta by the Jacobian of
 * theta. Neighbouring pixels are not independent and content differs, so that in practice the numbers are too
 * small by a factor that `confidence` makes good from measured errors. Undefined where the curvature determines
 * no pose.
 */
export function posePrecision(
  level: Level,
  cameraFromWorld: Mat4,
  { frame, pivot }: { readonly frame: CarmFrame; readonly pivot: Vec3 },
): PosePrecision | undefined {
  const space = { base: cameraFromWorld, pivot };
  const hessian = new Float64Array(36);
  const similarity = level.normalEquations(space, new Float64Array(6), new Float64Array(6), hessian);
  const s = Math.max(leastSimilarity, Math.min(1, similarity));
  const variance = (1 - s * s) / (s * s * Math.max(1, level.pixels - 6));
  const covariance = scaledInverse(hessian, variance);
  if (!covariance) return undefined;
  const j = thetaJacobian(space, frame);
  const standardError = [0, 1, 2, 3, 4, 5].map((q) => Math.sqrt(quadratic(covariance, j[q]!)));
  return {
    standardError: standardError as unknown as PosePrecision["standardError"],
    targetMm: Math.sqrt(cornerVariance(covariance)),
  };
}

/** variance times the inverse of a symmetric 6x6 matrix; undefined when it is not positive definite. */
function scaledInverse(hessian: Float64Array, variance: number): Float64Array | undefined {
  const scaled = hessian.map((value, i) => value * units[Math.floor(i / 6)]! * units[i % 6]!);
  const out = new Float64Array(36);
  for (let q = 0; q < 6; q++) {
    const column = Float64Array.from({ length: 6 }, (_, i) => (i === q ? 1 : 0));
    if (!choleskySolve(scaled.slice(), column)) return undefined;
    for (let i = 0; i < 6; i++) out[6 * i + q] = variance * column[i]! * units[i]! * units[q]!;
  }
  return out;
}

/** Rows: derivative of each theta parameter (degrees, mm) by the six search parameters, by central differences. */
function thetaJacobian(space: SearchSpace, frame: CarmFrame): number[][] {
  const steps = units.map((unit) => 1e-3 * unit);
  const theta = (q: number, sign: number): number[] => {
    const x = steps.map((step, i) => (i === q ? sign * step : 0));
    const pose = poseToDegMm(poseFromCamera(poseAt(space, x), frame));
    return [pose.rxDeg, pose.ryDeg, pose.rzDeg, pose.txMm, pose.tyMm, pose.tzMm];
  };
  const columns = steps.map((step, q) => {
    const [ahead, behind] = [theta(q, 1), theta(q, -1)];
    return ahead.map((value, i) => turned(value - behind[i]!, i) / (2 * step));
  });
  return [0, 1, 2, 3, 4, 5].map((i) => columns.map((column) => column[i]!));
}

/** A small difference of angles has no full turn in it. */
function turned(difference: number, axis: number): number {
  return axis < 3 ? difference - 360 * Math.round(difference / 360) : difference;
}

function quadratic(covariance: Float64Array, row: readonly number[]): number {
  let sum = 0;
  for (let a = 0; a < 6; a++) {
    for (let b = 0; b < 6; b++) sum += row[a]! * covariance[6 * a + b]! * row[b]!;
  }
  return Math.max(0, sum);
}

/** Mean of the summed variances of the cube's corners p = (+-r, +-r, +-r), which move by w x p + t. */
function cornerVariance(covariance: Float64Array): number {
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [x = 0, y = 0, z = 0] = [1, 2, 4].map((bit) => (corner & bit ? reachMm : -reachMm));
    sum += quadratic(covariance, [0, z, -y, 1, 0, 0]);
    sum += quadratic(covariance, [-z, 0, x, 0, 1, 0]);
    sum += quadratic(covariance, [y, -x, 0, 0, 0, 1]);
  }
  return sum / 8;
}
