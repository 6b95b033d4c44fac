import type { Mat4 } from "../geometry/mat4.ts";
import type { SimilarityFactory } from "../similarity/similarity.ts";
import type { LevelName, Levels } from "./levels.ts";
import type { PreparedCt } from "./preparedCt.ts";

/** How a pose agrees with the X-ray by bone, and by the whole volume where that holds more than bone. */
export interface JointAgreement {
  readonly bone: number;
  readonly whole?: number;
  /** Mean of what is there. */
  readonly joint: number;
}

/**
 * Compares poses by bone and by the whole volume at once. Bone says exactly where the spine is and is easily mistaken
 * where it hardly shows; soft tissue may have moved but is rarely alike in two places.
 */
export function createJointAgreement(
  levels: Levels,
  { ct }: { readonly ct: Pick<PreparedCt, "rigid"> },
  name: LevelName,
  similarity: SimilarityFactory,
): (cameraFromWorld: Mat4) => JointAgreement {
  const bones = levels.get(name, similarity, "rigid");
  const all = ct.rigid && levels.get(name, similarity, "all");
  return (pose) => {
    const bone = bones.value(pose);
    if (!all) return { bone, joint: bone };
    const whole = all.value(pose);
    return { bone, whole, joint: (bone + whole) / 2 };
  };
}
