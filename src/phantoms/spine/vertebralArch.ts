import { type Mat4, compose, invertAffine, transformPoint } from "../../geometry/mat4.ts";
import { type Vec3, add, scale } from "../../geometry/vec3.ts";
import type { BarShape } from "./bar.ts";
import type { LevelMorphometry } from "./morphometry.ts";
import type { PlacedVertebra } from "./spineCurve.ts";

/** The facet joint between a vertebra (above) and the next (below), on one side. */
export interface FacetJoint {
  /** Centre of the joint space in the frame of the vertebra below; mm. */
  readonly centre: Vec3;
  /** Unit normal of the joint, towards the superior process of the vertebra below. */
  readonly normal: Vec3;
}

export type Side = -1 | 1;
export const sides: readonly Side[] = [1, -1];

/** Back of the vertebral body, where pedicles leave and the canal begins (local y, mm). */
export function bodyBack(m: LevelMorphometry): number {
  return 0.44 * ((m.depthUpper + m.depthLower) / 2) - 1;
}

/** Centre of a pedicle at its narrowest, in the vertebra's frame. */
export function pedicleCentre(m: LevelMorphometry, side: Side): Vec3 {
  const height = (m.heightAnterior + m.heightPosterior) / 2;
  const x = m.canalWidth / 2 + m.pedicleWidth / 2;
  return [side * x, bodyBack(m) + 4, (m.name.startsWith("T") ? 0.22 : 0.18) * height];
}

/** The joint between `above` and the vertebra below it, in the frame of the lower one. */
export function facetJoint(above: LevelMorphometry, below: LevelMorphometry, side: Side): FacetJoint {
  const height = (below.heightAnterior + below.heightPosterior) / 2;
  const angle = (above.facetAngleDeg * Math.PI) / 180;
  return {
    centre: [
      side * above.facetOffset,
      bodyBack(below) + below.canalDepth * 0.84,
      height / 2 + 0.35 * above.discHeight,
    ],
    normal: [side * Math.cos(angle), -Math.sin(angle), 0],
  };
}

/** Everything a vertebra's arch needs to know about its neighbours. */
export interface VertebraNeighbours {
  readonly above?: PlacedVertebra | undefined;
  readonly below?: PlacedVertebra | undefined;
}

/** The pedicle, and the pillar between the articular processes behind it. */
export function pedicleAndPars(m: LevelMorphometry, side: Side): BarShape[] {
  const back = bodyBack(m);
  const [x, , z] = pedicleCentre(m, side);
  const half = (m.heightAnterior + m.heightPosterior) / 4;
  const pillar = side * Math.max(m.canalWidth / 2 + 4, 0.8 * Math.abs(x));
  return [
    {
      ...{ from: [x - side * 1.5, back - 5, z], to: [x + side, back + 9, z], across: [1, 0, 0] },
      halfAcross: [m.pedicleWidth / 2 + 0.8, m.pedicleWidth / 2],
      halfOther: [m.pedicleHeight / 2 + 1, m.pedicleHeight / 2],
    },
    {
      ...{ from: [x + side, back + 10, z + 1], to: [pillar, back + m.canalDepth + 1, -0.55 * half] },
      ...{ across: [1, 0, 0], halfAcross: [6.6, 6], halfOther: [5, 4.5] },
    },
  ];
}

/** Half of the roof of the canal, sloping back to the midline. */
export function lamina(m: LevelMorphometry, side: Side): BarShape {
  const back = bodyBack(m) + m.canalDepth;
  const half = (m.heightAnterior + m.heightPosterior) / 4;
  const height = 0.4 * m.spinousHeight;
  return {
    from: [side * (m.canalWidth / 2 + 2), back - 5, -0.2 * half],
    to: [0, back + 5, -0.4 * half],
    ...{ across: [0, 0.25, 1], halfAcross: [height + 1, height - 1], halfOther: [3.7, 3.5] },
  };
}

