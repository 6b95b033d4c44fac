import type { Mat4 } from "../geometry/mat4.ts";
import type { SimilarityFactory, SimilarityName } from "../similarity/similarity.ts";
import { globalSearch } from "./globalSearch.ts";
import type { SearchRange } from "./searchRange.ts";
import type { Level } from "./level.ts";
import { levelLimits } from "./levelLimits.ts";
import { type Content, type LevelName, type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome } from "./method.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import { posePrecision } from "./posePrecision.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { type Refined, refine } from "./refine.ts";

/** How a method compares images: one metric to search with, one to finish with. */
export interface OptimisationMetrics {
  readonly name: SimilarityName;
  readonly coarse: SimilarityFactory;
  readonly fine: SimilarityFactory;
  /** Value at medium resolution above which the whole CT explains the X-ray and the search may end. */
  readonly explainedAbove: number;
  /** How many times the usual number of iterations the metric may need above low resolution. Default 1. */
  readonly patience?: number;
}

/** Ranges that `auto` tries in turn. */
const autoRanges: readonly SearchRange[] = [
  { rotationDeg: 16, inPlaneMm: 40, depthMm: 40 },
  { rotationDeg: 35, inPlaneMm: 75, depthMm: 120 },
];

/** How many candidates are refined at 64 pixels and how many of them at 128; a wide search deserves more. */
function candidateCounts(range: SearchRange): { coarse: number; medium: number } {
  return range.rotationDeg > 20 || range.inPlaneMm > 50 || range.depthMm > 60
    ? { coarse: 28, medium: 6 }
    : { coarse: 12, medium: 4 };
}

/** In place of a range: nothing but the candidates that are given. */
const noSearch = "candidates";
type Range = SearchRange | typeof noSearch;
/** Candidates of an earlier stage are few and good. */
const fewCandidates = { coarse: 5, medium: 3 };

function maxIterations(stage: LevelName, { patience = 1 }: OptimisationMetrics): number {
  const usual = levelLimits[stage].maxIterations;
  return stage === "coarse" ? usual : patience * usual;
}

/** One reading of the X-ray, and the best poses found in it so far. */
interface Attempt {
  readonly xray: PreparedXray;
  readonly levels: Levels;
  /** Refined at medium resolution on the rigid content, best first. */
  readonly found: readonly Refined[];
  /** Where every search at low resolution ended. */
  readonly searched: readonly Refined[];
}

/** The part of the whole work that one search is: it runs from `from` to `from + share`. */
interface Span {
  readonly from: number;
  readonly share: number;
}

/** How much of the whole work the searches are; the rest is the fine resolution. */
const searchShare = 0.85;

/** A pose at medium resolution and what of the volume it was found with. */
interface Settled {
  readonly content: Content;
  readonly pose: Refined;
}

/**
 * The iterative DRR loop of the paper's baselines: exhaustive search at low resolution, then
 * Levenberg-Marquardt on the metric at rising resolution, fewer and fewer candidates each time. The search
 * looks at bone, which stays rigid; the last steps look at everything when everything fits.
 */
export async function registerByOptimisation(
  input: MethodInput,
  metrics: OptimisationMetrics,
): Promise<MethodOutcome> {
  const started = performance.now();
  const readings = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  let attempts: Attempt[] = readings.map((xray) => ({
    xray,
    levels: createLevels(input, xray),
    found: [],
    searched: [],
  }));
  try {
    const searched = input.range === "auto" ? autoRanges : [input.range];
    const ranges: Range[] = input.candidates ? [noSearch, ...searched] : [...searched];
    let settled: Settled | undefined;
    for (const [index, range] of ranges.entries()) {
      for (const [i, attempt] of attempts.entries()) {
        const share = searchShare / (ranges.length * attempts.length);
        const span = { from: (index * attempts.length + i) * share, share };
        attempts[i] = { ...attempt, ...(await searchAndRefine(input, metrics, attempt, range, span)) };
      }
      attempts = attempts.sort((a, b) => b.found[0]!.similarity - a.found[0]!.similarity);
      settled = await settle(input, metrics, attempts[0]!);
      if (settled.content === "all" || isClear(attempts[0]!.found, input.pivot, range)) break;
    }
    return await finish(input, metrics, attempts[0]!, settled!, performance.now() - started);
  } finally {
    for (const { levels } of attempts) levels.dispose();
  }
}

