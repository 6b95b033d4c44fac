import { type Camera, binCamera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { DrrWithJacobian, Projector, ProjectorVolume } from "../projector/projector.ts";
import type { Similarity, SimilarityFactory } from "../similarity/similarity.ts";
import { type SearchSpace, poseAt, searchTwistJacobian } from "../geometry/searchSpace.ts";

/**
 * One resolution of a registration: a camera, a volume to project and a metric against the fixed image.
 * All buffers are made once; evaluating allocates nothing.
 */
export interface Level {
  readonly camera: Camera;
  readonly similarity: Similarity;
  /** Pixels that count. */
  readonly pixels: number;
  /** Metric at one pose; higher is better. */
  value(cameraFromWorld: Mat4): number;
  /** Metric at many poses. */
  values(cameraFromWorld: readonly Mat4[]): Float64Array;
  /** -dS/dx and a positive semi-definite -d2S/dx2 at x of a search space; returns S. */
  normalEquations(
    space: SearchSpace,
    x: ArrayLike<number>,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number;
}

export interface LevelInput {
  readonly projector: Projector;
  readonly volume: ProjectorVolume;
  readonly camera: Camera;
  /** Line integrals of the X-ray at the camera's size. */
  readonly fixed: Float32Array;
  readonly weight: Float32Array;
  readonly similarity: SimilarityFactory;
}

/** Prepares one resolution. */
export function createLevel(input: LevelInput): Level {
  const { projector, volume, camera } = input;
  const similarity = input.similarity(input.fixed, camera.width, camera.height, { weight: input.weight });
  if (!similarity.normalEquations) throw new RangeError(`${similarity.name} has no normal equations`);
  const size = camera.width * camera.height;
  const image = new Float32Array(size);
  let batch = new Float32Array(0);
  const joint: DrrWithJacobian = { image: new Float32Array(size), jacobian: new Float32Array(6 * size) };
  const twist = new Float64Array(36);
  const twistGradient = new Float64Array(6);
  const twistHessian = new Float64Array(36);
  return {
    camera,
    similarity,
    pixels: input.weight.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0),
    value(cameraFromWorld) {
      return similarity.value(projector.drr(volume, camera, cameraFromWorld, image));
    },
    values(poses) {
      if (batch.length < poses.length * size) batch = new Float32Array(poses.length * size);
      const images = projector.drrBatch(volume, camera, poses, batch.subarray(0, poses.length * size));
      return Float64Array.from(poses, (_, i) => similarity.value(images.subarray(i * size, (i + 1) * size)));
    },
    normalEquations(space, x, gradient, hessian) {
      projector.drrWithJacobian(volume, camera, poseAt(space, x), joint);
      const value = similarity.normalEquations!(joint.image, joint.jacobian, twistGradient, twistHessian);
      chain(searchTwistJacobian(space, x, twist), twistGradient, twistHessian, gradient, hessian);
      return value;
    },
  };
}

/** gradient = J^T g and hessian = J^T H J for a 6x6 J. */
function chain(
  j: Float64Array,
  g: Float64Array,
  h: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  for (let a = 0; a < 6; a++) {
    let slope = 0;
    for (let r = 0; r < 6; r++) slope += j[6 * r + a]! * g[r]!;
    gradient[a] = slope;
    for (let b = 0; b < 6; b++) {
      let sum = 0;
      for (let r = 0; r < 6; r++) {
        let row = 0;
        for (let c = 0; c < 6; c++) row += h[6 * r + c]! * j[6 * c + b]!;
        sum += j[6 * r + a]! * row;
      }
      hessian[6 * a + b] = sum;
    }
  }
}

/** Whole-number binning that brings the longer detector side near `target` pixels. */
export function binningFor(camera: Camera, target: number): number {
  return Math.max(1, Math.round(Math.max(camera.width, camera.height) / target));
}

/** Pixel pitch in mm at the depth of the isocentre, after binning. */
export function pitchAtIsocentre(camera: Camera, sourceToIsocentreMm: number, binning = 1): number {
  const binned = binCamera(camera, binning);
  return (Math.min(...binned.pixelSpacingMm) * sourceToIsocentreMm) / camera.sourceToDetectorMm;
}
