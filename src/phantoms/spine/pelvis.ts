import { expSo3 } from "../../geometry/so3.ts";
import { type Mat4, compose, fromLinearTranslation } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { type BarShape, bar } from "./bar.ts";
import type { BonePart } from "./boneField.ts";
import { type Solid, ellipsoid, smoothMin, smoothStep } from "./solid.ts";
import type { BoneQuality } from "./vertebra.ts";
import type { Side } from "./vertebralArch.ts";

/** Inclination of S1 in an average supine adult, degrees; the pelvis frame is upright there. */
const referenceSlopeDeg = 38;

/** Pelvis frame: origin in the S1 body, upright when the sacral slope is average; follows the sacrum. */
export function pelvisFrame(worldFromS1: Mat4): Mat4 {
  const upright = expSo3([(-referenceSlopeDeg * Math.PI) / 180, 0, 0]);
  return compose(worldFromS1, fromLinearTranslation(upright, [0, 0, 0]));
}

/** Centre of the hip joint in the pelvis frame for an average adult, left side; mm. */
export const hipCentre: Vec3 = [89, -44, -80];

/** Hip bones and upper femurs; `side` decides the mirror image. */
export function hipParts(worldFromPelvis: Mat4, side: Side, quality: BoneQuality, size: number): BonePart[] {
  const { at, part } = builder(worldFromPelvis, side, quality, size);
  const centre = at(hipCentre);
  const ilium: BonePart = {
    solid: iliumPlate(size),
    worldFromLocal: compose(worldFromPelvis, iliumFrame(side, size)),
    ...{ cortexMm: 1.3 * quality.cortexFactor, coreHu: 0.6 * quality.trabecularHu + 40, blendMm: 6 },
  };
  const socket = part(ellipsoid(at([84, -41, -73]), [32 * size, 32 * size, 31 * size]), 1.6, 8);
  const rami = [
    ramus(at([70, -58, -86]), at([14, -70, -112]), [9, 10], [8, 7]),
    ramus(at([82, -30, -100]), at([64, 0, -130]), [16, 13], [13, 14]),
    ramus(at([62, -4, -136]), at([14, -62, -124]), [9, 7], [5, 5]),
  ].map((shape) => part(bar(scaled(shape, size)), 1.5, 6));
  const symphysis = part(
    bar(scaled(ramus(at([9, -68, -104]), at([9, -62, -130]), [9, 8], [6, 6]), size)),
    1.3,
    5,
  );
  const cuts = [
    ellipsoid(centre, [27 * size, 27 * size, 27 * size]),
    bar(scaled(ramus(centre, at([140, -52, -110]), [27, 34], [27, 34]), size)),
  ].map((solid): BonePart => ({ ...part(solid, 0, 1.5), cut: true }));
  return [ilium, socket, ...rami, symphysis, ...cuts];
}

/** Head, neck, trochanters and shaft of one femur. */
export function femurParts(
  worldFromPelvis: Mat4,
  side: Side,
  quality: BoneQuality,
  size: number,
): BonePart[] {
  const { at, part } = builder(worldFromPelvis, side, quality, size);
  const head = ellipsoid(at(hipCentre), [24 * size, 24 * size, 24 * size]);
  const neck = ramus(at([95, -42, -84]), at([128, -26, -104]), [14, 17], [13, 16]);
  const trochanter = ramus(at([137, -18, -92]), at([134, -22, -118]), [13, 15], [15, 15]);
  const shaft = ramus(at([130, -24, -116]), at([126, -28, -260]), [17, 14], [17, 14]);
  return [
    part(head, 1, 3),
    part(bar(scaled(neck, size)), 2, 8),
    part(bar(scaled(trochanter, size)), 1.2, 8),
    { ...part(bar(scaled(shaft, size)), 5, 8), coreHu: 10 },
  ];
}

