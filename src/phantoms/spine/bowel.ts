import { identity4 } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Random } from "../../random.ts";
import { tube } from "./bar.ts";
import { type Canvas, paintSolid } from "./canvas.ts";
import { type Solid, ellipsoid, intersectionOf, unionOf } from "./solid.ts";
import { type Texture, createTexture } from "./texture.ts";
import { cavityOf } from "./organs.ts";
import { type Trunk, tissueHu } from "./trunk.ts";

/** A pocket of bowel gas, for the description of a phantom. World mm. */
export interface GasPocket {
  readonly centreMm: Vec3;
  readonly radiusMm: number;
}

/** Colon (with stool and gas), stomach and small-bowel loops; returns where gas ended up. */
export function paintBowel(
  canvas: Canvas,
  trunk: Trunk,
  patient: { gas: number; scale: number },
  random: Random,
): GasPocket[] {
  const s = patient.scale;
  const cavity = cavityOf(trunk, 19);
  const stool = createTexture(random.integer(2 ** 31), 5);
  const y = trunk.centreY;
  const depth = trunk.halfDepth(0);
  const wide = trunk.halfWidth(0) - 44 * s;
  const [top, low] = [trunk.domeZ - 120 * s, trunk.crestZ - 30 * s];
  const wobble = (p: Vec3): Vec3 => [
    p[0] + random.normal(0, 7),
    p[1] + random.normal(0, 7),
    p[2] + random.normal(0, 7),
  ];
  const sag = random.uniform(10, 60) * s;
  const colon: Vec3[] = [
    [-wide, y - 20, low],
    [-wide - 4, y - 5, (top + low) / 2],
    [-wide + 8, y - 30, top],
    [-0.45 * wide, y - 0.66 * depth, top - 0.6 * sag],
    [0, y - 0.72 * depth, top - sag],
    [0.5 * wide, y - 0.6 * depth, top - 0.4 * sag],
    [wide - 6, y - 8, top + 25 * s],
    [wide + 4, y + 8, (top + low) / 2],
    [wide, y - 4, low],
    [0.5 * wide, y - 18, low - 40 * s],
    [0.1 * wide, y + 10, low - 70 * s],
  ].map((p) => wobble(p as unknown as Vec3));
  const radii = colon.map(() => random.uniform(17, 25) * s);
  for (const loop of tube(colon, radii)) {
    paintSolid(canvas, identity4, intersectionOf(loop, cavity), tissueHu.bowelWall, { softMm: 2 });
  }
  const inner = radii.map((r) => r - 4);
  const content = (x: number, py: number, z: number): number => {
    const t = stool(x, py, z);
    return t > 0.25 ? -350 * t : 20 + 40 * t;
  };
  for (const loop of tube(colon, inner)) {
    paintSolid(canvas, identity4, intersectionOf(loop, cavity), content, { softMm: 2 });
  }
  const places = [...colon, ...loops(trunk, s, random)];
  const pockets = gasPockets(places, patient.gas, random);
  const lobes = createTexture(random.integer(2 ** 31), 13);
  for (const pocket of pockets) paintGas(canvas, pocket, cavity, lobes, random);
  return pockets;
}

/** Two to four overlapping lobes with an uneven surface inside a thin wall. */
function paintGas(canvas: Canvas, pocket: GasPocket, cavity: Solid, lobes: Texture, random: Random): void {
  const r = pocket.radiusMm;
  const heading = random.uniform(0, 2 * Math.PI);
  const beads = Array.from({ length: 2 + random.integer(3) }, (_, n) => {
    const along = (n - 1) * r * random.uniform(0.7, 1);
    const centre: Vec3 = [
      pocket.centreMm[0] + along * Math.cos(heading),
      pocket.centreMm[1] + random.normal(0, 0.15 * r),
      pocket.centreMm[2] + along * Math.sin(heading),
    ];
    return ellipsoid(centre, [r * random.uniform(0.7, 1.1), 0.72 * r, r * random.uniform(0.7, 1.1)]);
  });
  const lumen = unionOf(beads);
  const uneven = (marginMm: number): Solid => ({
    box: {
      min: [lumen.box.min[0] - 6, lumen.box.min[1] - 6, lumen.box.min[2] - 6],
      max: [lumen.box.max[0] + 6, lumen.box.max[1] + 6, lumen.box.max[2] + 6],
    },
    distance: (x, y, z) =>
      Math.max(lumen.distance(x, y, z) + 0.28 * r * lobes(x, y, z) - marginMm, cavity.distance(x, y, z)),
  });
  paintSolid(canvas, identity4, uneven(3), tissueHu.bowelWall);
  paintSolid(canvas, identity4, uneven(0), tissueHu.gas);
}

/** Middles of small-bowel loops and of the stomach (left, under the diaphragm). */
function loops(trunk: Trunk, s: number, random: Random): Vec3[] {
  const y = trunk.centreY - 0.45 * trunk.halfDepth(0);
  const stomach: Vec3 = [60 * s, y, trunk.domeZ - 75 * s];
  const small = Array.from({ length: 8 }, (): Vec3 => [
    random.uniform(-75, 75) * s,
    y + random.uniform(-20, 22) * s,
    random.uniform(trunk.crestZ - 50, trunk.domeZ - 130),
  ]);
  return [stomach, ...small];
}

/** Gas collects in some of the places, more and larger the more there is. */
function gasPockets(places: readonly Vec3[], gas: number, random: Random): GasPocket[] {
  return places.flatMap((centreMm) => {
    const [present, size, up] = [random.next(), random.uniform(7, 19), random.uniform(0, 6)];
    if (present > 0.15 + 0.65 * gas || gas <= 0) return [];
    const lifted: Vec3 = [centreMm[0], centreMm[1] - up, centreMm[2]];
    return [{ centreMm: lifted, radiusMm: size * (0.5 + 0.5 * gas) }];
  });
}
