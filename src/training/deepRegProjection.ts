import type { Twist } from "../geometry/se3.ts";
import {
  addBackProjection,
  createPacked,
  packChannels,
  projectWithJacobian,
  unpackChannels,
} from "../projector/packedChannels.ts";
import type { ProjectionGeometry } from "../projector/projectionGeometry.ts";

/** The projector between the two stages of deep-reg: `views` of each volume lie one after the other. */
export interface DeepRegViews {
  /** One an image; image i shows volume floor(i / (images / volumes)). */
  readonly geometries: readonly ProjectionGeometry[];
  readonly volumes: number;
  readonly channels: number;
}

/** Inputs of the image stage that the projector makes. */
export interface ProjectedViews {
  /** [images, c, s, s]. */
  readonly moving: Float32Array;
  /** [images, 6, c, s, s]. */
  readonly twistJacobian: Float32Array;
}

/** Room for the views of a step. */
export function createProjectedViews(images: number, channels: number, pixels: number): ProjectedViews {
  const length = images * channels * pixels;
  return { moving: new Float32Array(length), twistJacobian: new Float32Array(6 * length) };
}

/** Projects the volume stage's channels; into `out` where it is given. */
export function projectViews(
  channels: Float32Array,
  { geometries, volumes, channels: count }: DeepRegViews,
  out?: ProjectedViews,
): ProjectedViews {
  const { width, height } = geometries[0]!.camera;
  const pixels = count * width * height;
  const views = out ?? createProjectedViews(geometries.length, count, width * height);
  const voxels = channels.length / volumes;
  const each = geometries.length / volumes;
  for (let v = 0; v < volumes; v++) {
    const own = channels.subarray(v * voxels, (v + 1) * voxels);
    const packed = packChannels(own, count, geometries[v * each]!.size);
    for (let i = v * each; i < (v + 1) * each; i++) {
      projectWithJacobian(packed, geometries[i]!, {
        images: views.moving.subarray(i * pixels, (i + 1) * pixels),
        jacobian: views.twistJacobian.subarray(6 * i * pixels, 6 * (i + 1) * pixels),
      });
    }
  }
  return views;
}

/** What the image stage gives back: see `DeepRegImageGraph.backward`. */
export interface DeepRegBackward {
  readonly movingAdjoint: Float32Array;
  readonly imageGradient: Float32Array;
  readonly twistAdjoint: Float32Array;
}

/** The gradient of the loss by the channels: P^T movingAdjoint + D(twistAdjoint)^T imageGradient, summed over the views. */
export function channelAdjoint(
  { movingAdjoint, imageGradient, twistAdjoint }: DeepRegBackward,
  { geometries, volumes, channels }: DeepRegViews,
): Float32Array {
  const [nx, ny, nz] = geometries[0]!.size;
  const voxels = channels * nx * ny * nz;
  const out = new Float32Array(volumes * voxels);
  const pixels = movingAdjoint.length / geometries.length;
  const each = geometries.length / volumes;
  for (let v = 0; v < volumes; v++) {
    const sum = createPacked(channels, [nx, ny, nz]);
    for (let i = v * each; i < (v + 1) * each; i++) {
      const own = (images: Float32Array): Float32Array => images.subarray(i * pixels, (i + 1) * pixels);
      const direction = [...twistAdjoint.subarray(6 * i, 6 * i + 6)] as unknown as Twist;
      const moved = { images: own(imageGradient), direction };
      addBackProjection(sum, geometries[i]!, { images: own(movingAdjoint), moved });
    }
    out.set(unpackChannels(sum), v * voxels);
  }
  return out;
}
