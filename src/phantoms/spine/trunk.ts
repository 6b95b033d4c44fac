import type { Random } from "../../random.ts";
import { type Canvas, coverage, voxelWidthMm } from "./canvas.ts";
import { smoothStep } from "./solid.ts";
import { createTexture } from "./texture.ts";
import type { SpineVariation } from "./variation.ts";

/** HU of soft tissues at 120 kVp. */
export const tissueHu = {
  air: -1000,
  gas: -980,
  lung: -830,
  fat: -103,
  water: 5,
  skin: 30,
  cord: 32,
  kidney: 36,
  bowelWall: 38,
  blood: 44,
  spleen: 50,
  muscle: 56,
  liver: 60,
  disc: 85,
} as const;

/** The outline of the body: half axes in mm by height, and where its middle is. World LPS mm. */
export interface Trunk {
  /** Half width and half depth of the outline under the fat at height z. */
  halfWidth(z: number): number;
  /** Towards the front, and towards the back, from `centreY`. */
  halfDepth(z: number): number;
  halfBack(z: number): number;
  readonly centreY: number;
  readonly fatMm: number;
  /** World heights of the iliac crest and of the diaphragm's dome, for what depends on them. */
  readonly crestZ: number;
  readonly domeZ: number;
}

/** The trunk of one patient; the heights and the back (behind the spinous processes) come from the skeleton. */
export function createTrunk(
  variation: SpineVariation,
  skeleton: { crestZ: number; domeZ: number; backY: (z: number) => number },
): Trunk {
  const s = variation.skeletonScale;
  const girth = variation.girthFactor;
  const { crestZ, domeZ, backY } = skeleton;
  const centreY = backY(0) - s * girth * 102;
  return {
    halfWidth: (z) => {
      const hips = Math.max(10 * girth, 160 - 141 * girth) * smoothStep(crestZ + 40, crestZ - 90 * s, z);
      const chest = 5 * girth * smoothStep(crestZ + 40, domeZ, z);
      return s * (141 * girth + hips + chest);
    },
    halfDepth: (z) => s * girth * (102 - 6 * smoothStep(crestZ, crestZ - 80, z)),
    halfBack: (z) => backY(z) - centreY,
    centreY,
    fatMm: variation.fatMm,
    ...{ crestZ, domeZ },
  };
}

/** Half axes of an outline: to the side, to the front and to the back, mm. */
export type HalfAxes = readonly [number, number, number];

/** Kidney-like norm of an outline: 1 on the outline, elliptical in front, flatter behind
 * with a furrow along the spine. */
export function outlineNorm(x: number, y: number, axes: HalfAxes): number {
  const qx = x / axes[0];
  if (y < 0) {
    const qy = y / axes[1];
    return Math.sqrt(qx * qx + qy * qy);
  }
  const furrow = 6 / (1 + (x * x) / 300);
  const qy = (y + furrow) / axes[2];
  return Math.cbrt(qx * qx * Math.abs(qx) + qy * qy * qy);
}

/** Skin, fat, muscular wall and what lies between the organs, for every voxel of the canvas. */
export function paintTrunk(canvas: Canvas, trunk: Trunk, random: Random): void {
  const { grid, hu } = canvas;
  const [nx, ny, nz] = grid.size;
  const w = voxelWidthMm(grid);
  const coarse = createTexture(random.integer(2 ** 31), 24);
  const fine = createTexture(random.integer(2 ** 31), 7);
  const fat = trunk.fatMm;
  for (let k = 0; k < nz; k++) {
    const z = grid.originMm[2] + k * grid.spacingMm[2];
    const a = trunk.halfWidth(z);
    const axes: HalfAxes = [a, trunk.halfDepth(z), trunk.halfBack(z)];
    const skin: HalfAxes = [a + fat, axes[1] + 0.85 * fat, axes[2] + 0.85 * fat];
    const hip = smoothStep(trunk.crestZ + 10, trunk.crestZ - 70, z);
    const wall = 15 + 26 * hip;
    for (let j = 0; j < ny; j++) {
      const y = grid.originMm[1] + j * grid.spacingMm[1] - trunk.centreY;
      const row = nx * (j + ny * k);
      for (let i = 0; i < nx; i++) {
        const x = grid.originMm[0] + i * grid.spacingMm[0];
        const r = Math.sqrt(x * x + y * y);
        const outer = outlineNorm(x, y, skin);
        const skinDepth = (r * (1 - outer)) / Math.max(outer, 0.1);
        const inside = coverage(-skinDepth, w);
        if (inside === 0) continue;
        let value: number = tissueHu.fat + 10 * fine(x, y, z);
        const deep = coverage(2 - skinDepth, w);
        if (deep < 1) value += (1 - deep) * (tissueHu.skin - value);
        const inner = outlineNorm(x, y, axes);
        const wallDepth = (r * (1 - inner)) / Math.max(inner, 0.1);
        if (wallDepth > -w) {
          const thickness = y > 0 ? wall : wall * (0.45 + (0.55 * Math.abs(x)) / a);
          const muscle = coverage(-wallDepth, w) - coverage(thickness - wallDepth, w);
          const cavity = coverage(thickness - wallDepth, w);
          const lumps = coarse(x, y, z) + 0.35 * fine(x, y, z);
          const behind = 1.3 * smoothStep(5, 60, y);
          const bowel = smoothStep(behind - 0.12, behind + 0.1, lumps);
          const content = tissueHu.fat + (tissueHu.bowelWall - tissueHu.fat) * bowel;
          value += muscle * (tissueHu.muscle + 8 * fine(x, y, z) - value) + cavity * (content - value);
        }
        hu[row + i] = tissueHu.air + inside * (value - tissueHu.air);
      }
    }
  }
}
