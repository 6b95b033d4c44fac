import { type Contender, contendersOf } from "./contenders.ts";
import { createWholeMatch } from "./explanation.ts";
import { createLevels } from "./levels.ts";
import type { MethodInput, MethodOutcome } from "./method.ts";
import { type OptimisationMetrics, isCertain } from "./optimisationMetrics.ts";
import { type Reading, searchPoses } from "./poseSearch.ts";
import { bestFirst } from "./rankedPoses.ts";
import { isClear } from "./searchEvidence.ts";
import { searchStages } from "./searchStages.ts";
import { type Settled, finish, isDoubtful, searchShare } from "./settled.ts";

/**
 * The iterative DRR loop of the paper's baselines: exhaustive search at low resolution, then
 * Levenberg-Marquardt on the metric at rising resolution, fewer and fewer candidates each time. The search
 * ends as soon as the whole volume explains the X-ray, or a pose beats all others by bone and whole volume together.
 */
export async function registerByOptimisation(
  input: MethodInput,
  metrics: OptimisationMetrics,
): Promise<MethodOutcome> {
  const started = performance.now();
  const images = [input.xray, ...(input.otherPolarity ? [input.otherPolarity] : [])];
  const readings: Reading[] = images.map((xray) => ({ xray, levels: createLevels(input, xray) }));
  const settled = await search(input, metrics, readings);
  return await finish(input, metrics, settled, performance.now() - started);
}

async function search(
  input: MethodInput,
  metrics: OptimisationMetrics,
  readings: readonly Reading[],
): Promise<Settled> {
  const stages = searchStages(input);
  const contenders: Contender[] = [];
  let explanation: Settled | undefined;
  for (const [index, stage] of stages.entries()) {
    for (const [i, reading] of readings.entries()) {
      const share = searchShare / (stages.length * readings.length);
      const span = { from: (index * readings.length + i) * share, share };
      const whole = createWholeMatch(input, metrics, reading, stage.content, { ...span, share: 0 });
      const from = await searchPoses(input, metrics, reading, stage, span, async ([best]) => {
        const match = await whole(best!);
        return match !== undefined && isCertain(metrics, match);
      });
      const match = await whole(from.found[0]!);
      if (stage.lastResort && !(match && isCertain(metrics, match))) continue;
      if (!match || match.similarity < metrics.explainedAbove) {
        const { from: start, share: length } = span;
        const afterwards = { from: start + length, share: 0 };
        contenders.push(...(await contendersOf(input, metrics, reading, stage, from, afterwards)));
      } else if (!explanation || match.similarity > explanation.pose.similarity) {
        const { found: rivals, searched } = from;
        explanation = { content: "all", pose: match, whole: match.similarity, reading, rivals, searched };
      }
    }
    if (explanation && !isDoubtful(explanation, metrics, input)) return explanation;
    contenders.sort(bestFirst);
    if (contenders.length > 0 && isClear(contenders, input.pivot, stage.clearAbove)) break;
  }
  if (explanation) return explanation;
  const [best] = contenders;
  const { reading, from, bone, whole } = best!;
  return {
    ...{ content: "rigid", pose: { ...best!, similarity: bone }, reading },
    ...(whole !== undefined && { whole }),
    ...{ rivals: contenders, searched: from.searched },
  };
}
