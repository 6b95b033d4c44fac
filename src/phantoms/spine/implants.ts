import { identity4, transformPoint } from "../../geometry/mat4.ts";
import { badInput } from "../../errors.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { add, scale } from "../../geometry/vec3.ts";
import { bar, rod } from "./bar.ts";
import { type Canvas, paintSolid } from "./canvas.ts";
import { hipCentre } from "./pelvis.ts";
import type { Skeleton } from "./skeleton.ts";
import type { Solid } from "./solid.ts";
import type { PlacedVertebra } from "./spineCurve.ts";
import { bodyBack, pedicleCentre, sides } from "./vertebralArch.ts";

/** Levels that can carry an implant. */
export type ImplantLevel = "T11" | "T12" | "L1" | "L2" | "L3" | "L4" | "L5" | "S1";

/** Metal in the patient: screws with rods over a range of levels, a cage below a level, a hip screw. */
export type Implant =
  | { readonly kind: "pedicle-screws"; readonly from: ImplantLevel; readonly to: ImplantLevel }
  | { readonly kind: "cage"; readonly below: ImplantLevel }
  | { readonly kind: "hip-screw"; readonly side: "left" | "right" };

/** HU of solid titanium alloy; CT scanners clip it when the image is stored. */
const titaniumHu = 9000;

/** Paints the implants; an unknown level or a range upside down is an error. */
export function paintImplants(canvas: Canvas, skeleton: Skeleton, implants: readonly Implant[]): void {
  for (const implant of implants) {
    for (const { solid, frame } of implantSolids(skeleton, implant)) {
      paintSolid(canvas, frame, solid, titaniumHu);
    }
  }
}

interface PlacedSolid {
  readonly solid: Solid;
  readonly frame: readonly number[];
}

function implantSolids(skeleton: Skeleton, implant: Implant): PlacedSolid[] {
  switch (implant.kind) {
    case "pedicle-screws":
      return screwsAndRods(levelRange(skeleton, implant.from, implant.to));
    case "cage":
      return cage(skeleton, implant.below);
    case "hip-screw":
      return hipScrew(skeleton, implant.side === "left" ? 1 : -1);
  }
}

function levelIndex(skeleton: Skeleton, level: string): number {
  const index = skeleton.vertebrae.findIndex((v) => v.morphometry.name === level);
  if (index < 0) {
    const names = skeleton.vertebrae.map((v) => v.morphometry.name).join(", ");
    throw badInput({ what: "Implant level", got: `"${level}"`, expected: `one of ${names}` });
  }
  return index;
}

function levelRange(skeleton: Skeleton, from: string, to: string): readonly PlacedVertebra[] {
  const [a, b] = [levelIndex(skeleton, from), levelIndex(skeleton, to)];
  if (a > b) {
    throw badInput({ what: "Pedicle screws", got: `${from} to ${to}`, expected: "the upper level first" });
  }
  return skeleton.vertebrae.slice(a, b + 1);
}

/** Screws of 6.5 mm through both pedicles of every level, tulip heads, and a rod of 5.5 mm a side. */
function screwsAndRods(vertebrae: readonly PlacedVertebra[]): PlacedSolid[] {
  return sides.flatMap((side) => {
    const heads: Vec3[] = [];
    const screws = vertebrae.flatMap((v) => {
      const m = v.morphometry;
      const [x, , z] = pedicleCentre(m, side);
      const entry: Vec3 = [1.12 * x, bodyBack(m) + m.canalDepth + 4, z + 1];
      const tip: Vec3 = [0.62 * x, -0.28 * m.depthUpper, z - 1];
      heads.push(transformPoint(v.worldFromVertebra, add(entry, [side * 0.5, 7, 0])));
      const head: Vec3 = add(entry, [side * 0.5, 9, 0]);
      return [
        { solid: rod(entry, tip, 3.1), frame: v.worldFromVertebra },
        { solid: rod(entry, head, 5.2), frame: v.worldFromVertebra },
      ];
    });
    const rods = heads.slice(1).map((to, i) => {
      const from = heads[i]!;
      const overhang = scale([to[0] - from[0], to[1] - from[1], to[2] - from[2]], 0.12);
      const end = i === heads.length - 2 ? add(to, overhang) : to;
      const start = i === 0 ? add(from, scale(overhang, -1)) : from;
      return { solid: rod(start, end, 2.75), frame: identity4 };
    });
    return [...screws, ...rods];
  });
}

/** Two markers and a frame of an interbody cage in the disc below a level. */
function cage(skeleton: Skeleton, level: string): PlacedSolid[] {
  const index = levelIndex(skeleton, level);
  const below = skeleton.vertebrae[index + 1];
  if (!below)
    throw badInput({ what: "Cage", got: `below ${level}`, expected: "a level with a disc below it" });
  const { discHeight, depthLower } = skeleton.vertebrae[index]!.morphometry;
  const half = (below.morphometry.heightAnterior + below.morphometry.heightPosterior) / 4;
  const z = half + discHeight / 2;
  const [front, back] = [-0.3 * depthLower, 0.2 * depthLower];
  return sides.map((side) => ({
    solid: bar({
      ...{ from: [side * 8, front, z], to: [side * 10, back, z], across: [0, 0, 1] },
      ...{ halfAcross: [0.42 * discHeight, 0.38 * discHeight], halfOther: [1.6, 1.6] },
    }),
    frame: below.worldFromVertebra,
  }));
}

/** Lag screw in the femoral neck with a side plate and three shaft screws. */
function hipScrew(skeleton: Skeleton, side: 1 | -1): PlacedSolid[] {
  const s = skeleton.variation.skeletonScale;
  const at = (p: Vec3): Vec3 => [side * p[0] * s, p[1] * s, p[2] * s];
  const [hx, hy, hz] = hipCentre;
  const plateTop: Vec3 = [149, -26, -128];
  const plateEnd: Vec3 = [143, -28, -235];
  const shaftScrew = (z: number): Solid => rod(at([147, -27, z]), at([112, -28, z]), 2.2);
  const solids = [
    rod(at([hx - 6, hy + 1, hz + 5]), at(plateTop), 4.5),
    bar({
      ...{ from: at(plateTop), to: at(plateEnd), across: [0, 1, 0] },
      ...{ halfAcross: [9, 9], halfOther: [3, 3] },
    }),
    ...[-160, -185, -210].map(shaftScrew),
  ];
  return solids.map((solid) => ({ solid, frame: skeleton.worldFromPelvis }));
}
