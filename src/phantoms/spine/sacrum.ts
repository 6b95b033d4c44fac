import type { Vec3 } from "../../geometry/vec3.ts";
import { add, scale } from "../../geometry/vec3.ts";
import { type BarShape, bar } from "./bar.ts";
import type { BonePart } from "./boneField.ts";
import { type Solid, ellipsoid } from "./solid.ts";
import type { LevelMorphometry } from "./morphometry.ts";
import type { PlacedVertebra } from "./spineCurve.ts";
import type { SpineVariation } from "./variation.ts";
import type { BoneQuality } from "./vertebra.ts";
import { type Side, bodyBack, facetJoint, sides } from "./vertebralArch.ts";
import { type BodyShape, bodyCortex, vertebralBody } from "./vertebralBody.ts";

/** Centres of S2 .. S5 and of the coccyx in the frame of S1 (mm, average adult). */
const segments: readonly { at: Vec3; halfWidth: number; halfDepth: number }[] = [
  { at: [0, 0, -6], halfWidth: 19, halfDepth: 11 },
  { at: [0, 1, -28], halfWidth: 16, halfDepth: 9 },
  { at: [0, -3, -50], halfWidth: 13, halfDepth: 7 },
  { at: [0, -10, -68], halfWidth: 11, halfDepth: 5.5 },
  { at: [0, -22, -84], halfWidth: 9, halfDepth: 4.5 },
  { at: [0, -35, -97], halfWidth: 6, halfDepth: 4 },
  { at: [0, -45, -105], halfWidth: 3.5, halfDepth: 3 },
];

/** The wing at S1, S2 and S3: from the body to the sacroiliac joint. */
const wings: readonly { from: Vec3; to: Vec3; halfUp: [number, number]; halfDepth: [number, number] }[] = [
  { from: [14, 1, 0], to: [45.5, 12, -13], halfUp: [14, 18], halfDepth: [13, 12] },
  { from: [12, 4, -26], to: [42.5, 14, -34], halfUp: [12, 13], halfDepth: [11, 9] },
  { from: [10, 0, -48], to: [34, 8, -52], halfUp: [11, 9], halfDepth: [8, 7] },
  { from: [8, -8, -66], to: [20, -3, -66], halfUp: [9, 7], halfDepth: [6, 5] },
];

/** The sacrum and coccyx as one bone, in painting order; the S1 frame comes from `s1`. */
export function sacrumParts(
  s1: PlacedVertebra,
  above: LevelMorphometry,
  quality: BoneQuality,
  variation: SpineVariation,
): BonePart[] {
  const size = variation.skeletonScale;
  const { morphometry: m, worldFromVertebra } = s1;
  const at = (p: Vec3, side: Side = 1): Vec3 => [side * p[0] * size, p[1] * size, p[2] * size];
  const pair = (p: readonly [number, number]): [number, number] => [p[0] * size, p[1] * size];
  const part = (shape: BarShape, cortexMm = 1, blendMm = 6): BonePart => ({
    solid: bar(shape),
    worldFromLocal: worldFromVertebra,
    cortexMm: cortexMm * quality.cortexFactor,
    coreHu: 0.75 * quality.trabecularHu + 15,
    blendMm,
  });
  const bodies = segments.slice(1).map((segment, i) => {
    const upper = segments[i]!;
    return part({
      ...{ from: at(upper.at), to: at(segment.at), across: [1, 0, 0] },
      halfAcross: pair([upper.halfWidth, segment.halfWidth]),
      halfOther: pair([upper.halfDepth, segment.halfDepth]),
    });
  });
  const lateral = sides.flatMap((side) => [
    ...wings.map((wing) =>
      part({
        ...{ from: at(wing.from, side), to: at(wing.to, side), across: [0, 0, 1] },
        ...{ halfAcross: pair(wing.halfUp), halfOther: pair(wing.halfDepth) },
      }),
    ),
    part(superiorProcess(m, above, side), 1.8, 3),
    part({
      ...{ from: at([21, 22, -4], side), to: at([12, 12, -62], side), across: [1, 0, 0] },
      ...{ halfAcross: pair([5, 4]), halfOther: pair([4, 3]) },
    }),
    part({
      ...{ from: at([17, 26, -10], side), to: at([0, 32, -14], side), across: [0, 0, 1] },
      ...{ halfAcross: pair([10, 9]), halfOther: pair([3, 3]) },
    }),
  ]);
  const crest = part({
    ...{ from: at([0, 33, -12]), to: at([0, 16, -60]), across: [1, 0, 0] },
    ...{ halfAcross: pair([4, 3]), halfOther: pair([6, 4]) },
  });
  const shape = s1BodyShape(m);
  const body: BonePart = {
    solid: vertebralBody(shape),
    worldFromLocal: worldFromVertebra,
    cortexMm: bodyCortex(shape, 0.4 * quality.cortexFactor, 0.7 * quality.cortexFactor),
    coreHu: 0.85 * quality.trabecularHu + 15,
    blendMm: 5,
  };
  return [body, ...bodies, ...lateral, crest, ...cuts(s1, at, pair, variation.transition)];
}

