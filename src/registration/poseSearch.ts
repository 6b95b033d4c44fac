import type { Mat4 } from "../geometry/mat4.ts";
import { globalSearch } from "./globalSearch.ts";
import type { Level } from "./level.ts";
import { levelLimits } from "./levelLimits.ts";
import type { LevelName, Levels } from "./levels.ts";
import type { MethodInput } from "./method.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import type { Content } from "./preparedCt.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { bestFirst, distinctPoses, isNew } from "./rankedPoses.ts";
import { type Refined, refine } from "./refine.ts";
import type { SearchRange } from "./searchRange.ts";
import { type SearchStage, stageCounts } from "./searchStages.ts";

/** The part of the whole work that one step is: it runs from `from` to `from + share`. */
export interface Span {
  readonly from: number;
  readonly share: number;
}

/** One reading of the X-ray at all resolutions. */
export interface Reading {
  readonly xray: PreparedXray;
  readonly levels: Levels;
}

/** What one stage of the search found in one reading. */
export interface StageOutcome {
  /** Refined at medium resolution on the stage's content, best first. */
  readonly found: readonly Refined[];
  /** Where every search at low resolution ended, best first. */
  readonly searched: readonly Refined[];
}

/**
 * One stage: candidates of the exhaustive search refined at 64 pixels in batches of falling promise; after each batch
 * the best are refined at 128, and `convinced` may end the stage.
 */
export async function searchPoses(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { xray, levels }: Reading,
  stage: SearchStage,
  span: Span,
  convinced: (found: readonly Refined[]) => Promise<boolean>,
): Promise<StageOutcome> {
  const coarse = levels.get("coarse", metrics.coarse, stage.content);
  const medium = levels.get("medium", metrics.fine, stage.content);
  const { where, content } = stage;
  const found = await searchedCandidates(input, { xray, levels }, { where, content }, part(span, 0, 0.4));
  const poses = [input.start, ...(input.candidates ?? []), ...found];
  const values = coarse.values(poses);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!).map((i) => poses[i]!);
  const counts = stageCounts(stage);
  const batches = batchesOf(order, counts.batches);
  const searched: Refined[] = [];
  const refined: Refined[] = [];
  const looked: Mat4[] = [];
  const refineAt = (name: LevelName, level: Level, from: number, share: number) =>
    refineAll(input, metrics, { name, level }, part(span, from, share));
  for (const [index, batch] of batches.entries()) {
    const [from, share] = [0.4 + (0.6 * index) / batches.length, 0.6 / batches.length];
    searched.push(...(await refineAt("coarse", coarse, from, 0.6 * share)(batch)));
    searched.sort(bestFirst);
    const last = index === batches.length - 1;
    const looks = distinctPoses(searched, input.pivot).slice(0, last ? counts.medium : index + 1);
    // A start that is nearly right must not be lost to a chance match at low resolution.
    if (last) looks.push(input.start);
    const fresh = looks.filter((pose) => isNew(pose, looked, input.pivot));
    looked.push(...fresh);
    refined.push(...(await refineAt("medium", medium, from + 0.6 * share, 0.4 * share)(fresh)));
    refined.sort(bestFirst);
    if (!last && fresh.length > 0 && (await convinced(refined))) break;
  }
  return { found: refined, searched };
}

/** Where the exhaustive search finds a content in the X-ray, the best match first. */
export async function searchedCandidates(
  input: MethodInput,
  { xray, levels }: Reading,
  { where, content }: { readonly where: SearchRange; readonly content: Content },
  span: Span,
): Promise<readonly Mat4[]> {
  const { camera, pivot, projector, signal } = input;
  const candidates = await globalSearch({
    ...{ projector, camera, range: where, signal, volume: levels.volume("coarse", content) },
    ...{ fixed: xray.lineIntegral, weight: xray.weight, space: { base: input.start, pivot } },
    onProgress: (fraction) =>
      input.report({
        ...{ stage: "search", iteration: 0, similarity: Number.NaN },
        ...{ cameraFromWorld: input.start, fraction: span.from + span.share * fraction },
      }),
  });
  return candidates.map((candidate) => candidate.cameraFromWorld);
}

/** A resolution to refine at. */
interface RefinementLevel {
  readonly name: LevelName;
  readonly level: Level;
}

/** Refines poses, each to the limits of the resolution. */
export function refineAll(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { name, level }: RefinementLevel,
  span: Span,
): (poses: readonly Mat4[]) => Promise<Refined[]> {
  const { pivot, signal } = input;
  const maxIterations = iterationLimit(name, metrics);
  return async (poses) => {
    const refined: Refined[] = [];
    for (const [index, pose] of poses.entries()) {
      refined.push(
        await refine(level, pose, {
          ...{ maxIterations, stepTolerance: levelLimits[name].stepTolerance, pivot, signal },
          onIteration: (iteration, similarity, cameraFromWorld) =>
            input.report({
              ...{ stage: name, iteration, similarity, cameraFromWorld },
              fraction: span.from + (span.share * (index + iteration / maxIterations)) / poses.length,
            }),
        }),
      );
    }
    return refined;
  };
}

/** Patience counts above low resolution. */
function iterationLimit(name: LevelName, { patience = 1 }: OptimisationMetrics): number {
  const usual = levelLimits[name].maxIterations;
  return name === "coarse" ? usual : patience * usual;
}

function part(span: Span, from: number, share: number): Span {
  return { from: span.from + from * span.share, share: share * span.share };
}

/** Poses in groups of these sizes; at least one group. */
function batchesOf(poses: readonly Mat4[], sizes: readonly number[]): Mat4[][] {
  const batches: Mat4[][] = [];
  let from = 0;
  for (const size of sizes) {
    const batch = poses.slice(from, from + size);
    if (batch.length > 0) batches.push(batch);
    from += size;
  }
  return batches;
}
