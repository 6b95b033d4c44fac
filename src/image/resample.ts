import { badInput } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type AxisMap, type AxisTaps, applyTaps, areaTaps, linearTaps, nearestIndices } from "./axisTaps.ts";
import { type Size3, type VoxelGrid, axisScale, gridOfSize, gridOfSpacing, voxelFromVoxel } from "./grid.ts";
import { type Interpolation, type ResampleRequest, resampleOblique } from "./resampleOblique.ts";
import { type Volume, type VoxelData, createVolume } from "./volume.ts";
import { backgroundOf, emptyLike } from "./voxelData.ts";

export interface ResampleOptions {
  /** Default `nearest` for labels, `area` for everything else. */
  readonly interpolation?: Interpolation;
  /** Value of voxels whose centre lies outside the source's voxel faces. Default -1000 for HU, 0 otherwise. */
  readonly background?: number;
}

/**
 * A volume on another grid. Between the outermost voxel centres and their faces the outermost voxels hold.
 * The result is Float32, for `nearest` of the source's type.
 */
export function resampleVolume(volume: Volume, grid: VoxelGrid, options: ResampleOptions = {}): Volume {
  const interpolation = options.interpolation ?? (volume.quantity === "label" ? "nearest" : "area");
  const background = options.background ?? backgroundOf(volume.quantity);
  const sourceFromTarget = voxelFromVoxel(volume, grid);
  if (!sourceFromTarget.every(Number.isFinite)) {
    throw badInput({
      what: "Resampling",
      got: "a grid without an inverse",
      expected: "finite, independent axes",
    });
  }
  const maps = axisMaps(volume.size, grid.size, sourceFromTarget);
  const request = { grid, interpolation, background, sourceFromTarget };
  const data = maps ? resampleAligned(volume, maps, request) : resampleOblique(volume, request);
  return createVolume({ ...grid, data, quantity: volume.quantity }, "Resampled volume");
}

/** Isotropic (or any) spacing along the volume's own axes, around the same centre, covering all of it. */
export function resampleToSpacing(
  volume: Volume,
  spacingMm: number | Vec3,
  options: ResampleOptions = {},
): Volume {
  return resampleVolume(volume, gridOfSpacing(volume, spacingMm), options);
}

/** The same box of space in another number of voxels. */
export function resampleToSize(volume: Volume, size: Size3, options: ResampleOptions = {}): Volume {
  return resampleVolume(volume, gridOfSize(volume, size), options);
}

/** The voxels start .. start + size - 1; world positions stay. Throws when the box leaves the volume. */
export function cropVolume(volume: Volume, start: Size3, size: Size3): Volume {
  const fits = [0, 1, 2].every(
    (a) =>
      Number.isInteger(start[a]!) &&
      start[a]! >= 0 &&
      size[a]! > 0 &&
      start[a]! + size[a]! <= volume.size[a]!,
  );
  if (!fits) {
    throw badInput({
      what: "Crop of a volume",
      got: `voxels from ${start.join(", ")}, ${size.join(" x ")} of them`,
      expected: `a box within ${volume.size.join(" x ")}`,
    });
  }
  const [nx, ny] = volume.size;
  const data = emptyLike(volume.data, size[0] * size[1] * size[2]);
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      const from = start[0] + nx * (start[1] + j + ny * (start[2] + k));
      data.set(volume.data.subarray(from, from + size[0]), size[0] * (j + size[1] * k));
    }
  }
  const worldFromVoxel = voxelFromVoxelOffset(volume.worldFromVoxel, start);
  return createVolume({ data, size, worldFromVoxel, quantity: volume.quantity }, "Cropped volume");
}

function voxelFromVoxelOffset(worldFromVoxel: Mat4, start: Size3): Mat4 {
  const m = [...worldFromVoxel];
  for (const row of [0, 4, 8]) {
    m[row + 3] = m[row + 3]! + m[row]! * start[0] + m[row + 1]! * start[1] + m[row + 2]! * start[2];
  }
  return m;
}

/** The three one-dimensional maps of grids with parallel axes; undefined when axes turn or swap. */
function axisMaps(from: Size3, to: Size3, sourceFromTarget: Mat4): AxisMap[] | undefined {
  const m = sourceFromTarget;
  const aligned = axisScale([m[3]!, m[7]!, m[11]!], [m[0]!, m[5]!, m[10]!]);
  const reach = Math.max(...to);
  if (m.some((value, i) => Math.abs(value - aligned[i]!) * reach > 1e-6)) return undefined;
  return [0, 1, 2].map((a) => ({
    inputLength: from[a]!,
    outputLength: to[a]!,
    offset: m[4 * a + 3]!,
    step: m[5 * a]!,
  }));
}

function resampleAligned(volume: Volume, maps: AxisMap[], request: ResampleRequest): VoxelData {
  if (request.interpolation === "nearest") return pickNearest(volume, maps, request.background);
  const taps = request.interpolation === "area" ? areaTaps : linearTaps;
  const [x, y, z] = maps.map((map) => taps(map));
  return resampleSeparable(volume, [x!, y!, z!], request.background);
}

/** Three passes, one per axis; memory of one intermediate at a time beside source and result. */
export function resampleSeparable(
  volume: Volume,
  [x, y, z]: readonly [AxisTaps, AxisTaps, AxisTaps],
  background: number,
): Float32Array {
  const [, ny, nz] = volume.size;
  const alongX = new Float32Array(x.outputLength * ny * nz);
  const base = { readBias: 0, writeBias: 0 };
  applyTaps(x, {
    ...base,
    input: volume.data,
    output: alongX,
    inner: 1,
    outer: ny * nz,
    readBias: background,
  });
  const alongY = new Float32Array(x.outputLength * y.outputLength * nz);
  applyTaps(y, { ...base, input: alongX, output: alongY, inner: x.outputLength, outer: nz });
  const plane = x.outputLength * y.outputLength;
  const result = new Float32Array(plane * z.outputLength);
  applyTaps(z, { ...base, input: alongY, output: result, inner: plane, outer: 1, writeBias: background });
  return result;
}

function pickNearest(volume: Volume, maps: AxisMap[], background: number): VoxelData {
  const [x, y, z] = maps.map(nearestIndices) as [Int32Array, Int32Array, Int32Array];
  const [nx, ny] = volume.size;
  const data = emptyLike(volume.data, x.length * y.length * z.length);
  if (background !== 0) data.fill(background);
  let target = 0;
  for (const k of z) {
    for (const j of y) {
      const row = nx * (j + ny * k);
      const rowInside = j >= 0 && k >= 0;
      for (let i = 0; i < x.length; i++, target++) {
        if (rowInside && x[i]! >= 0) data[target] = volume.data[row + x[i]!]!;
      }
    }
  }
  return data;
}