/** A tapering blade to the side; short in the chest, stout at L5, grown downwards where it is fused. */
export function transverseProcess(m: LevelMorphometry, side: Side): BarShape[] {
  const back = bodyBack(m);
  const [x, , z] = pedicleCentre(m, side);
  const tip = m.transverseSpan / 2;
  const stout = m.name === "L5" ? 1.6 : 1;
  if (m.name.startsWith("T")) {
    return [
      {
        ...{ from: [x, back + 10, z], to: [side * (tip - 4), back + 17, z + 2], across: [0, 0, 1] },
        ...{ halfAcross: [6, 5], halfOther: [5, 4.5] },
      },
    ];
  }
  const low = m.name === "L4" || m.name === "L5";
  const lift = low ? 6 : 2;
  const fused = m.fusedWings === true;
  const end: Vec3 = [side * (tip - 4), back + (m.name === "L5" ? 6 : 12), fused ? z - 14 : z + lift];
  const bend: Vec3 = [side * (0.55 * Math.abs(x) + 0.45 * tip), back + 9, z + (fused ? -4 : 0.3 * lift)];
  const blade = fused ? 2.6 : stout;
  return [
    {
      ...{ from: [x, back + 7, z], to: bend, across: [0, 0, 1] },
      ...{ halfAcross: [6.2 * stout, 4.4 * blade], halfOther: [4 * stout, 2.7 * stout] },
    },
    {
      ...{ from: bend, to: end, across: [0, 0, 1], tongue: true },
      ...{ halfAcross: [4.4 * blade, 3.6 * blade], halfOther: [2.7 * stout, 2 * stout] },
    },
  ];
}

/** Superior process (joint with the vertebra above) and inferior process (joint with the one below). */
export function articularProcesses(
  vertebra: PlacedVertebra,
  { above, below }: VertebraNeighbours,
  side: Side,
): BarShape[] {
  const m = vertebra.morphometry;
  const back = bodyBack(m);
  const half = (m.heightAnterior + m.heightPosterior) / 4;
  const [x, , z] = pedicleCentre(m, side);
  const shapes: BarShape[] = [];
  if (above) {
    const { centre, normal } = facetJoint(above.morphometry, m, side);
    const base = add(centre, scale(normal, 4.6));
    shapes.push({
      ...{ from: [x + side, back + 11, z + 3], to: add(base, [0, 0, 4.5]), across: normal },
      ...{ halfAcross: [5, 3.6], halfOther: [7.4, 6.8] },
    });
  }
  if (below) {
    const joint = facetJoint(m, below.morphometry, side);
    const here = compose(invertAffine(vertebra.worldFromVertebra), below.worldFromVertebra);
    const normal = rotate(here, joint.normal);
    const centre = add(transformPoint(here, joint.centre), scale(normal, -4.4));
    const start: Vec3 = [side * (m.canalWidth / 2 + 3.5), back + m.canalDepth + 2, -0.5 * half];
    shapes.push({
      ...{ from: start, to: add(centre, [0, 0, -4.5]), across: normal },
      ...{ halfAcross: [4.8, 3.5], halfOther: [7, 6.6] },
    });
  }
  return shapes;
}

function rotate(m: Mat4, v: Vec3): Vec3 {
  const [x, y, z] = transformPoint(m, v);
  return [x - m[3]!, y - m[7]!, z - m[11]!];
}

/** A hatchet: thin blade, thicker along its back edge. */
export function spinousProcess(m: LevelMorphometry): BarShape[] {
  const back = bodyBack(m) + m.canalDepth;
  const half = (m.heightAnterior + m.heightPosterior) / 4;
  const thoracic = m.name.startsWith("T");
  const drop = spinousDrop(m);
  const z = -0.42 * half;
  const tip = back + m.spinousLength;
  const h = m.spinousHeight / 2;
  return [
    {
      ...{ from: [0, back + 4, z], to: [0, tip - 0.55 * h, z - drop], across: [0, 0.3, 1] },
      ...{ halfAcross: [0.72 * h, thoracic ? 0.6 * h : 0.82 * h], halfOther: [4.4, 3.3] },
    },
    {
      ...{ from: [0, tip - 4.5, z - drop + 0.2 * h], to: [0, tip - 6, z - drop - 0.5 * h] },
      ...{ across: [1, 0, 0], halfAcross: [3.6, 4.6], halfOther: [4, 4.2] },
    },
  ];
}

/** Middle of the spinous process near its tip, in the frame of the vertebra. */
export function spinousTip(m: LevelMorphometry): Vec3 {
  const half = (m.heightAnterior + m.heightPosterior) / 4;
  return [0, bodyBack(m) + m.canalDepth + m.spinousLength - 4.5, -0.42 * half - spinousDrop(m)];
}

/** How far the tip of the spinous process hangs below its root, mm. */
function spinousDrop(m: LevelMorphometry): number {
  return (m.name.startsWith("T") ? 0.6 : 0.2) * m.spinousLength;
}
