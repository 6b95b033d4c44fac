import { multiply3, transform3 } from "../../geometry/mat3.ts";
import { type Mat4, fromLinearTranslation } from "../../geometry/mat4.ts";
import { type Vec3, add, scale } from "../../geometry/vec3.ts";
import { expSo3 } from "../../geometry/so3.ts";
import type { Random } from "../../random.ts";
import type { LevelMorphometry } from "./morphometry.ts";
import type { SpineVariation } from "./variation.ts";

/** A vertebra placed in the world: +x left, +y posterior, +z up, origin in the middle of its body. */
export interface PlacedVertebra {
  readonly morphometry: LevelMorphometry;
  readonly worldFromVertebra: Mat4;
}

/** How the shape of the whole column is shared out over the levels T9 .. S1, top to bottom. */
const profile = {
  /** Sagittal angle of each body against L3: share of the lordosis, then fixed degrees (kyphosis). */
  lordosis: [0.2, 0.2, 0.2, 0.2, 0.2, 0.12, 0, -0.18, -0.45, -0.8],
  kyphosisDeg: [-15, -10.5, -6.5, -3, 0, 0, 0, 0, 0, 0],
  /** Coronal tilt in units of half the Cobb angle, and axial rotation in units of the apex's. */
  tilt: [-0.1, 0.35, 0.8, 1, 0.85, 0.35, -0.35, -0.95, -0.7, -0.1],
  rotation: [0.05, 0.15, 0.35, 0.65, 0.9, 1, 0.85, 0.5, 0.2, 0],
};

const radians = Math.PI / 180;
/** Index of L3, whose body centre is the world's origin. */
const middle = 6;

/** Places T9 .. S1 along the individual's curve; L3's body is centred on the world's origin. */
export function placeVertebrae(
  random: Random,
  morphometry: readonly LevelMorphometry[],
  variation: SpineVariation,
): PlacedVertebra[] {
  const lean = random.normal(0, 2.5);
  const jitter = morphometry.map(() => random.normal(0, 0.8));
  const rotations = morphometry.map((_, i) => {
    const sagittal =
      lean + jitter[i]! + variation.lordosisDeg * profile.lordosis[i]! + profile.kyphosisDeg[i]!;
    const coronal = -0.5 * variation.scoliosisDeg * profile.tilt[i]!;
    const axial = variation.axialRotationDeg * profile.rotation[i]!;
    const bend = multiply3(expSo3([0, coronal * radians, 0]), expSo3([-sagittal * radians, 0, 0]));
    return multiply3(bend, expSo3([0, 0, axial * radians]));
  });
  const up = (i: number): Vec3 => transform3(rotations[i]!, [0, 0, 1]);
  const half = (i: number): number => (morphometry[i]!.heightAnterior + morphometry[i]!.heightPosterior) / 4;
  /** From the centre of level i to that of the level above it. */
  const rise = (i: number): Vec3 => {
    const disc = morphometry[i - 1]!.discHeight;
    const below = scale(up(i), half(i) + disc / 2);
    return add(below, scale(up(i - 1), half(i - 1) + disc / 2));
  };
  const centres: Vec3[] = morphometry.map(() => [0, 0, 0]);
  for (let i = middle; i > 0; i--) centres[i - 1] = add(centres[i]!, rise(i));
  for (let i = middle + 1; i < morphometry.length; i++) {
    centres[i] = add(centres[i - 1]!, scale(rise(i), -1));
  }
  return morphometry.map((m, i) => ({
    morphometry: m,
    worldFromVertebra: fromLinearTranslation(rotations[i]!, centres[i]!),
  }));
}
