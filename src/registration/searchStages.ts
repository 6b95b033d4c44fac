import type { MethodInput } from "./method.ts";
import type { Content, PreparedCt } from "./preparedCt.ts";
import type { SearchRange } from "./searchRange.ts";

/** One stage of the search: where poses are looked for, and what of the volume looks for them. */
export interface SearchStage {
  readonly where: SearchRange;
  readonly content: Content;
  /** Agreement above which a match without a rival ends the search. */
  readonly clearAbove: number;
  /** Farther than anybody said: only a match of the whole volume that is beyond doubt is believed. */
  readonly lastResort?: true;
}

/** How many poses a stage refines: the first batches at 64 pixels, each with a look at 128, and the last look. */
export interface StageCounts {
  readonly batches: readonly number[];
  readonly medium: number;
}

/** Ranges about a start that is believed, about one that is not, and for a patient who lies quite differently. */
const near: SearchRange = { rotationDeg: 16, inPlaneMm: 40, depthMm: 40 };
const wide: SearchRange = { rotationDeg: 35, inPlaneMm: 75, depthMm: 120 };
const far: SearchRange = { rotationDeg: 90, inPlaneMm: 75, depthMm: 60 };

/**
 * What `clearAbove` is, and what it is near a start where there is a whole volume to agree: among poses so near the
 * neighbouring vertebra has no rival when the right one lies just outside, but the patient does not fit.
 */
const clear = { usual: 0.25, nearWithWhole: 0.4 };

/** How far the first search of a method looks. */
export function firstRange({ range }: Pick<MethodInput, "range">): SearchRange {
  if (range === "anywhere") return wide;
  return range === "auto" ? near : range;
}

/** How far poses may lie, and whether bone can be told from the rest. */
export interface SearchStagesInput extends Pick<MethodInput, "range"> {
  readonly ct: Pick<PreparedCt, "rigid">;
}

/**
 * The stages in turn; the first that convinces ends the search. Bone is rigid and comes first where the start
 * is believed. Far from there the whole patient is the better guide, for a spine seen through a thick trunk hardly
 * shows; where soft tissue has changed, bone has the last word.
 */
export function searchStages({ range, ct }: SearchStagesInput): SearchStage[] {
  const { rigid } = ct;
  const stages: SearchStage[] = [];
  const clearAbove = clear.usual;
  const both = (where: SearchRange): SearchStage[] => [
    ...(rigid ? [{ where, content: "all", clearAbove } as const] : []),
    { where, content: "rigid", clearAbove },
  ];
  if (range === "auto") {
    stages.push({ where: near, content: "rigid", clearAbove: rigid ? clear.nearWithWhole : clearAbove });
  }
  stages.push(...both(range === "auto" ? wide : firstRange({ range })));
  if (rigid && (range === "auto" || range === "anywhere")) {
    stages.push({ where: far, content: "all", clearAbove, lastResort: true });
  }
  return stages;
}

/** A wide search deserves more looks. */
export function stageCounts({ where }: SearchStage): StageCounts {
  return where.rotationDeg > 20 || where.inPlaneMm > 50 || where.depthMm > 60
    ? { batches: [5, 9, 14], medium: 6 }
    : { batches: [4, 8], medium: 4 };
}
