import type { Mat4 } from "../geometry/mat4.ts";
import type { Levels } from "./levels.ts";
import type { MethodInput } from "./method.ts";
import { type OptimisationMetrics, isCertain } from "./optimisationMetrics.ts";
import { type Reading, type Span, refineAll } from "./poseSearch.ts";
import type { Content } from "./preparedCt.ts";
import type { Refined } from "./refine.ts";

/**
 * Lets the whole volume speak from the best pose that a search of a content has found so far, and keeps the best match;
 * it is believed when it explains the X-ray. Nothing where there is but bone.
 */
export function createWholeMatch(
  input: MethodInput,
  metrics: OptimisationMetrics,
  { levels }: Reading,
  content: Content,
  span: Span,
): (best: Refined) => Promise<Refined | undefined> {
  let [tried, match]: (Refined | undefined)[] = [];
  return async (best) => {
    if (!input.ct.rigid) return undefined;
    if (content === "all") return best;
    if (best === tried) return match;
    tried = best;
    const refined = await refineWhole(input, metrics, levels, best.cameraFromWorld, span);
    if (!match || refined.similarity > match.similarity) match = refined;
    return match;
  };
}

async function refineWhole(
  input: MethodInput,
  metrics: OptimisationMetrics,
  levels: Levels,
  pose: Mat4,
  span: Span,
): Promise<Refined> {
  const level = levels.get("medium", metrics.fine, "all");
  return (await refineAll(input, metrics, { name: "medium", level }, span)([pose]))[0]!;
}

/** The whole volume refined from a pose, where it then explains the X-ray beyond doubt; never for bone alone. */
export async function explanationFrom(
  input: MethodInput,
  metrics: OptimisationMetrics,
  levels: Levels,
  pose: Mat4,
  { from, share }: Span,
): Promise<Refined | undefined> {
  if (!input.ct.rigid) return undefined;
  const level = levels.get("coarse", metrics.coarse, "all");
  const refineCoarse = refineAll(input, metrics, { name: "coarse", level }, { from, share: share / 2 });
  const half = { from: from + share / 2, share: share / 2 };
  const nearer = (await refineCoarse([pose]))[0]!;
  const whole = await refineWhole(input, metrics, levels, nearer.cameraFromWorld, half);
  return isCertain(metrics, whole) ? whole : undefined;
}
