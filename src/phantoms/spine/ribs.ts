import type { Mat4 } from "../../geometry/mat4.ts";
import { translationPart } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { bar } from "./bar.ts";
import type { BonePart } from "./boneField.ts";
import type { PlacedVertebra } from "./spineCurve.ts";
import type { BoneQuality } from "./vertebra.ts";
import type { Side } from "./vertebralArch.ts";
import { identity4 } from "../../geometry/mat4.ts";

/** The cage that ribs follow at the level of a vertebra: an ellipse in the axial plane, world mm. */
export interface RibCage {
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly centreY: number;
}

/** How far round (radians from the back) and how steeply (mm per radian) each rib runs. */
const courses: Record<string, { end: number; fall: number; halfHeight: number }> = {
  T12: { end: 0.95, fall: 44, halfHeight: 4.5 },
  T11: { end: 1.5, fall: 46, halfHeight: 5.5 },
  T10: { end: 2.15, fall: 45, halfHeight: 6 },
  T9: { end: 2.4, fall: 42, halfHeight: 6.5 },
};

/** The rib of a thoracic vertebra; `length` scales how far round it runs (1 = average). */
export function ribParts(
  vertebra: PlacedVertebra,
  side: Side,
  cage: RibCage,
  quality: BoneQuality,
  length: number,
): BonePart[] {
  const course = courses[vertebra.morphometry.name];
  if (!course) return [];
  const points = centreLine(vertebra.worldFromVertebra, vertebra.morphometry.widthUpper, side, cage, {
    ...course,
    end: course.end * length,
  });
  return points.slice(1).map((to, i) => {
    const from = points[i]!;
    const last = i === points.length - 2;
    const h = course.halfHeight;
    return {
      solid: bar({
        ...{ from, to, across: [0, 0, 1] },
        ...{ halfAcross: [i === 0 ? 4.5 : h, last ? 0.6 * h : h], halfOther: [3.6, last ? 2.6 : 3.4] },
      }),
      worldFromLocal: identity4,
      ...{ cortexMm: 1 * quality.cortexFactor, coreHu: 0.7 * quality.trabecularHu + 30, blendMm: 2 },
    };
  });
}

/** Head beside the body, neck behind the transverse process, then around the cage. */
function centreLine(
  worldFromVertebra: Mat4,
  bodyWidth: number,
  side: Side,
  cage: RibCage,
  course: { end: number; fall: number },
): Vec3[] {
  const [cx, cy, cz] = translationPart(worldFromVertebra);
  const points: Vec3[] = [
    [cx + side * (bodyWidth / 2 + 1), cy + 11, cz + 7],
    [cx + side * (bodyWidth / 2 + 13), cy + 24, cz + 4],
  ];
  const start = 0.42;
  const steps = Math.max(3, Math.ceil((course.end - start) / 0.16));
  for (let s = 0; s <= steps; s++) {
    const angle = start + ((course.end - start) * s) / steps;
    points.push([
      0.4 * cx + side * cage.halfWidth * Math.sin(angle),
      cage.centreY + cage.halfDepth * Math.cos(angle),
      cz + 6 - course.fall * (angle - 0.2),
    ]);
  }
  return points;
}
