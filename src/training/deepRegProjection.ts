import type { Twist } from "../geometry/se3.ts";
import {
  addBackProjection,
  createPacked,
  packChannels,
  projectWithJacobian,
  unpackChannels,
} from "../projector/packedChannels.ts";
import type { ProjectionGeometry } from "../projector/planeStencil.ts";

/** The projector between the two stages of deep-reg: `views` of each volume lie one after the other. */
export interface DeepRegViews {
  /** One an image; image i shows volume floor(i / (images / volumes)). */
  readonly geometries: readonly ProjectionGeometry[];
  readonly volumes: number;
  readonly channels: number;
}

/** Inputs "moving" and "twistJacobian" of the image stage, from the volume stage's channels. */
export function projectViews(
  channels: Float32Array,
  { geometries, volumes, channels: count }: DeepRegViews,
): { readonly moving: Float32Array; readonly twistJacobian: Float32Array } {
  const { width, height } = geometries[0]!.camera;
  const pixels = count * width * height;
  const moving = new Float32Array(geometries.length * pixels);
  const twistJacobian = new Float32Array(6 * geometries.length * pixels);
  const voxels = channels.length / volumes;
  const each = geometries.length / volumes;
  for (let v = 0; v < volumes; v++) {
    const own = channels.subarray(v * voxels, (v + 1) * voxels);
    const packed = packChannels(own, count, geometries[v * each]!.size);
    for (let i = v * each; i < (v + 1) * each; i++) {
      const { images, jacobian } = projectWithJacobian(packed, geometries[i]!);
      moving.set(images, i * pixels);
      twistJacobian.set(jacobian, 6 * i * pixels);
    }
  }
  return { moving, twistJacobian };
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
      const twist = [...twistAdjoint.subarray(6 * i, 6 * i + 6)] as unknown as Twist;
      addBackProjection(sum, own(movingAdjoint), geometries[i]!);
      addBackProjection(sum, own(imageGradient), geometries[i]!, twist);
    }
    out.set(unpackChannels(sum), v * voxels);
  }
  return out;
}
