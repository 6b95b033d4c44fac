import type { MethodInput, MethodOutcome } from "./method.ts";
import { type OptimisationMetrics, isCertain } from "./optimisationMetrics.ts";
import { posePrecision } from "./posePrecision.ts";
import { type Reading, refineAll } from "./poseSearch.ts";
import type { Content } from "./preparedCt.ts";
import type { Refined } from "./refine.ts";
import { agreementOf, leastMargin, marginOf } from "./searchEvidence.ts";

/** How much of the whole work the searches are; the rest is the fine resolution. */
export const searchShare = 0.85;

/** A pose at medium resolution, what of the volume it was found with, and what speaks for it. */
export interface Settled {
  readonly content: Content;
  readonly pose: Refined;
  /** Agreement of the whole volume, where it holds more than bone. */
  readonly whole?: number;
  readonly reading: Reading;
  /** The pose's own rivals, best first, and where all searches at low resolution ended. */
  readonly rivals: readonly Refined[];
  readonly searched: readonly Refined[];
}

/** A match of the whole volume that is beyond doubt by itself, found without a search. */
export function settledAlone(pose: Refined, reading: Reading): Settled {
  return { content: "all", pose, whole: pose.similarity, reading, rivals: [pose], searched: [] };
}

/** Whether another pose matches nearly as well, and the whole volume does not settle it. */
export function isDoubtful(
  { content, pose, rivals }: Settled,
  metrics: OptimisationMetrics,
  { pivot }: Pick<MethodInput, "pivot">,
): boolean {
  const certain = content === "all" && isCertain(metrics, pose);
  return !certain && marginOf(rivals, pivot) < leastMargin;
}

/** Refines a settled pose at full resolution and states what speaks for it. */
export async function finish(
  input: MethodInput,
  metrics: OptimisationMetrics,
  settled: Settled,
  initialiseMs: number,
): Promise<MethodOutcome> {
  const { content, pose, whole, searched } = settled;
  const { levels, xray } = settled.reading;
  const fine = levels.get("fine", metrics.fine, content);
  const initial = fine.value(input.start);
  const span = { from: searchShare, share: 1 - searchShare };
  const refineFine = refineAll(input, metrics, { name: "fine", level: fine }, span);
  const final = (await refineFine([pose.cameraFromWorld]))[0]!;
  const { cameraFromWorld } = final;
  const converged = final.stop !== "max-iterations";
  const margin = marginOf(settled.rivals, input.pivot);
  const precision = posePrecision(fine, cameraFromWorld, input);
  return {
    cameraFromWorld,
    status: isDoubtful(settled, metrics, input)
      ? "low-confidence"
      : converged
        ? "converged"
        : "max-iterations",
    similarity: { name: metrics.name, initial, final: final.similarity },
    iterations: final.iterations,
    ...{ initialiseMs, xray, warnings: [] },
    evidence: {
      ...{ content, medium: pose.similarity, margin },
      ...(whole !== undefined && { whole }),
      ...(searched.length > 0 && { agreement: agreementOf(searched, cameraFromWorld, input.pivot) }),
      ...(precision && { precision }),
    },
  };
}