/** Lets the whole volume speak from the best pose; it is believed when it explains the X-ray. */
async function settle(input: MethodInput, metrics: OptimisationMetrics, attempt: Attempt): Promise<Settled> {
  const best = attempt.found[0]!;
  if (!input.rigid) return { content: "rigid", pose: best };
  const level = attempt.levels.get("medium", metrics.fine, "all");
  const effort: Effort = { stage: "medium", maxIterations: maxIterations("medium", metrics) };
  const [whole] = await refineAll(input, level, effort, [best.cameraFromWorld], attempt.levels, {
    ...{ from: searchShare, share: 0 },
  });
  return whole!.similarity >= metrics.explainedAbove
    ? { content: "all", pose: whole! }
    : { content: "rigid", pose: best };
}

/** A match that no other pose comes near; among few candidates a rival may be missing, so it must be a good one. */
function isClear(found: readonly Refined[], pivot: MethodInput["pivot"], range: Range): boolean {
  const least = range === noSearch ? 0.5 : 0.3;
  return found[0]!.similarity > least && marginOf(found, pivot) > 0.3;
}

/** Candidates from the exhaustive search and from before, refined at 64 pixels, the best at 128. */
async function searchAndRefine(
  input: MethodInput,
  metrics: OptimisationMetrics,
  attempt: Attempt,
  range: Range,
  span: Span,
): Promise<Pick<Attempt, "found" | "searched">> {
  const { xray, levels } = attempt;
  const coarse = levels.get("coarse", metrics.coarse, "rigid");
  const at = (stage: LevelName): Effort => ({ stage, maxIterations: maxIterations(stage, metrics) });
  const { camera, pivot, projector, signal } = input;
  const candidates =
    range === noSearch
      ? (input.candidates ?? [])
      : (
          await globalSearch({
            ...{ projector, camera, range, signal, volume: levels.volume("coarse", "rigid") },
            ...{ fixed: xray.lineIntegral, weight: xray.weight, space: { base: input.start, pivot } },
            onProgress: (fraction) =>
              report(
                ...([input, "search", 0, levels, Number.NaN, input.start] as const),
                span.from + 0.35 * span.share * fraction,
              ),
          })
        ).map((candidate) => candidate.cameraFromWorld);
  const poses = [input.start, ...candidates];
  const values = coarse.values(poses);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const counts = range === noSearch ? fewCandidates : candidateCounts(range);
  const starts = [
    ...order.slice(0, counts.coarse).map((i) => poses[i]!),
    ...attempt.found.map((f) => f.cameraFromWorld),
  ];
  const searched = await refineAll(input, coarse, at("coarse"), starts, levels, part(span, 0.35, 0.4));
  const medium = levels.get("medium", metrics.fine, "rigid");
  // A start that is nearly right must not be lost to a chance match at low resolution.
  const best = [...distinct(searched, pivot).slice(0, counts.medium), input.start];
  const found = await refineAll(input, medium, at("medium"), best, levels, part(span, 0.75, 0.25));
  return { found, searched };
}

function part(span: Span, from: number, share: number): Span {
  return { from: span.from + from * span.share, share: share * span.share };
}

/** A resolution and how long it may take. */
interface Effort {
  readonly stage: LevelName;
  readonly maxIterations: number;
}

