import type { Mat4 } from "../geometry/mat4.ts";
import { levelLimits } from "./levelLimits.ts";
import type { LevelName, Levels } from "./levels.ts";
import type { MethodInput } from "./method.ts";
import type { OptimisationMetrics } from "./optimisationMetrics.ts";
import type { Content } from "./preparedCt.ts";
import { type Refined, refine } from "./refine.ts";

/** A pose refined at rising resolution from one start, without any search around it. */
export interface Climbed {
  readonly content: Content;
  /** Metric at medium resolution, of the content that was chosen. */
  readonly medium: number;
  readonly final: Refined;
  /** Iterations at all resolutions. */
  readonly iterations: number;
  /** Metric at full resolution at the method's start pose. */
  readonly initial: number;
}

/** Called after every iteration; `climbed` runs from 0 to 1. */
export type OnClimb = (
  stage: LevelName,
  iteration: number,
  similarity: number,
  cameraFromWorld: Mat4,
  climbed: number,
) => Promise<void>;

/**
 * The local part of the iterative DRR loop: Levenberg-Marquardt on a metric at 64, 128 and 256 pixels, on bone
 * first, on the whole volume where that explains the X-ray.
 */
export async function climb(
  levels: Levels,
  input: Pick<MethodInput, "start" | "ct" | "pivot" | "signal">,
  metrics: OptimisationMetrics,
  from: Mat4,
  onIteration: OnClimb,
): Promise<Climbed> {
  let iterations = 0;
  const at = async (name: LevelName, content: Content, pose: Mat4, done: number): Promise<Refined> => {
    const metric = name === "coarse" ? metrics.coarse : metrics.fine;
    const refined = await refine(levels.get(name, metric, content), pose, {
      ...levelLimits[name],
      ...{ pivot: input.pivot, signal: input.signal },
      onIteration: (iteration, similarity, best) => onIteration(name, iteration, similarity, best, done),
    });
    iterations += refined.iterations;
    return refined;
  };
  const coarse = await at("coarse", "rigid", from, 0);
  const bone = await at("medium", "rigid", coarse.cameraFromWorld, 0.25);
  const whole = input.ct.rigid && (await at("medium", "all", bone.cameraFromWorld, 0.5));
  const explained = whole !== undefined && whole.similarity >= metrics.explainedAbove;
  const [content, medium] = explained ? (["all", whole] as const) : (["rigid", bone] as const);
  const final = await at("fine", content, medium.cameraFromWorld, 0.75);
  const initial = levels.get("fine", metrics.fine, content).value(input.start);
  return { content, medium: medium.similarity, final, iterations, initial };
}
