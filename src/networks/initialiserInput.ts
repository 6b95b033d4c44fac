import { type Camera, binCamera } from "../geometry/camera.ts";
import { type CarmFrame, referenceFromWorld } from "../geometry/carm.ts";
import { compose } from "../geometry/mat4.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import { invertRigid } from "../geometry/se3.ts";
import { gaussianBlur } from "../image/filters/gaussian.ts";
import type { VoxelGrid } from "../image/grid.ts";
import type { RtpiConfig } from "./rtpi.ts";

/** The pose initialiser with what its inputs look like. */
export interface InitialiserConfig extends RtpiConfig {
  /** Spacing of the volume it sees. */
  readonly volumeSpacingMm: number;
  /** Voxels of the volume that is projected for its second image channel are at most this fine. */
  readonly drrSpacingMm: number;
  /** Structures wider than about this share of the image are taken out of X-ray and projection. */
  readonly flattenShare: number;
}

/** X-ray, projection at zero pose, column and row coordinate. */
export const initialiserChannels = 4;

/** The one detector all networks are trained for, binned to `size` pixels a side. */
export function canonicalGeometry(size: number): ImagingGeometry {
  const preset = presetGeometry("perlove-plx118f");
  return { ...preset, camera: binCamera(preset.camera, preset.camera.width / size) };
}

/** `frame` as seen by the canonical C-arm: a pose of the networks refers to it. */
export function canonicalFrame(frame: CarmFrame): CarmFrame {
  return { ...frame, sourceToIsocentreMm: presetGeometry("perlove-plx118f").sourceToIsocentreMm };
}

/** A cube of voxels in C-arm axes around the isocentre at zero pose: i along columns, j along rows, k along the beam. */
export function carmGrid(frame: CarmFrame, size: number, spacingMm: number): VoxelGrid {
  const first = (-(size - 1) / 2) * spacingMm;
  const s = spacingMm;
  const carmFromVoxel = [0, 0, s, first, s, 0, 0, first, 0, s, 0, first, 0, 0, 0, 1];
  return {
    size: [size, size, size],
    worldFromVoxel: compose(invertRigid(referenceFromWorld(frame)), carmFromVoxel),
  };
}

/** Values this many standard deviations away say no more than "much": metal, edges of the field. */
const limit = 4;

/**
 * Takes wide structures (soft tissue, scatter, gain) out of an image and gives what is left mean 0 and
 * variance 1 over the live pixels; dead pixels become 0. Written to `out`, width x height.
 */
export function flattenImage(
  image: Float32Array,
  weight: Float32Array | undefined,
  { width, height }: Pick<Camera, "width" | "height">,
  share: number,
  out: Float32Array = new Float32Array(width * height),
): Float32Array {
  const live = weight ?? new Float32Array(image.length).fill(1);
  const sigma = share * Math.max(width, height);
  const masked = image.map((value, p) => value * live[p]!);
  const wide = gaussianBlur(masked, width, height, sigma);
  const covered = gaussianBlur(live, width, height, sigma);
  let [count, sum, squares] = [0, 0, 0];
  for (let p = 0; p < out.length; p++) {
    const value = live[p]! > 0 ? image[p]! - wide[p]! / Math.max(1e-3, covered[p]!) : 0;
    out[p] = value;
    count += live[p]!;
    sum += live[p]! * value;
    squares += live[p]! * value * value;
  }
  const mean = sum / Math.max(1, count);
  const sd = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
  for (let p = 0; p < out.length; p++) {
    const value = live[p]! > 0 && sd > 0 ? (out[p]! - mean) / sd : 0;
    out[p] = Math.min(limit, Math.max(-limit, value));
  }
  return out;
}

/** Columns and rows as numbers of variance 1: channels 3 and 4, each size x size. */
export function coordinateChannels(size: number): Float32Array {
  const out = new Float32Array(2 * size * size);
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      out[v * size + u] = Math.sqrt(3) * ((2 * u + 1) / size - 1);
      out[size * size + v * size + u] = Math.sqrt(3) * ((2 * v + 1) / size - 1);
    }
  }
  return out;
}