export function s1BodyShape(m: LevelMorphometry): BodyShape {
  return {
    ...{ heightAnterior: m.heightAnterior, heightPosterior: m.heightPosterior },
    ...{ widthUpper: m.widthUpper, widthLower: m.widthLower },
    ...{ depthUpper: m.depthUpper, depthLower: m.depthLower },
    ...{ waist: 0.03, concavity: 1.5, dent: 2, lip: 0 },
  };
}

function superiorProcess(m: LevelMorphometry, above: LevelMorphometry, side: Side): BarShape {
  const { centre, normal } = facetJoint(above, m, side);
  const base = add(centre, scale(normal, 4.6));
  return {
    ...{ from: [side * (m.canalWidth / 2 + 9), bodyBack(m) + 9, 3], to: add(base, [0, 0, 3.5]) },
    ...{ across: normal, halfAcross: [6, 3.2], halfOther: [8, 6.5] },
  };
}

/** The disc between S1 and S2 in the frame of S1: a remnant, or a real disc when S1 is lumbarised. */
export function upperSacralDisc(size: number, transition: SpineVariation["transition"]): Solid {
  const radii: Vec3 = transition === "lumbarised-s1" ? [20, 13, 3.4] : [13, 8, 1.4];
  return ellipsoid([0, size, -17 * size], [radii[0] * size, radii[1] * size, radii[2] * size]);
}

/** Sacral canal, three pairs of foramina and the discs left inside the sacrum. */
function cuts(
  s1: PlacedVertebra,
  at: (p: Vec3, side?: Side) => Vec3,
  pair: (p: readonly [number, number]) => [number, number],
  transition: SpineVariation["transition"],
): BonePart[] {
  const { worldFromVertebra: worldFromLocal, morphometry: m } = s1;
  const cut = { worldFromLocal, cortexMm: 0, coreHu: 0, blendMm: 1.5, cut: true };
  const back = bodyBack(m);
  const middle: Vec3 = at([0, 14, -34]);
  const canal = [
    bar({
      ...{ from: [0, back + 9, 40], to: middle, across: [1, 0, 0] },
      ...{ halfAcross: [m.canalWidth / 2, 9], halfOther: [8, 5] },
    }),
    bar({
      ...{ from: middle, to: at([0, 2, -66]), across: [1, 0, 0] },
      ...{ halfAcross: [9, 5], halfOther: [5, 3] },
    }),
  ];
  const foramina = sides.flatMap((side) =>
    [
      { front: [22, -20, -15] as const, back: [23, 45, -9] as const, radius: [6, 4] as const },
      { front: [19, -20, -42] as const, back: [20, 40, -34] as const, radius: [5, 3.5] as const },
      { front: [16, -25, -64] as const, back: [17, 30, -54] as const, radius: [4, 3] as const },
    ].map(({ front, back, radius }) =>
      bar({
        ...{ from: at(front, side), to: at(back, side), across: [1, 0, 0] },
        ...{ halfAcross: pair(radius), halfOther: pair(radius) },
      }),
    ),
  );
  const discs = [
    upperSacralDisc(at([1, 0, 0])[0], transition),
    ellipsoid(at([0, -1, -39]), at([9, 6, 1])),
    ellipsoid(at([0, -6, -59]), at([7, 4, 0.8])),
  ];
  return [...canal, ...foramina, ...discs].map((solid) => ({ solid, ...cut }));
}
