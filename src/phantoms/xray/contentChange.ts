import { type Volume, voxelSpacingMm } from "../../image/volume.ts";
import type { Random } from "../../random.ts";
import { addGas, removeGas } from "./bowelGas.ts";
import { chamferDistanceMm } from "./chamferDistance.ts";
import type { ChangingCt } from "./changingCt.ts";
import { deform } from "./tissueWarp.ts";

/** What has moved in the patient between CT and X-ray; bones stay as they are. */
export interface ContentChange {
  /** Share of the gas pockets that are gone, 0..1. */
  readonly removeGas: number;
  /** Smallest and largest number of new gas pockets. */
  readonly addGas: readonly [number, number];
  /** Root-mean-square displacement of soft tissue far from bone, mm. */
  readonly deformMm: number;
  /** Nothing changes nearer to bone than this, mm. */
  readonly clearMm: number;
}

const boneHu = 180;

/**
 * A copy of the CT in which soft tissue is smoothly displaced, some bowel gas has gone and new gas
 * has come. Bone (HU > 180, or `labels` > 0) and everything within `clearMm` of it keep their values
 * exactly, so the pose of the skeleton stays the truth.
 */
export function changeContent(ct: Volume, change: ContentChange, random: Random, labels?: Volume): Volume {
  const hu = new Float32Array(ct.data);
  const spacing = voxelSpacingMm(ct);
  const fixed = new Uint8Array(hu.length);
  for (let n = 0; n < hu.length; n++) fixed[n] = hu[n]! > boneHu || Number(labels?.data[n] ?? 0) > 0 ? 1 : 0;
  const fromBone = chamferDistanceMm(fixed, ct.size, spacing);
  const image: ChangingCt = { hu, size: ct.size, spacing, fromBone };
  removeGas(image, change.removeGas, random.fork("remove gas"));
  if (change.deformMm > 0) image.hu = deform(image, change.deformMm, change.clearMm, random.fork("deform"));
  addGas(image, change.addGas, change.clearMm, random.fork("add gas"));
  for (let n = 0; n < hu.length; n++) {
    if (fromBone[n]! < change.clearMm) image.hu[n] = Number(ct.data[n]);
  }
  return { ...ct, data: image.hu };
}
