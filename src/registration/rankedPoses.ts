import type { Mat4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import type { Refined } from "./refine.ts";

export const bestFirst = (a: Refined, b: Refined): number => b.similarity - a.similarity;

/** Closer poses (mm of target movement) are one and the same. */
const twinMm = 2;

/** Whether none of the others is the same pose. */
export function isNew(pose: Mat4, others: readonly Mat4[], pivot: Vec3): boolean {
  return others.every((other) => poseDistanceMm(other, pose, pivot) > twinMm);
}

/** Poses without near twins, best first. */
export function distinctPoses(refined: readonly Refined[], pivot: Vec3): Mat4[] {
  const kept: Mat4[] = [];
  for (const { cameraFromWorld } of refined) {
    if (isNew(cameraFromWorld, kept, pivot)) kept.push(cameraFromWorld);
  }
  return kept;
}
