import type { Mat4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import type { Refined } from "./refine.ts";

/** Below this the runner-up explains the X-ray almost as well. */
export const leastMargin = 0.15;

/** Poses further apart than this (mm) are rivals; one that was still on its way when it was cut off may yet arrive. */
const rivalMm = { settled: 5, unsettled: 20 };
/** Searches that end this close (mm) at low resolution have found the same pose. */
const sameWithinMm = 8;

/** How much better the best pose is than the best one elsewhere, as a share of its value; 1 without a rival. */
export function marginOf(found: readonly Refined[], pivot: Vec3): number {
  const [best, ...others] = found;
  const rival = others.find(({ cameraFromWorld, stop }) => {
    const apart = poseDistanceMm(cameraFromWorld, best!.cameraFromWorld, pivot);
    return apart > rivalMm[stop === "max-iterations" ? "unsettled" : "settled"];
  });
  return rival ? (best!.similarity - rival.similarity) / Math.max(1e-9, best!.similarity) : 1;
}

/** A match that no other pose comes near. */
export function isClear(found: readonly Refined[], pivot: Vec3, above: number): boolean {
  return found[0]!.similarity > above && marginOf(found, pivot) > 0.3;
}

/** Share of the searches that ended at the pose; each began at another candidate. */
export function agreementOf(searched: readonly Refined[], pose: Mat4, pivot: Vec3): number {
  const same = searched.filter((s) => poseDistanceMm(s.cameraFromWorld, pose, pivot) < sameWithinMm);
  return same.length / Math.max(1, searched.length);
}
