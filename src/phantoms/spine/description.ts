import { type Mat4, transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { GasPocket } from "./bowel.ts";
import type { Implant } from "./implants.ts";
import type { LevelMorphometry } from "./morphometry.ts";
import type { Skeleton } from "./skeleton.ts";
import type { SpineVariation } from "./variation.ts";
import type { BoneQuality } from "./vertebra.ts";
import { pedicleCentre, spinousTip } from "./vertebralArch.ts";

/** One vertebra as built: dimensions, pose and points that can be found again in an image. */
export interface DescribedVertebra {
  readonly name: string;
  readonly label: number;
  readonly morphometry: LevelMorphometry;
  /** Origin in the middle of the body; +x left, +y posterior, +z up. */
  readonly worldFromVertebra: Mat4;
  /** World mm. */
  readonly landmarks: {
    readonly bodyCentreMm: Vec3;
    readonly leftPedicleMm: Vec3;
    readonly rightPedicleMm: Vec3;
    readonly spinousTipMm: Vec3;
  };
}

/** What a phantom contains, as plain JSON. */
export interface PhantomDescription {
  readonly seed: number;
  readonly variation: SpineVariation;
  readonly boneQuality: BoneQuality;
  /** T9 .. S1, top to bottom; those outside the volume are listed too. */
  readonly vertebrae: readonly DescribedVertebra[];
  readonly implants: readonly Implant[];
  readonly gas: readonly GasPocket[];
}

export function describePhantom(
  seed: number,
  skeleton: Skeleton,
  contents: { implants: readonly Implant[]; gas: readonly GasPocket[] },
): PhantomDescription {
  const vertebrae = skeleton.vertebrae.map(({ morphometry: m, worldFromVertebra }): DescribedVertebra => {
    const at = (p: Vec3): Vec3 => transformPoint(worldFromVertebra, p);
    return {
      ...{ name: m.name, label: m.label, morphometry: m, worldFromVertebra },
      landmarks: {
        bodyCentreMm: at([0, 0, 0]),
        leftPedicleMm: at(pedicleCentre(m, 1)),
        rightPedicleMm: at(pedicleCentre(m, -1)),
        spinousTipMm: at(spinousTip(m)),
      },
    };
  });
  return { seed, variation: skeleton.variation, boneQuality: skeleton.quality, vertebrae, ...contents };
}
