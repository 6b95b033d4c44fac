import { usageError } from "../errors.ts";
import type { Candidate, Evaluation, StopReason } from "./optimiser.ts";
import type { StopOptions } from "./parameterSpace.ts";

/** Counts, best point and common stop rules of a running optimiser. */
export interface Progress {
  best: Candidate | undefined;
  stop: StopReason | undefined;
  iterations: number;
  evaluations: number;
  /** Takes one told value; NaN becomes +Infinity. Returns the value to work with. */
  record(x: Float64Array, value: number): number;
  /** Sets `stop` when a limit of the options is reached. */
  checkLimits(): void;
}

export function createProgress(options: StopOptions): Progress {
  const { maxEvaluations = Infinity, maxIterations = Infinity, target = -Infinity } = options;
  return {
    ...{ best: undefined, stop: undefined, iterations: 0, evaluations: 0 },
    record(x, value): number {
      const usable = Number.isNaN(value) ? Infinity : value;
      this.evaluations++;
      if (this.best === undefined || usable < this.best.value) this.best = { x: x.slice(), value: usable };
      return usable;
    },
    checkLimits(): void {
      if (this.stop !== undefined) return;
      if (this.best !== undefined && this.best.value <= target) this.stop = "target-reached";
      else if (this.evaluations >= maxEvaluations) this.stop = "max-evaluations";
      else if (this.iterations >= maxIterations) this.stop = "max-iterations";
    },
  };
}

/** Checks that as many points were told as asked; throws `usage`. */
export function checkTold(name: string, asked: number, told: readonly Evaluation[]): void {
  if (told.length !== asked || asked === 0) {
    throw usageError({
      what: `${name}: tell`,
      got: `${told.length} evaluations`,
      expected: asked === 0 ? "a call of ask first" : `${asked}, one for each asked point in order`,
    });
  }
}
