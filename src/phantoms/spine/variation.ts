import { badInput } from "../../errors.ts";
import type { Random } from "../../random.ts";

/** Anatomy between T12 and S1 that differs from five lumbar vertebrae. */
export type Transition = "none" | "sacralised-l5" | "lumbarised-s1";

/**
 * What makes one patient differ from another. Every field can be set; what is not set is drawn
 * from the seed. Lengths are ratios to, or differences from, an average adult.
 */
export interface SpineVariation {
  /** Isotropic size of the skeleton; 1 = average adult. Drawn from 0.88..1.13. */
  readonly skeletonScale: number;
  /** Vertebral height and width relative to the scale; each level varies a little more by itself. */
  readonly heightFactor: number;
  readonly widthFactor: number;
  /** Disc height relative to average, 0.6 (degenerate) to 1.15; one level may be narrower still. */
  readonly discFactor: number;
  /** Angle between the upper end plates of L1 and S1, degrees. Drawn from 28..68. */
  readonly lordosisDeg: number;
  /** Cobb angle of a lumbar curve in degrees; > 0 = convex to the patient's left. */
  readonly scoliosisDeg: number;
  /** Axial rotation of the apex in degrees, towards the convexity (coupled to the Cobb angle). */
  readonly axialRotationDeg: number;
  /** 0 = dense young bone, 1 = severe osteopenia. */
  readonly osteopenia: number;
  /** 0 = none, 1 = bridging osteophytes at the vertebral margins. */
  readonly osteophytes: number;
  readonly transition: Transition;
  /** Thickness of subcutaneous fat at the flank in mm, 8..50. */
  readonly fatMm: number;
  /** Girth of the trunk inside the fat, ratio to average. */
  readonly girthFactor: number;
  /** Muscle bulk, ratio to average. */
  readonly muscleFactor: number;
  /** Bowel gas, 0 = none, 1 = distended loops. */
  readonly gas: number;
  /** 0..1, wall calcification of the aorta. */
  readonly calcification: number;
}

/** What a field may be set to; wider than what is drawn. */
const limits: Record<Exclude<keyof SpineVariation, "transition">, readonly [number, number]> = {
  skeletonScale: [0.6, 1.4],
  heightFactor: [0.7, 1.3],
  widthFactor: [0.7, 1.3],
  discFactor: [0.3, 1.5],
  lordosisDeg: [0, 90],
  scoliosisDeg: [-70, 70],
  axialRotationDeg: [-45, 45],
  osteopenia: [0, 1],
  osteophytes: [0, 1],
  fatMm: [2, 120],
  girthFactor: [0.6, 1.8],
  muscleFactor: [0.4, 1.6],
  gas: [0, 1],
  calcification: [0, 1],
};
const transitions: readonly Transition[] = ["none", "sacralised-l5", "lumbarised-s1"];

function checkVariation(variation: SpineVariation): SpineVariation {
  for (const [name, [low, high]] of Object.entries(limits)) {
    const value = variation[name as keyof typeof limits];
    if (!(value >= low && value <= high)) {
      throw badInput({
        what: `Phantom variation ${name}`,
        got: String(value),
        expected: `${low} to ${high}`,
      });
    }
  }
  if (!transitions.includes(variation.transition)) {
    throw badInput({
      what: "Phantom variation transition",
      got: String(variation.transition),
      expected: `one of ${transitions.join(", ")}`,
    });
  }
  return variation;
}

/** Draws one patient; `fixed` fields are kept. The draw order never depends on `fixed`. */
export function sampleVariation(random: Random, fixed: Partial<SpineVariation> = {}): SpineVariation {
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  const age = random.next();
  const curved = random.next() < 0.3;
  const cobb = curved ? random.uniform(6, 28) : random.uniform(0, 5);
  const scoliosisDeg = (random.next() < 0.5 ? -1 : 1) * cobb;
  const transitionDraw = random.next();
  const drawn: SpineVariation = {
    skeletonScale: clamp(random.normal(1, 0.055), 0.88, 1.13),
    heightFactor: clamp(random.normal(1, 0.04), 0.9, 1.1),
    widthFactor: clamp(random.normal(1, 0.05), 0.88, 1.12),
    discFactor: clamp(random.normal(1.02 - 0.2 * age, 0.09), 0.6, 1.15),
    lordosisDeg: clamp(random.normal(47, 8), 28, 68),
    scoliosisDeg,
    axialRotationDeg: scoliosisDeg * random.uniform(0.2, 0.6),
    osteopenia: clamp(age * age * random.uniform(0.5, 1.2), 0, 1),
    osteophytes: clamp((age - 0.35) * random.uniform(0.3, 1.6), 0, 1),
    transition: transitionDraw < 0.05 ? "sacralised-l5" : transitionDraw < 0.09 ? "lumbarised-s1" : "none",
    fatMm: clamp(random.normal(20, 9), 8, 50),
    girthFactor: clamp(random.normal(1, 0.07), 0.84, 1.2),
    muscleFactor: clamp(random.normal(1.03 - 0.12 * age, 0.1), 0.72, 1.25),
    gas: clamp(random.uniform(0, 1), 0, 1),
    calcification: clamp((age - 0.5) * random.uniform(0, 2), 0, 1),
  };
  return checkVariation({ ...drawn, ...fixed });
}
