import { usageError } from "../errors.ts";
import type { Evaluation, Optimiser, StopReason } from "./optimiser.ts";
import {
  type ParameterOptions,
  type ParameterSpace,
  type StopOptions,
  createParameterSpace,
} from "./parameterSpace.ts";
import { type Progress, checkTold, createProgress } from "./progress.ts";

/** The answer to one point in scaled parameters; `value` is never NaN. */
export interface ScaledEvaluation {
  readonly value: number;
  /** dvalue/dz; all zero unless the optimiser needs gradients. */
  readonly gradient: Float64Array;
  /** n x n; all zero unless the optimiser needs "least-squares". */
  readonly hessian: Float64Array;
}

/** A search that yields one scaled point at a time, is sent its evaluation, and returns why it stopped. */
export type Search = Generator<Float64Array, StopReason, ScaledEvaluation>;

/** Turns a search that looks at one point after the other into an ask/tell optimiser. */
export function createSequential(
  name: string,
  needs: Optimiser["needs"],
  options: ParameterOptions & StopOptions,
  search: (space: ParameterSpace, progress: Progress) => Search,
): Optimiser {
  const space = createParameterSpace(options);
  const progress = createProgress(options);
  const steps = search(space, progress);
  const asked = new Float64Array(space.n);
  const points: readonly Float64Array[] = [asked];
  const take = (step: IteratorResult<Float64Array, StopReason>): void => {
    if (step.done) progress.stop ??= step.value;
    else space.toUser(step.value, asked);
  };
  take(steps.next());
  return {
    ...{ name, needs },
    ask: () => (progress.stop === undefined ? points : []),
    tell(evaluations): void {
      checkTold(name, progress.stop === undefined ? 1 : 0, evaluations);
      const scaled = scaleEvaluation(name, needs, space, evaluations[0]!);
      progress.record(asked, scaled.value);
      progress.checkLimits();
      if (progress.stop !== undefined) return;
      take(steps.next(scaled));
      progress.checkLimits();
    },
    get best() {
      return progress.best;
    },
    get stop() {
      return progress.stop;
    },
    get iterations() {
      return progress.iterations;
    },
    get evaluations() {
      return progress.evaluations;
    },
  };
}

function scaleEvaluation(
  name: string,
  needs: Optimiser["needs"],
  space: ParameterSpace,
  evaluation: Evaluation,
): ScaledEvaluation {
  const { n, scales } = space;
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(needs === "least-squares" ? n * n : 0);
  let value = Number.isNaN(evaluation.value) ? Infinity : evaluation.value;
  if (needs === "values" || value === Infinity) return { value, gradient, hessian };
  const fill = (what: "gradient" | "hessian", to: Float64Array, scaleOf: (i: number) => number): void => {
    const from = evaluation[what];
    if (from?.length !== to.length) {
      throw usageError({
        what: `${name}: ${what}`,
        got: `${from?.length ?? "none"}`,
        expected: `${to.length} numbers`,
      });
    }
    for (let i = 0; i < to.length; i++) {
      to[i] = from[i]! * scaleOf(i);
      // A point whose derivatives are not finite is as useless as one whose value is not.
      if (!Number.isFinite(to[i]!)) value = Infinity;
    }
  };
  fill("gradient", gradient, (i) => scales[i]!);
  if (needs === "least-squares") fill("hessian", hessian, (i) => scales[Math.floor(i / n)]! * scales[i % n]!);
  return { value, gradient, hessian };
}
