import { badInput } from "../errors.ts";
import { grownBox, occupiedBox } from "./boundingBox.ts";
import { distanceToMask } from "./distanceTransform.ts";
import type { Size3 } from "./grid.ts";
import { cropVolume } from "./resample.ts";
import { type Volume, voxelSpacingMm } from "./volume.ts";

/** Rounding slack, relative: a voxel exactly at the radius counts as within it. */
const slack = 1 + 1e-5;

/** Binary mask (Uint8) of all voxels whose centre lies within `radiusMm` of a non-zero voxel's. */
export function dilateMask(mask: Volume, radiusMm: number): Volume {
  requireRadius(radiusMm);
  const data = new Uint8Array(mask.data.length);
  const box = occupiedBox(mask);
  if (!box) return { ...mask, data, quantity: "label" };
  const reach = voxelSpacingMm(mask).map((s) => Math.ceil(radiusMm / s) + 1) as unknown as Size3;
  const { start, size } = grownBox(box, reach, mask.size);
  const distance = distanceToMask(cropVolume(mask, start, size));
  const [nx, ny] = mask.size;
  let p = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      const row = start[0] + nx * (start[1] + j + ny * (start[2] + k));
      for (let i = 0; i < size[0]; i++, p++) if (distance[p]! <= radiusMm * slack) data[row + i] = 1;
    }
  }
  return { ...mask, data, quantity: "label" };
}

/**
 * Binary mask of all voxels further than `radiusMm` from every zero voxel. What lies beyond the volume counts
 * as inside, so that a mask cut off by the border is not eroded from there.
 */
export function erodeMask(mask: Volume, radiusMm: number): Volume {
  requireRadius(radiusMm);
  const distance = distanceToMask({ ...mask, data: Uint8Array.from(mask.data, (value) => (value ? 0 : 1)) });
  const data = Uint8Array.from(distance, (d) => (d > radiusMm * slack ? 1 : 0));
  return { ...mask, data, quantity: "label" };
}

/** Erosion, then dilation: removes what is thinner than the radius. */
export function openMask(mask: Volume, radiusMm: number): Volume {
  return dilateMask(erodeMask(mask, radiusMm), radiusMm);
}

/** Dilation, then erosion: closes gaps narrower than the radius. */
export function closeMask(mask: Volume, radiusMm: number): Volume {
  return erodeMask(dilateMask(mask, radiusMm), radiusMm);
}

function requireRadius(radiusMm: number): void {
  if (!(Number.isFinite(radiusMm) && radiusMm >= 0)) {
    throw badInput({ what: "Radius of a mask operation", got: String(radiusMm), expected: "0 or more mm" });
  }
}
