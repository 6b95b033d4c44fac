import type { Mat4 } from "../../geometry/mat4.ts";
import { transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Random } from "../../random.ts";
import { sampleMorphometry } from "./morphometry.ts";
import { pelvisFrame } from "./pelvis.ts";
import { type PlacedVertebra, placeVertebrae } from "./spineCurve.ts";
import type { SpineVariation } from "./variation.ts";
import type { BoneQuality } from "./vertebra.ts";

/** Everything rigid about one patient, placed in the world (LPS mm, L3 at the origin). */
export interface Skeleton {
  /** T9 .. S1, top to bottom. */
  readonly vertebrae: readonly PlacedVertebra[];
  readonly worldFromPelvis: Mat4;
  readonly quality: BoneQuality;
  readonly variation: SpineVariation;
}

export function createSkeleton(random: Random, variation: SpineVariation): Skeleton {
  const morphometry = sampleMorphometry(random.fork("morphometry"), variation).map((m) =>
    adapt(m, variation.transition),
  );
  const vertebrae = placeVertebrae(random.fork("curve"), morphometry, variation);
  const s1 = vertebrae.at(-1)!;
  const { osteopenia } = variation;
  return {
    vertebrae,
    worldFromPelvis: pelvisFrame(s1.worldFromVertebra),
    quality: {
      trabecularHu: 190 - 125 * osteopenia + random.fork("density").normal(0, 10),
      cortexFactor: 1.05 - 0.4 * osteopenia,
      lipMm: 0.4 + 4.5 * variation.osteophytes,
      concavityMm: 2 + 2 * osteopenia + random.fork("plates").normal(0, 0.3),
    },
    variation,
  };
}

type Morphometry = ReturnType<typeof sampleMorphometry>[number];

/** Transitional anatomy: a short-disced, broad-winged L5, or (in the sacrum) an S1 with a disc below. */
function adapt(m: Morphometry, transition: SpineVariation["transition"]): Morphometry {
  if (transition === "sacralised-l5" && m.name === "L5") {
    return {
      ...m,
      fusedWings: true,
      discHeight: 0.45 * m.discHeight,
      transverseSpan: 1.05 * m.transverseSpan,
    };
  }
  return m;
}

/** The vertebra of the given name; every skeleton has T9 .. S1. */
export function vertebraOf(skeleton: Skeleton, name: string): PlacedVertebra {
  const vertebra = skeleton.vertebrae.find((v) => v.morphometry.name === name);
  if (!vertebra) throw new RangeError(`skeleton: no vertebra ${name}`);
  return vertebra;
}

/** A point given in the frame of a vertebra, in the world. */
export function atVertebra(skeleton: Skeleton, name: string, local: Vec3): Vec3 {
  return transformPoint(vertebraOf(skeleton, name).worldFromVertebra, local);
}
