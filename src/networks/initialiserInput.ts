import { type Camera, binCamera } from "../geometry/camera.ts";
import { type CarmFrame, referenceFromWorld } from "../geometry/carm.ts";
import { compose, transformPoint } from "../geometry/mat4.ts";
import { type Pose, zeroPose } from "../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import { invertRigid } from "../geometry/se3.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { highPass } from "../image/filters/highPass.ts";
import type { VoxelGrid } from "../image/grid.ts";
import { downsampleVolume } from "../image/pyramid.ts";
import { resampleVolume } from "../image/resample.ts";
import { type Volume, volumeCentreMm, voxelSpacingMm } from "../image/volume.ts";
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

const radians = Math.PI / 180;

/**
 * Poses at which the volume is projected for comparison with the X-ray: zero, and a step to either side in
 * every parameter that a shift in the image plane cannot imitate.
 */
export const referencePoses: readonly Pose[] = [
  zeroPose,
  ...(["rx", "ry", "rz", "tx"] as const).flatMap((key) =>
    [-1, 1].map((sign) => ({ ...zeroPose, [key]: sign * (key === "tx" ? 70 : 18 * radians) })),
  ),
];

/** X-ray, projection at zero pose, column and row coordinate, and a correlation map for every reference pose. */
export const initialiserChannels: number = 4 + referencePoses.length;

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

/**
 * Where the lumbar spine of a moving content is (world mm): the centre of gravity of its axial slices, those
 * with little bone counting most, for ribs and pelvis are above and below. Poses of the initialiser are about
 * this point, which lies near L3 in CTs of the trunk and of the spine alike, wherever their grid has its middle.
 */
export function contentCentreMm(content: Volume): Vec3 {
  const axis = axialAxis(content);
  const slices = sliceMoments(content, axis);
  const masses = slices.map(({ mass }) => mass).filter((mass) => mass > 0);
  if (masses.length === 0) return volumeCentreMm(content);
  // Slices that cut no more than the tip of a bone say nothing.
  const least = 0.25 * [...masses].sort((a, b) => a - b)[masses.length >> 1]!;
  let total = 0;
  const index: [number, number, number] = [0, 0, 0];
  for (const { mass, first } of slices) {
    if (mass < least) continue;
    const weight = 1 / mass ** 3;
    total += weight * mass;
    first.forEach((moment, a) => (index[a]! += weight * moment));
  }
  return transformPoint(content.worldFromVoxel, [index[0] / total, index[1] / total, index[2] / total]);
}

/** The voxel axis that runs most nearly from feet to head. */
function axialAxis({ worldFromVoxel: m }: Volume): 0 | 1 | 2 {
  const along = ([0, 1, 2] as const).map(
    (a) => Math.abs(m[8 + a]!) / Math.hypot(m[a]!, m[4 + a]!, m[8 + a]!),
  );
  return along.indexOf(Math.max(...along)) as 0 | 1 | 2;
}

interface SliceMoments {
  mass: number;
  /** Mass times voxel index, along i, j and k. */
  readonly first: [number, number, number];
}

function sliceMoments({ data, size }: Volume, axis: 0 | 1 | 2): SliceMoments[] {
  const slices = Array.from({ length: size[axis] }, (): SliceMoments => ({ mass: 0, first: [0, 0, 0] }));
  let p = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, p++) {
        const value = data[p]!;
        if (!(value > 0)) continue;
        const slice = slices[axis === 0 ? i : axis === 1 ? j : k]!;
        slice.mass += value;
        slice.first[0] += value * i;
        slice.first[1] += value * j;
        slice.first[2] += value * k;
      }
    }
  }
  return slices;
}

/** Averaged over whole blocks of voxels until they are about as large as asked for. */
export function coarseVolume(volume: Volume, spacingMm: number): Volume {
  const [x, y, z] = voxelSpacingMm(volume).map((s) => Math.max(1, Math.round(spacingMm / s)));
  return downsampleVolume(volume, [x!, y!, z!]);
}

/** A coarse volume as the network sees it: C-arm axes, [d, h, w], nothing outside. */
export function volumeInCarmAxes(
  coarse: Volume,
  frame: CarmFrame,
  { volumeSize, volumeSpacingMm }: Pick<InitialiserConfig, "volumeSize" | "volumeSpacingMm">,
): Float32Array {
  const grid = carmGrid(frame, volumeSize, volumeSpacingMm);
  return Float32Array.from(resampleVolume(coarse, grid, { interpolation: "linear", background: 0 }).data);
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
  const radius = Math.max(1, Math.round(share * Math.max(width, height)));
  highPass(image, weight, width, height, radius, out);
  const live = weight ?? new Float32Array(image.length).fill(1);
  let [count, sum, squares] = [0, 0, 0];
  for (let p = 0; p < out.length; p++) {
    const value = out[p]!;
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

/** Brings a good match to about the magnitude of an image's bright pixels. */
const correlationGain = 3;

/**
 * Cross-correlation of two flattened size x size images, as an image: the pixel (u, v) tells how well the
 * first agrees with the second shifted by (u, v) minus the middle. Computed on images averaged over
 * `factor` x `factor` pixels, and blown up again; written to `out`, size x size.
 */
export function correlationMap(
  image: Float32Array,
  reference: Float32Array,
  size: number,
  factor: number,
  out: Float32Array,
): void {
  const n = size / factor;
  const [a, b] = [binned(image, size, factor), binned(reference, size, factor)];
  const half = n / 2;
  for (let row = 0; row < n; row++) {
    const dv = row - half;
    for (let column = 0; column < n; column++) {
      const du = column - half;
      let sum = 0;
      for (let v = Math.max(0, dv); v < Math.min(n, n + dv); v++) {
        const shift = n * (v - dv) - du;
        for (let u = Math.max(0, du); u < Math.min(n, n + du); u++) sum += a[n * v + u]! * b[shift + u]!;
      }
      const value = (correlationGain * sum) / (n * n);
      for (let v = 0; v < factor; v++) {
        const first = (row * factor + v) * size + column * factor;
        out.fill(value, first, first + factor);
      }
    }
  }
}

function binned(image: Float32Array, size: number, factor: number): Float32Array {
  const n = size / factor;
  const out = new Float32Array(n * n);
  const share = 1 / (factor * factor);
  for (let v = 0; v < size; v++) {
    const row = n * Math.floor(v / factor);
    for (let u = 0; u < size; u++) out[row + Math.floor(u / factor)]! += share * image[v * size + u]!;
  }
  return out;
}

/** The references of a scene: flattened projections at `referencePoses`, one after the other. */
export function flattenReferences(
  projections: readonly Float32Array[],
  size: number,
  flattenShare: number,
): Float32Array[] {
  return projections.map((image) =>
    flattenImage(image, undefined, { width: size, height: size }, flattenShare),
  );
}

/** All channels of one image: `out` holds initialiserChannels x size x size. */
export function fillChannels(
  out: Float32Array,
  xray: Float32Array,
  references: readonly Float32Array[],
  size: number,
): void {
  const pixels = size * size;
  out.set(xray);
  out.set(references[0]!, pixels);
  out.set(coordinateChannels(size), 2 * pixels);
  references.forEach((reference, r) => {
    const map = out.subarray((4 + r) * pixels, (5 + r) * pixels);
    // A shift in plane is read off the first map; of the others only the height of the peak counts.
    correlationMap(xray, reference, size, r === 0 ? 2 : 4, map);
  });
}
