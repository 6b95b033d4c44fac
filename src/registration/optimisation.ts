import type { Mat4 } from "../geometry/mat4.ts";
import { type Content, type Levels, createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome } from "./method.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import { type Reading, type Span, type StageOutcome, refineAll, searchPoses } from "./poseSearch.ts";
import { posePrecision } from "./posePrecision.ts";
import type { Refined } from "./refine.ts";
import { agreementOf, isClear, leastMargin, marginOf } from "./searchEvidence.ts";
import { searchStages } from "./searchStages.ts";

/** How much of the whole work the searches are; the rest is the fine resolution. */
const searchShare = 0.85;
const beforeFine: Span = { from: searchShare, share: 0 };

/** A pose at medium resolution, what of the volume it was found with, and where it comes from. */
interface Settled {
  readonly content: Content;
  readonly pose: Refined;
  readonly reading: Reading;
  readonly from: StageOutcome;
}

/**
 * The iterative DRR loop of the paper's baselines: exhaustive search at low resolution, then
 * Levenberg-Marquardt on the metric at rising resolution, fewer and fewer candidates each time. The search
 * ends as soon as the whole volume explains the X-ray, or bone matches as nowhere else.
 */
export async function registerByOptimisation(
  input: MethodInput,
  metrics: OptimisationMetrics,
): Promise<MethodOutcome> {
  const started = performance.now();
  const images = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  const readings: Reading[] = images.map((xray) => ({ xray, levels: createLevels(input, xray) }));
  try {
    const settled = await search(input, metrics, readings);
    return await finish(input, metrics, settled, performance.now() - started);
  } finally {
    for (const { levels } of readings) levels.dispose();
  }
}

async function search(
  input: MethodInput,
  metrics: OptimisationMetrics,
  readings: readonly Reading[],
): Promise<Settled> {
  const stages = searchStages(input);
  const seen = new Map<Reading, Mat4[]>(readings.map((reading) => [reading, []]));
  let best: Settled | undefined;
  for (const [index, stage] of stages.entries()) {
    let ofStage: Settled | undefined;
    for (const [i, reading] of readings.entries()) {
      const share = searchShare / (stages.length * readings.length);
      const span = { from: (index * readings.length + i) * share, share };
      let whole: Settled | undefined;
      const before = seen.get(reading)!;
      const from = await searchPoses(input, metrics, reading, stage, before, span, async (found) => {
        whole = await explained(input, metrics, reading, { found, searched: [] }, stage.content);
        return whole !== undefined && whole.pose.similarity > certainAbove(metrics);
      });
      const settled =
        whole ?? (await explained(input, metrics, reading, from, stage.content)) ?? bone(reading, from);
      before.push(...from.found.map((one) => one.cameraFromWorld));
      if (!ofStage || isBetter(settled, ofStage)) ofStage = { ...settled, from };
    }
    if (ofStage!.content === "all") return ofStage!;
    // What the whole volume found and could not explain is only a hint where to look for bone.
    if (stage.content === "all") continue;
    if (!best || ofStage!.pose.similarity >= best.pose.similarity) best = ofStage!;
    if (isClear(best.from.found, input.pivot, stage.where)) break;
  }
  return best!;
}

/** A match as good as this needs no rival to be compared with. */
const certainAbove = ({ explainedAbove }: OptimisationMetrics): number =>
  explainedAbove + 0.25 * (1 - explainedAbove);

const bone = (reading: Reading, from: StageOutcome): Settled => ({
  ...{ content: "rigid", pose: from.found[0]!, reading, from },
});

function isBetter(one: Settled, other: Settled): boolean {
  if (one.content !== other.content) return one.content === "all";
  return one.pose.similarity > other.pose.similarity;
}

/** Lets the whole volume speak from the best pose; it is believed when it explains the X-ray. */
async function explained(
  input: MethodInput,
  metrics: OptimisationMetrics,
  reading: Reading,
  from: StageOutcome,
  content: Content,
): Promise<Settled | undefined> {
  if (!input.rigid) return undefined;
  const best = from.found[0]!;
  const pose =
    content === "all" ? best : await refineWhole(input, metrics, reading.levels, best.cameraFromWorld);
  return pose.similarity >= metrics.explainedAbove ? { content: "all", pose, reading, from } : undefined;
}

async function refineWhole(
  input: MethodInput,
  metrics: OptimisationMetrics,
  levels: Levels,
  pose: Mat4,
): Promise<Refined> {
  const level = levels.get("medium", metrics.fine, "all");
  return (await refineAll(input, metrics, { name: "medium", level, levels }, beforeFine)([pose]))[0]!;
}

/** Whether the whole volume, refined from a pose, explains the X-ray beyond doubt; never for bone alone. */
export async function isExplained(
  input: MethodInput,
  metrics: OptimisationMetrics,
  levels: Levels,
  pose: Mat4,
): Promise<boolean> {
  if (!input.rigid) return false;
  const level = levels.get("coarse", metrics.coarse, "all");
  const refineCoarse = refineAll(input, metrics, { name: "coarse", level, levels }, beforeFine);
  const nearer = (await refineCoarse([pose]))[0]!;
  const whole = await refineWhole(input, metrics, levels, nearer.cameraFromWorld);
  return whole.similarity > certainAbove(metrics);
}

async function finish(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { content, pose, from, reading }: Settled,
  initialiseMs: number,
): Promise<MethodOutcome> {
  const { levels, xray } = reading;
  const fine = levels.get("fine", metrics.fine, content);
  const initial = fine.value(input.start);
  const span = { from: searchShare, share: 1 - searchShare };
  const refineFine = refineAll(input, metrics, { name: "fine", level: fine, levels }, span);
  const final = (await refineFine([pose.cameraFromWorld]))[0]!;
  const { cameraFromWorld } = final;
  const converged = final.stop !== "max-iterations";
  const margin = marginOf(from.found, input.pivot);
  const certain = content === "all" && pose.similarity > certainAbove(metrics);
  const doubtful = margin < leastMargin && !certain;
  const precision = posePrecision(fine, cameraFromWorld, input);
  return {
    cameraFromWorld,
    status: doubtful ? "low-confidence" : converged ? "converged" : "max-iterations",
    similarity: { name: metrics.name, initial, final: final.similarity },
    iterations: final.iterations,
    evaluations: levels.evaluations(),
    ...{ initialiseMs, xray, warnings: [] },
    evidence: {
      ...{ content, medium: pose.similarity, margin },
      agreement: agreementOf(from.searched, cameraFromWorld, input.pivot),
      ...(precision && { precision }),
    },
  };
}
