import { usageError } from "../errors.ts";
import { type Camera, binCamera } from "../geometry/camera.ts";
import { compose } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { type AxisMap, type AxisTaps, blockTaps, gaussianTaps } from "./axisTaps.ts";
import { type Size3, type VoxelGrid, axisScale } from "./grid.ts";
import { type Radiograph, createRadiograph } from "./radiograph.ts";
import { resampleSeparable } from "./resample.ts";
import { type Volume, createVolume } from "./volume.ts";
import { backgroundOf, emptyLike } from "./voxelData.ts";

export interface DownsampleOptions {
  /**
   * `box` (default): mean of the block; `gaussian`: standard deviation half a block, smoother. Labels always
   * take the most frequent label of the block.
   */
  readonly kernel?: "box" | "gaussian";
}

/**
 * The grid whose voxel I covers voxels f I .. f I + f - 1 of the given one, so its centre lies at f I + (f - 1) / 2.
 * Blocks that reach beyond the last voxel are kept.
 */
export function downsampledGrid(grid: VoxelGrid, factor: number | Size3): VoxelGrid {
  const f = factors(factor);
  const size = [0, 1, 2].map((a) => Math.ceil(grid.size[a]! / f[a]!)) as unknown as Size3;
  const offset: Vec3 = [(f[0] - 1) / 2, (f[1] - 1) / 2, (f[2] - 1) / 2];
  return { size, worldFromVoxel: compose(grid.worldFromVoxel, axisScale(offset, f)) };
}

function factors(factor: number | Size3): Size3 {
  const f: Size3 = typeof factor === "number" ? [factor, factor, factor] : factor;
  if (!f.every((n) => Number.isInteger(n) && n >= 1)) {
    throw usageError({
      what: "Down-sampling factor",
      got: f.join(", "),
      expected: "whole numbers of 1 or more",
    });
  }
  return f;
}

/**
 * A volume `factor` times coarser. What lies beyond the volume counts as background (-1000 HU, otherwise 0), so with
 * the box kernel the integral of value - background over space, and with it every projection's sum, is kept.
 */
export function downsampleVolume(
  volume: Volume,
  factor: number | Size3,
  options: DownsampleOptions = {},
): Volume {
  const f = factors(factor);
  if (f.every((n) => n === 1)) return volume;
  const grid = downsampledGrid(volume, f);
  if (volume.quantity === "label")
    return { ...grid, data: majority(volume, grid.size, f), quantity: "label" };
  const gaussian = options.kernel === "gaussian";
  const taps = [0, 1, 2].map((a): AxisTaps => {
    const map: AxisMap = {
      inputLength: volume.size[a]!,
      outputLength: grid.size[a]!,
      offset: (f[a]! - 1) / 2,
      step: f[a]!,
    };
    return gaussian && f[a]! > 1 ? gaussianTaps(map, f[a]! / 2, true) : blockTaps(map, true);
  });
  const data = resampleSeparable(volume, [taps[0]!, taps[1]!, taps[2]!], backgroundOf(volume.quantity));
  return createVolume({ ...grid, data, quantity: volume.quantity }, "Down-sampled volume");
}

/** The most frequent label of every block; the smaller label wins a tie, but any label wins against background. */
function majority(volume: Volume, size: Size3, f: Size3): Volume["data"] {
  const { data } = volume;
  const [nx, ny, nz] = volume.size;
  const out = emptyLike(data, size[0] * size[1] * size[2]);
  const counts = new Map<number, number>();
  let target = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, target++) {
        counts.clear();
        for (let c = k * f[2]; c < Math.min(nz, (k + 1) * f[2]); c++) {
          for (let b = j * f[1]; b < Math.min(ny, (j + 1) * f[1]); b++) {
            const row = nx * (b + ny * c);
            for (let a = i * f[0]; a < Math.min(nx, (i + 1) * f[0]); a++) {
              const label = data[row + a]!;
              counts.set(label, (counts.get(label) ?? 0) + 1);
            }
          }
        }
        out[target] = mostFrequent(counts);
      }
    }
  }
  return out;
}

function mostFrequent(counts: ReadonlyMap<number, number>): number {
  let best = 0;
  let most = 0;
  for (const [label, count] of counts) {
    const tie = count === most && (best === 0 || (label !== 0 && label < best));
    if (count > most || tie) [best, most] = [label, count];
  }
  return best;
}

/** The volume and its copies coarser by each of the factors (1 = itself), in the order given. */
export function volumePyramid(
  volume: Volume,
  factorList: readonly number[],
  options: DownsampleOptions = {},
): Volume[] {
  return factorList.map((factor) => downsampleVolume(volume, factor, options));
}

/**
 * An X-ray with `factor` times coarser pixels, each the mean of factor x factor; rows and columns that do not fill
 * a block are dropped, as in `binCamera`, so that pixel (u, v) stays on its ray.
 */
export function binRadiograph(radiograph: Radiograph, factor: number): Radiograph {
  const data = binImage(radiograph.data, radiograph.width, radiograph.height, factor);
  const { pixelSpacingMm: spacing } = radiograph;
  return createRadiograph({
    ...radiograph,
    data,
    width: Math.floor(radiograph.width / factor),
    height: Math.floor(radiograph.height / factor),
    ...(spacing && { pixelSpacingMm: [spacing[0] * factor, spacing[1] * factor] as const }),
  });
}

/** Means of factor x factor pixels, floor(width / factor) x floor(height / factor) of them; `out` receives them. */
export function binImage(
  image: Float32Array,
  width: number,
  height: number,
  factor: number,
  out?: Float32Array,
): Float32Array {
  factors(factor);
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  if (w < 1 || h < 1) {
    throw usageError({
      what: "Binning factor",
      got: String(factor),
      expected: `at most ${Math.min(width, height)}`,
    });
  }
  const result = out ?? new Float32Array(w * h);
  for (let v = 0; v < h; v++) {
    for (let u = 0; u < w; u++) {
      let sum = 0;
      for (let b = 0; b < factor; b++) {
        const row = (v * factor + b) * width + u * factor;
        for (let a = 0; a < factor; a++) sum += image[row + a]!;
      }
      result[v * w + u] = sum / (factor * factor);
    }
  }
  return result;
}

export interface RadiographLevel {
  readonly radiograph: Radiograph;
  readonly camera: Camera;
  readonly factor: number;
}

/** X-ray and camera together at each of the binning factors, in the order given. */
export function radiographPyramid(
  radiograph: Radiograph,
  camera: Camera,
  factorList: readonly number[],
): RadiographLevel[] {
  return factorList.map((factor) => ({
    radiograph: factor === 1 ? radiograph : binRadiograph(radiograph, factor),
    camera: factor === 1 ? camera : binCamera(camera, factor),
    factor,
  }));
}
