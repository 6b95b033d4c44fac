import { identity4, transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { bar } from "./bar.ts";
import { type Canvas, type Paint, paintSolid } from "./canvas.ts";
import { cavityOf } from "./organs.ts";
import { type Skeleton, atVertebra } from "./skeleton.ts";
import { type Solid, intersectionOf, smoothStep } from "./solid.ts";
import { createTexture } from "./texture.ts";
import { type Trunk, tissueHu } from "./trunk.ts";
import { sides } from "./vertebralArch.ts";

/** One muscle: points through its middle with half widths (left-right, front-back) at each. */
interface Belly {
  readonly at: Vec3;
  readonly half: readonly [number, number];
}

function belly(points: readonly Belly[], bulk: number): Solid[] {
  return points.slice(1).map((to, i) => {
    const from = points[i]!;
    return bar({
      ...{ from: from.at, to: to.at, across: [1, 0, 0], tongue: true },
      halfAcross: [from.half[0] * bulk, to.half[0] * bulk],
      halfOther: [from.half[1] * bulk, to.half[1] * bulk],
    });
  });
}

/** Psoas, quadratus lumborum, erector spinae, multifidus and the gluteal muscles on both sides. */
export function paintMuscles(canvas: Canvas, skeleton: Skeleton, trunk: Trunk, seed: number): void {
  const { variation, worldFromPelvis } = skeleton;
  const s = variation.skeletonScale;
  const bulk = variation.muscleFactor * s;
  const inside = cavityOf(trunk, 1);
  const grain = createTexture(seed, 9);
  const wasting = 12 * (1 - variation.muscleFactor) + 10 * variation.osteopenia;
  const streak = createTexture(seed + 1, 5);
  const paint: Paint = (x, y, z) => {
    const fat = smoothStep(0.75 - 0.03 * wasting, 1, streak(x, y, 0.4 * z) + 0.2 * grain(x, y, z));
    return tissueHu.muscle - wasting + 9 * grain(x, y, z) - 90 * fat;
  };
  for (const side of sides) {
    const near = (name: string, x: number, y: number, z = 0): Vec3 =>
      atVertebra(skeleton, name, [side * x * s, y * s, z * s]);
    const pelvic = (p: Vec3): Vec3 => transformPoint(worldFromPelvis, [side * p[0] * s, p[1] * s, p[2] * s]);
    const psoas: Belly[] = [
      { at: near("T12", 24, 4, -8), half: [5, 6] },
      { at: near("L2", 33, 4), half: [11, 13] },
      { at: near("L4", 43, 3), half: [17, 20] },
      { at: pelvic([56, -28, 8]), half: [19, 19] },
      { at: pelvic([80, -72, -60]), half: [18, 15] },
      { at: pelvic([95, -62, -120]), half: [14, 13] },
    ];
    const quadratus: Belly[] = [
      { at: near("T12", 42, 26, -10), half: [14, 6] },
      { at: near("L2", 56, 24), half: [18, 8] },
      { at: near("L4", 68, 24), half: [20, 9] },
      { at: pelvic([84, 20, 42]), half: [16, 8] },
    ];
    const erector: Belly[] = [
      { at: near("T9", 34, 42), half: [24, 15] },
      { at: near("L1", 38, 48), half: [30, 20] },
      { at: near("L3", 38, 54), half: [32, 22] },
      { at: near("L5", 34, 54), half: [28, 20] },
      { at: pelvic([26, 56, -30]), half: [16, 9] },
    ];
    const multifidus: Belly[] = [
      { at: near("T12", 13, 42), half: [10, 11] },
      { at: near("L4", 17, 46), half: [14, 14] },
      { at: pelvic([18, 46, -20]), half: [14, 10] },
    ];
    const glutei: Belly[] = [
      { at: pelvic([118, -8, 10]), half: [18, 48] },
      { at: pelvic([128, 20, -60]), half: [30, 46] },
      { at: pelvic([110, 26, -150]), half: [40, 40] },
    ];
    for (const muscle of [psoas, quadratus, erector, multifidus, glutei]) {
      for (const solid of belly(muscle, bulk)) {
        paintSolid(canvas, identity4, intersectionOf(solid, inside), paint, { softMm: 2 });
      }
    }
  }
}