interface Builder {
  /** A point of the left side, mirrored for the right, scaled to the patient. */
  at(p: Vec3): Vec3;
  part(solid: Solid, cortexMm: number, blendMm: number): BonePart;
}

function builder(worldFromPelvis: Mat4, side: Side, quality: BoneQuality, size: number): Builder {
  return {
    at: (p) => [side * p[0] * size, p[1] * size, p[2] * size],
    part: (solid, cortexMm, blendMm) => ({
      ...{ solid, worldFromLocal: worldFromPelvis, blendMm },
      cortexMm: cortexMm * quality.cortexFactor,
      coreHu: 0.9 * quality.trabecularHu + 40,
    }),
  };
}

function ramus(from: Vec3, to: Vec3, across: [number, number], other: [number, number]): BarShape {
  return { from, to, across: [0, 0, 1], halfAcross: across, halfOther: other };
}

/** Scales the widths of a bar whose end points are already scaled. */
function scaled(shape: BarShape, size: number): BarShape {
  const times = (p: readonly [number, number]): [number, number] => [p[0] * size, p[1] * size];
  return { ...shape, halfAcross: times(shape.halfAcross), halfOther: times(shape.halfOther) };
}

/**
 * Iliac wing frame: u horizontally from the posterior to the anterior spine, v up, w outwards. It
 * is a mirror image on one side, so the frame is orthonormal but not always right-handed.
 */
function iliumFrame(side: Side, size: number): Mat4 {
  const [c, s] = [0.62, 0.7846];
  return fromLinearTranslation([side * c, 0, side * s, -s, 0, c, 0, 1, 0], [side * 70 * size, 12 * size, 0]);
}

/** Distance to a 2D rod between two circles of different radius (first order). */
function taper(u: number, v: number, a: Circle, b: Circle): number {
  const [du, dv] = [b.u - a.u, b.v - a.v];
  const t = Math.min(1, Math.max(0, ((u - a.u) * du + (v - a.v) * dv) / (du * du + dv * dv)));
  return Math.hypot(u - a.u - t * du, v - a.v - t * dv) - (a.r + t * (b.r - a.r));
}

interface Circle {
  readonly u: number;
  readonly v: number;
  readonly r: number;
}

/**
 * The wing: a fan-shaped sheet, upright at the sacroiliac joint and flared above it and in front,
 * thin in the fossa, thick along the crest, at the joint and at the socket.
 */
function iliumPlate(size: number): Solid {
  const fossa: Circle = { u: 16, v: -11, r: 61 };
  const neck: Circle = { u: 52, v: -80, r: 22 };
  const back: Circle = { u: -26, v: -8, r: 36 };
  const spine: Circle = { u: -52, v: -14, r: 16 };
  const inverse = 1 / size;
  return {
    box: {
      min: [-72 * size, -104 * size, -62 * size],
      max: [80 * size, 54 * size, 38 * size],
    },
    distance(x, y, z) {
      const [u, v, w] = [x * inverse, y * inverse, z * inverse];
      const outline = smoothMin(taper(u, v, fossa, neck), taper(u, v, back, spine), 12);
      const front = smoothStep(-20, 45, u);
      const flare = v > 0 ? 0.5 * v : 0.5 * v * front;
      const rear = Math.max(0, -28 - u);
      const across = w - (flare + 0.009 * rear * rear - 0.0012 * Math.max(0, u) ** 2);
      const crest = v > -60 ? 3 * smoothStep(-16, -3, outline) : 0;
      const joint = 6 * Math.exp(-((u + 34) ** 2 + (v + 16) ** 2) / 800);
      const socket = 7 * Math.exp(-((u - 54) ** 2 + (v + 80) ** 2) / 500);
      const slab = 0.92 * Math.abs(across) - (2.7 + crest + joint + socket);
      if (outline < -5 || slab > 20) return Math.max(outline, slab) * size;
      return (Math.hypot(Math.max(0, outline + 3), Math.max(0, slab + 3)) - 3) * size;
    },
  };
}
