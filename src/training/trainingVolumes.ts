import { badInput } from "../errors.ts";
import { compose, translation4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import type { VoxelGrid } from "../image/grid.ts";
import { resampleVolume } from "../image/resample.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import { createSpinePhantom } from "../phantoms/spinePhantom.ts";
import { createRandom } from "../random.ts";

/** The volumes of a training run: one phantom per seed, cut to a cube. */
export interface TrainingVolumeSpec {
  /** `trunk`: the whole cross section around the lumbar spine. `lumbar`: the cube of section 3.1. */
  readonly field: "trunk" | "lumbar";
  /** Voxels along each side. */
  readonly size: number;
  readonly spacingMm: number;
}

/** Consecutive phantom seeds. */
export interface SeedRange {
  readonly first: number;
  readonly count: number;
}

/** A CT in HU and the vertebra labels on its grid; a cube along the patient's axes. */
export interface TrainingVolume {
  readonly seed: number;
  readonly ct: Volume;
  readonly labels: Volume;
}

/** Seeds from here on belong to tests and are never trained on. */
export const firstTestSeed = 900_000;

/** The seeds of a range; those kept for tests are refused. */
export function seedsOf({ first, count }: SeedRange): number[] {
  if (!Number.isInteger(first) || first < 0 || count < 1 || first + count > firstTestSeed) {
    throw badInput({
      what: "Phantom seeds of a training run",
      got: `${count} from ${first}`,
      expected: `whole numbers from 0 to ${firstTestSeed - 1}; later ones are kept for tests`,
    });
  }
  return Array.from({ length: count }, (_, i) => first + i);
}

/** The volume of a seed; the same seed and spec always give the same one. */
export function createTrainingVolume(seed: number, spec: TrainingVolumeSpec): TrainingVolume {
  const random = createRandom(seed).fork("training volume");
  const { ct, labels } = createSpinePhantom({
    seed,
    field: spec.field,
    spacingMm: spec.spacingMm,
    // Scanners differ in noise and sharpness.
    noiseHu: random.uniform(5, 25),
    kernelMm: random.uniform(0, 0.4 * spec.spacingMm),
  });
  const grid = centredCube(ct, spec.size);
  return {
    seed,
    ct: { ...resampleVolume(ct, grid, { interpolation: "nearest", background: -1000 }), quantity: "hu" },
    labels: resampleVolume(labels, grid, { interpolation: "nearest", background: 0 }),
  };
}

/** `size` voxels a side around the centre of a grid, on its own lattice. */
function centredCube(grid: Volume, size: number): VoxelGrid {
  const shift = grid.size.map((n) => Math.round((n - size) / 2)) as unknown as Vec3;
  return { size: [size, size, size], worldFromVoxel: compose(grid.worldFromVoxel, translation4(shift)) };
}

/** How a volume is varied from step to step. */
export interface VolumeAugmentation {
  /** Voxels along each side of the cut. */
  readonly size: number;
  /** Position of the cut along each axis, 0 .. full size - cut size. */
  readonly start: readonly [number, number, number];
  /** Exchange left and right. */
  readonly mirror: boolean;
}

/**
 * A cube out of a volume, mirrored if asked for: another patient's left-right anatomy and another
 * centre of the field of view. The result is centred on the origin.
 */
export function cutVolume(volume: Volume, { size, start, mirror }: VolumeAugmentation): Volume {
  const [nx, ny, nz] = volume.size;
  const fits = start.every((s, a) => s >= 0 && s + size <= volume.size[a]!);
  if (!fits) {
    throw badInput({
      what: "Cut of a training volume",
      got: `${size} voxels from ${start.join(", ")} of ${nx} x ${ny} x ${nz}`,
      expected: "a cube inside it",
    });
  }
  const data = volume.data.slice(0, size ** 3);
  let target = 0;
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const row = start[0] + nx * (start[1] + j + ny * (start[2] + k));
      for (let i = 0; i < size; i++) data[target++] = volume.data[row + (mirror ? size - 1 - i : i)]!;
    }
  }
  const cut: Volume = { ...volume, data, size: [size, size, size] };
  const [x, y, z] = volumeCentreMm(cut);
  return { ...cut, worldFromVoxel: compose(translation4([-x, -y, -z]), volume.worldFromVoxel) };
}
