import type { Mat4 } from "../geometry/mat4.ts";
import type { SimilarityFactory, SimilarityName } from "../similarity/similarity.ts";
import { type PoseCandidate, type SearchRange, globalSearch } from "./globalSearch.ts";
import type { Level } from "./level.ts";
import { type Levels, type LevelName, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome } from "./method.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { type Refined, refine } from "./refine.ts";

/** How a method compares images: one metric to search with, one to finish with. */
export interface OptimisationMetrics {
  readonly name: SimilarityName;
  readonly coarse: SimilarityFactory;
  readonly fine: SimilarityFactory;
  /** Value at medium resolution below which the result is doubted and the search widened. */
  readonly doubtBelow: number;
}

/** Ranges that `auto` tries in turn. */
const autoRanges: readonly SearchRange[] = [
  { rotationDeg: 16, inPlaneMm: 40, depthMm: 40 },
  { rotationDeg: 35, inPlaneMm: 75, depthMm: 120 },
];

/**
 * The iterative DRR loop of the paper's baselines: exhaustive search at low resolution, then
 * Levenberg-Marquardt on the metric at rising resolution, fewer and fewer candidates each time.
 */
export async function registerByOptimisation(
  input: MethodInput,
  metrics: OptimisationMetrics,
): Promise<MethodOutcome> {
  const started = performance.now();
  const readings = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  const attempts = readings.map((xray) => ({ xray, levels: createLevels(input, xray) }));
  try {
    const ranges = input.range === "auto" ? autoRanges : [input.range];
    let best: Attempt | undefined;
    for (const [index, range] of ranges.entries()) {
      for (const attempt of attempts) {
        const found = await searchAndRefine(input, metrics, attempt, range, index / ranges.length);
        if (!best || found.similarity > best.found.similarity) best = { ...attempt, found };
      }
      if (best!.found.similarity >= metrics.doubtBelow) break;
    }
    const initialiseMs = performance.now() - started;
    return await finish(input, metrics, best!, initialiseMs);
  } finally {
    for (const { levels } of attempts) levels.dispose();
  }
}

interface Attempt {
  readonly xray: PreparedXray;
  readonly levels: Levels;
  readonly found: Refined;
}

/** Candidates from the exhaustive search, refined at 64 pixels, the best three at 128. */
async function searchAndRefine(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { xray, levels }: Pick<Attempt, "xray" | "levels">,
  range: SearchRange,
  fractionDone: number,
): Promise<Refined> {
  const coarse = levels.get("coarse", metrics.coarse);
  const { camera, pivot, projector, signal } = input;
  const candidates = await globalSearch({
    ...{ projector, camera, range, signal, volume: levels.volume("coarse") },
    ...{ fixed: xray.lineIntegral, weight: xray.weight, space: { base: input.start, pivot } },
    onProgress: (fraction) =>
      report(input, "search", 0, levels, Number.NaN, input.start, fractionDone + 0.2 * fraction),
  });
  const poses = [input.start, ...candidates.map((candidate: PoseCandidate) => candidate.cameraFromWorld)];
  const values = coarse.values(poses);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const refinedCoarse = await refineAll(
    input,
    coarse,
    "coarse",
    order.slice(0, 12).map((i) => poses[i]!),
    12,
    levels,
  );
  const medium = levels.get("medium", metrics.fine);
  const refinedMedium = await refineAll(
    input,
    medium,
    "medium",
    distinct(refinedCoarse, input.pivot).slice(0, 3),
    15,
    levels,
  );
  return refinedMedium[0]!;
}

/** Refines every pose; best first. */
async function refineAll(
  input: MethodInput,
  level: Level,
  stage: LevelName,
  poses: readonly Mat4[],
  maxIterations: number,
  levels: Levels,
): Promise<Refined[]> {
  const refined: Refined[] = [];
  for (const [index, pose] of poses.entries()) {
    refined.push(
      await refine(level, pose, {
        ...{ maxIterations, pivot: input.pivot, signal: input.signal },
        onIteration: (iteration, similarity, at) =>
          report(input, stage, iteration, levels, similarity, at, 0.3 + (0.5 * index) / poses.length),
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
  best: Attempt,
  initialiseMs: number,
): Promise<MethodOutcome> {
  const fine = best.levels.get("fine", metrics.fine);
  const initial = fine.value(input.start);
  const final = await refine(fine, best.found.cameraFromWorld, {
    ...{ maxIterations: 20, pivot: input.pivot, signal: input.signal },
    onIteration: (iteration, similarity, at) =>
      report(input, "fine", iteration, best.levels, similarity, at, 0.8 + iteration / 100),
  });
  const converged = final.stop !== "max-iterations";
  return {
    cameraFromWorld: final.cameraFromWorld,
    status:
      best.found.similarity < metrics.doubtBelow
        ? "low-confidence"
        : converged
          ? "converged"
          : "max-iterations",
    similarity: { name: metrics.name, initial, final: final.similarity },
    iterations: final.iterations,
    evaluations: best.levels.evaluations(),
    ...{ initialiseMs, xray: best.xray, warnings: [] },
  };
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
    stage,
    iteration,
    evaluations: levels.evaluations(),
    similarity,
    cameraFromWorld,
    fraction,
  });
}
