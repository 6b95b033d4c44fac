import { createJointAgreement } from "./jointAgreement.ts";
import type { MethodInput } from "./method.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import { type Reading, type Span, type StageOutcome, refineAll } from "./poseSearch.ts";
import { bestFirst, distinctPoses } from "./rankedPoses.ts";
import type { Refined } from "./refine.ts";
import type { SearchStage } from "./searchStages.ts";

/** A pose that may be the result: refined by bone at medium resolution, with all that speaks for it. */
export interface Contender extends Refined {
  /** Agreement of bone and the whole volume together: what contenders are compared by. */
  readonly similarity: number;
  /** Agreement of bone alone, and of the whole volume where that holds more than bone. */
  readonly bone: number;
  readonly whole?: number;
  readonly reading: Reading;
  readonly from: StageOutcome;
}

/** As many poses of a search with the whole volume are refined by bone. */
const wholeCandidates = 3;

/**
 * The contenders that one stage found, best first. Where the whole volume did the search, bone has the last word on the
 * pose, for soft tissue may have moved.
 */
export async function contendersOf(
  input: MethodInput,
  metrics: OptimisationMetrics,
  reading: Reading,
  { content }: SearchStage,
  from: StageOutcome,
  span: Span,
): Promise<Contender[]> {
  const { levels } = reading;
  let poses = from.found;
  if (content === "all") {
    const level = levels.get("medium", metrics.fine, "rigid");
    const refineBone = refineAll(input, metrics, { name: "medium", level }, span);
    poses = await refineBone(distinctPoses(from.found, input.pivot).slice(0, wholeCandidates));
  }
  const agreement = createJointAgreement(levels, input, "medium", metrics.fine);
  const contenders = poses.map((pose) => {
    const { bone, whole, joint } = agreement(pose.cameraFromWorld);
    return { ...pose, similarity: joint, bone, ...(whole !== undefined && { whole }), reading, from };
  });
  return contenders.sort(bestFirst);
}
