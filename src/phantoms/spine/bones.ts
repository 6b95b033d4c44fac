import { invertRigid } from "../../geometry/se3.ts";
import type { Random } from "../../random.ts";
import { type BonePaint, paintBone } from "./boneField.ts";
import type { Canvas } from "./canvas.ts";
import { sacrumLabel } from "./morphometry.ts";
import { femurParts, hipParts } from "./pelvis.ts";
import { type RibCage, ribParts } from "./ribs.ts";
import { sacrumParts } from "./sacrum.ts";
import { type Skeleton, vertebraOf } from "./skeleton.ts";
import { createTexture } from "./texture.ts";
import type { Trunk } from "./trunk.ts";
import { vertebraParts } from "./vertebra.ts";
import { sides } from "./vertebralArch.ts";

/** HU of compact bone. */
const cortexHu = 1350;

/** Ribs, pelvis, femurs, sacrum and vertebrae, each as one bone; vertebrae and sacrum are labelled. */
export function paintBones(canvas: Canvas, skeleton: Skeleton, trunk: Trunk, random: Random): void {
  const { quality, variation, worldFromPelvis, vertebrae } = skeleton;
  const s = variation.skeletonScale;
  const coarse = createTexture(random.integer(2 ** 31), 6);
  const fine = createTexture(random.integer(2 ** 31), 2.5);
  const contrast = 30 + 0.2 * quality.trabecularHu;
  const patches = createTexture(random.integer(2 ** 31), 8);
  const cortexRatio = (x: number, y: number, z: number): number => 1 + 0.45 * patches(x, y, z);
  const texture = (x: number, y: number, z: number): number =>
    contrast * (coarse(x, y, z) + 0.8 * fine(x, y, z));
  const plain: BonePaint = { cortexHu, cortexRatio, label: 0, texture };
  const length = random.uniform(0.75, 1.12);
  for (const vertebra of vertebrae) {
    const z = vertebra.worldFromVertebra[11]!;
    const cage: RibCage = {
      halfWidth: trunk.halfWidth(z) - 9,
      halfDepth: trunk.halfDepth(z) - 12,
      centreY: trunk.centreY,
    };
    const own = vertebra.morphometry.name === "T12" ? length : 1;
    for (const side of sides) paintBone(canvas, ribParts(vertebra, side, cage, quality, own), plain);
  }
  for (const side of sides) {
    paintBone(canvas, femurParts(worldFromPelvis, side, quality, s), plain);
    paintBone(canvas, hipParts(worldFromPelvis, side, quality, s), plain);
  }
  paintSacrum(canvas, skeleton, plain);
  const columns = vertebrae.slice(0, -1);
  columns.forEach((vertebra, i) => {
    const neighbours = { above: vertebrae[i - 1], below: vertebrae[i + 1] };
    const parts = vertebraParts(vertebra, neighbours, quality);
    paintBone(canvas, parts, { ...plain, label: vertebra.morphometry.label });
  });
}

function paintSacrum(canvas: Canvas, skeleton: Skeleton, paint: BonePaint): void {
  const s1 = vertebraOf(skeleton, "S1");
  const l5 = vertebraOf(skeleton, "L5");
  const m = invertRigid(s1.worldFromVertebra);
  const half = (s1.morphometry.heightAnterior + s1.morphometry.heightPosterior) / 4;
  const label = (x: number, y: number, z: number): number =>
    m[8]! * x + m[9]! * y + m[10]! * z + m[11]! > -half - 2 ? s1.morphometry.label : sacrumLabel;
  const parts = sacrumParts(s1, l5.morphometry, skeleton.quality, skeleton.variation);
  paintBone(canvas, parts, { ...paint, label });
}
