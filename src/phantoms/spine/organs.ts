import { identity4, transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Random } from "../../random.ts";
import { tube } from "./bar.ts";
import { type Canvas, type Paint, paintSolid } from "./canvas.ts";
import { type Skeleton, atVertebra } from "./skeleton.ts";
import { type Solid, ellipsoid, intersectionOf, smoothStep } from "./solid.ts";
import { createTexture } from "./texture.ts";
import { type Trunk, outlineNorm, tissueHu } from "./trunk.ts";

/** The space inside the muscular wall, as a solid that organs are cut to. */
export function cavityOf(trunk: Trunk, wallMm: number): Solid {
  return {
    box: { min: [-1e3, -1e3, -1e3], max: [1e3, 1e3, 1e3] },
    distance: (x, y, z) => {
      const a = trunk.halfWidth(z) - wallMm;
      const axes = [a, trunk.halfDepth(z) - wallMm, trunk.halfBack(z) - wallMm] as const;
      return (outlineNorm(x, y - trunk.centreY, axes) - 1) * Math.min(a, axes[1], axes[2]);
    },
  };
}

/** Liver, spleen, kidneys, great vessels, bladder and lung bases; the right side is x < 0. */
export function paintOrgans(canvas: Canvas, skeleton: Skeleton, trunk: Trunk, random: Random): void {
  const { variation } = skeleton;
  const s = variation.skeletonScale;
  const cavity = cavityOf(trunk, 16);
  const grain = createTexture(random.integer(2 ** 31), 6);
  const jitter = (sd: number): number => random.normal(0, sd) * s;
  const tissue =
    (hu: number): Paint =>
    (x, y, z) =>
      hu + 6 * grain(x, y, z);
  const near = (name: string, p: Vec3): Vec3 => atVertebra(skeleton, name, [p[0] * s, p[1] * s, p[2] * s]);
  const radii = (p: Vec3): Vec3 => [p[0] * s, p[1] * s, p[2] * s];
  const paint = (solid: Solid, hu: number): void =>
    paintSolid(canvas, identity4, intersectionOf(solid, cavity), tissue(hu), { softMm: 2 });

  const dome = trunk.domeZ;
  paint(
    ellipsoid([-75 * s, trunk.centreY - 10, dome - 70 * s + jitter(6)], radii([82, 95, 92])),
    tissueHu.liver,
  );
  paint(ellipsoid([95 * s, 0, dome - 45 * s + jitter(6)], radii([34, 48, 52])), tissueHu.spleen);
  for (const side of [1, -1] as const) {
    const centre = near(side > 0 ? "L1" : "L2", [side * 66, 8, jitter(8) / s]);
    const kidney = ellipsoid(centre, radii([27, 25, 55]));
    const capsule = ellipsoid(centre, radii([38, 36, 68]));
    paintSolid(canvas, identity4, intersectionOf(capsule, cavity), tissueHu.fat, { softMm: 4 });
    paint(kidney, tissueHu.kidney);
    const sinus = ellipsoid([centre[0] - side * 12 * s, centre[1] - 5 * s, centre[2]], radii([13, 9, 26]));
    paintSolid(canvas, identity4, sinus, tissueHu.fat + 40, { softMm: 6 });
  }
  paintVessels(canvas, skeleton, random.fork("vessels"), near);
  const bladder = transformPoint(skeleton.worldFromPelvis, [0, -45 * s, -95 * s]);
  paint(ellipsoid(bladder, radii([42, 38, 30 + 12 * random.next()])), tissueHu.water);
  paintLungs(canvas, trunk, s);
}

/** Aorta (left of the midline, dividing at L4) and inferior vena cava, with calcified plaques. */
function paintVessels(
  canvas: Canvas,
  skeleton: Skeleton,
  random: Random,
  near: (name: string, p: Vec3) => Vec3,
): void {
  const { calcification, skeletonScale: s } = skeleton.variation;
  const aorta: Vec3[] = [
    near("T9", [14, -22, 0]),
    near("T12", [8, -28, 0]),
    near("L2", [9, -29, 0]),
    near("L4", [4, -30, 4]),
  ];
  const cava: Vec3[] = [near("T10", [-30, -34, 0]), near("L1", [-20, -30, 0]), near("L5", [-14, -30, 0])];
  const radii = (points: readonly Vec3[], r: number): number[] => points.map((_, i) => (r - 0.8 * i) * s);
  const fork = aorta.at(-1)!;
  const iliac = ([1, -1] as const).map((side) => [
    fork,
    near("S1", [side * 26, -30, 8]),
    near("S1", [side * 52, -28, -40]),
  ]);
  const vessels = [
    ...tube(aorta, radii(aorta, 11)),
    ...tube(cava, radii(cava, 11)),
    ...iliac.flatMap((points) => tube(points, [8 * s, 7 * s, 6.5 * s])),
  ];
  for (const solid of vessels) paintSolid(canvas, identity4, solid, tissueHu.blood);
  for (let n = 0; n < Math.round(26 * calcification); n++) {
    const t = random.uniform(0.8, 2.95);
    const i = Math.floor(t);
    const [p, q] = [aorta[i]!, aorta[i + 1]!];
    const angle = random.uniform(0, 2 * Math.PI);
    const along = (a: 0 | 1 | 2): number => p[a] + (t - i) * (q[a] - p[a]);
    const plaque: Vec3 = [
      along(0) + 8.5 * s * Math.cos(angle),
      along(1) + 8.5 * s * Math.sin(angle),
      along(2),
    ];
    paintSolid(
      canvas,
      identity4,
      ellipsoid(plaque, [1.6, 1.6, random.uniform(1.5, 5)]),
      random.uniform(350, 900),
    );
  }
}

/** Lung bases above the diaphragm: a dome, lowest in the recess at the back and the sides. */
function paintLungs(canvas: Canvas, trunk: Trunk, s: number): void {
  const inside = cavityOf(trunk, 13);
  const lung: Solid = {
    box: { min: [-250, -250, trunk.domeZ - 130 * s], max: [250, 250, 1e3] },
    distance(x, y, z) {
      const wall = inside.distance(x, y, z);
      if (wall > 4) return wall;
      const depth = Math.max(0, -wall);
      const recess = 28 + 27 * smoothStep(-40, 40, y - trunk.centreY);
      const height = trunk.domeZ - recess * s * Math.exp(-depth / 18);
      const mediastinum = 34 * s - Math.hypot(x, 0.7 * (y + 6 * s));
      return Math.max(wall, 0.5 * (height - z), mediastinum);
    },
  };
  paintSolid(canvas, identity4, lung, tissueHu.lung, { softMm: 2 });
}
