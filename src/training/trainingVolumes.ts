import { badInput } from "../errors.ts";
import { compose, translation4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { attenuationCurve, attenuationFromHu } from "../image/attenuation.ts";
import type { VoxelGrid } from "../image/grid.ts";
import { resampleVolume } from "../image/resample.ts";
import type { Volume } from "../image/volume.ts";
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

/** HU from which tissue counts as bone, of the tissue around it, and below which there is no patient. */
const [boneFromHu, softTissueHu, emptyBelowHu] = [150, 40, -600];

/** Labels of L5 to L1. */
const lumbar = new Set([27, 28, 29, 30, 31]);

/** Attenuation in 1/mm: what a CT can be projected as, prepared as registration prepares it. */
export interface TrainingContent {
  /** Excess over `boneFromHu`: what stays rigid between CT and X-ray. */
  readonly bone: Volume;
  /** Everything, as an X-ray shows it. */
  readonly whole: Volume;
  /** L1 to L5 alone, as excess over soft tissue. */
  readonly segmented: Volume;
  /** 1 inside L1 to L5. */
  readonly mask: Volume;
  /** Where X-rays are aimed (world mm). Default the world's origin, where phantoms have the body of L3. */
  readonly targetMm?: Vec3;
}

/** Attenuation of a training volume, computed once. */
export function trainingContent({ ct, labels }: TrainingVolume): TrainingContent {
  const whole = attenuationFromHu(ct, { emptyBelowHu });
  const mask: Volume = { ...labels, data: labels.data.map((label) => (lumbar.has(label) ? 1 : 0)) };
  const segmented = excessOver(whole, softTissueHu, mask);
  return { whole, mask, segmented, bone: excessOver(whole, boneFromHu) };
}

/** Attenuation above that of a HU value; with a mask the excess of either sign inside it, nothing outside. */
function excessOver(mu: Volume, hu: number, mask?: Volume): Volume {
  const threshold = attenuationCurve({ emptyBelowHu })(hu);
  const source = mu.data;
  const data = new Float32Array(source.length);
  for (let i = 0; i < data.length; i++) {
    const excess = source[i]! - threshold;
    if (mask ? mask.data[i]! > 0 : excess > 0) data[i] = excess;
  }
  return { ...mu, data };
}