/** Refines every pose; best first. */
async function refineAll(
  input: MethodInput,
  level: Level,
  { stage, maxIterations: most }: Effort,
  poses: readonly Mat4[],
  levels: Levels,
  span: Span,
): Promise<Refined[]> {
  const refined: Refined[] = [];
  for (const [index, pose] of poses.entries()) {
    refined.push(
      await refine(level, pose, {
        ...{ maxIterations: most, stepTolerance: levelLimits[stage].stepTolerance },
        ...{ pivot: input.pivot, signal: input.signal },
        onIteration: (iteration, similarity, at) =>
          report(
            input,
            stage,
            iteration,
            levels,
            similarity,
            at,
            span.from + (span.share * index) / poses.length,
          ),
      }),
    );
  }
  return refined.sort((a, b) => b.similarity - a.similarity);
}

/** Poses without near twins (closer than 2 mm of target movement), best first. */
function distinct(refined: readonly Refined[], pivot: MethodInput["pivot"]): Mat4[] {
  const kept: Mat4[] = [];
  for (const { cameraFromWorld } of refined) {
    if (kept.every((other) => poseDistanceMm(other, cameraFromWorld, pivot) > 2)) kept.push(cameraFromWorld);
  }
  return kept;
}

async function finish(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { levels, xray, found, searched }: Attempt,
  { content, pose }: Settled,
  initialiseMs: number,
): Promise<MethodOutcome> {
  const fine = levels.get("fine", metrics.fine, content);
  const most = maxIterations("fine", metrics);
  const initial = fine.value(input.start);
  const final = await refine(fine, pose.cameraFromWorld, {
    ...{ maxIterations: most, stepTolerance: levelLimits.fine.stepTolerance },
    ...{ pivot: input.pivot, signal: input.signal },
    onIteration: (iteration, similarity, at) =>
      report(
        input,
        "fine",
        iteration,
        levels,
        similarity,
        at,
        searchShare + ((1 - searchShare) * iteration) / most,
      ),
  });
  const converged = final.stop !== "max-iterations";
  const margin = marginOf(found, input.pivot);
  const doubtful = content === "rigid" && margin < leastMargin;
  const precision = posePrecision(fine, final.cameraFromWorld, input);
  return {
    cameraFromWorld: final.cameraFromWorld,
    status: doubtful ? "low-confidence" : converged ? "converged" : "max-iterations",
    similarity: { name: metrics.name, initial, final: final.similarity },
    iterations: final.iterations,
    evaluations: levels.evaluations(),
    ...{ initialiseMs, xray, warnings: [] },
    evidence: {
      ...{ content, medium: pose.similarity, margin },
      agreement: agreementOf(searched, final.cameraFromWorld, input.pivot),
      ...(precision && { precision }),
    },
  };
}

/** Below this the runner-up explains the X-ray almost as well. */
const leastMargin = 0.15;

/** How much better the best pose is than the best one elsewhere (over 5 mm away), as a share of its value. */
function marginOf(found: readonly Refined[], pivot: MethodInput["pivot"]): number {
  const [best, ...others] = found;
  const rival = others.find((o) => poseDistanceMm(o.cameraFromWorld, best!.cameraFromWorld, pivot) > 5);
  return rival ? (best!.similarity - rival.similarity) / Math.max(1e-9, best!.similarity) : 1;
}

/** Searches that end this close (mm) at low resolution have found the same pose. */
const sameWithinMm = 8;

/** Share of the searches that ended at the pose; each began at another candidate. */
function agreementOf(searched: readonly Refined[], pose: Mat4, pivot: MethodInput["pivot"]): number {
  const same = searched.filter((s) => poseDistanceMm(s.cameraFromWorld, pose, pivot) < sameWithinMm);
  return same.length / Math.max(1, searched.length);
}

function report(
  input: MethodInput,
  stage: string,
  iteration: number,
  levels: Levels,
  similarity: number,
  cameraFromWorld: Mat4,
  fraction: number,
): Promise<void> {
  return input.report({
    ...{ stage, iteration, evaluations: levels.evaluations(), similarity, cameraFromWorld, fraction },
  });
}
