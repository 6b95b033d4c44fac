import type { Optimiser } from "./optimiser.ts";
import type { ParameterOptions, StopOptions } from "./parameterSpace.ts";
import type { LearningRate } from "./cyclicRate.ts";
import { createSequential } from "./sequential.ts";

export interface FirstOrderOptions extends ParameterOptions, StopOptions {
  /** Step length in scales: a number, or a function of the step such as `cyclicRate`. */
  readonly rate: number | LearningRate;
  /** Stop when no derivative, per scale, is larger; default 0. */
  readonly gradientTolerance?: number;
  /** Stop when the best value improved by less than `valueTolerance` in this many steps; default: never. */
  readonly patience?: number;
  /** Absolute; default 0. */
  readonly valueTolerance?: number;
}

/** Turns a gradient (in place of `step`, scaled parameters) into the change of the parameters. */
export type StepRule = (gradient: Float64Array, rate: number, iteration: number, step: Float64Array) => void;

/**
 * The loop that gradient descent methods share: ask a point, turn its gradient into a step, clip to the
 * bounds. A point without a finite value or gradient is not used: the search goes back half way to the last
 * good one.
 */
export function createFirstOrder(
  name: string,
  options: FirstOrderOptions,
  rule: (n: number) => StepRule,
): Optimiser {
  const { rate, gradientTolerance = 0, patience = Infinity, valueTolerance = 0 } = options;
  return createSequential(name, "gradients", options, function* (space, progress) {
    const takeStep = rule(space.n);
    const step = new Float64Array(space.n);
    let at: Float64Array = space.start.slice();
    let good = at;
    let best = Infinity;
    let waited = 0;
    let steps = 0;
    for (;;) {
      const here = yield at;
      progress.iterations++;
      waited++;
      if (here.value < best - valueTolerance) {
        best = here.value;
        waited = 0;
      }
      if (waited >= patience) return "stagnation";
      if (here.value === Infinity) {
        at = at.map((z, i) => 0.5 * (z + good[i]!));
        if (at.every((z, i) => z === good[i])) return "ill-conditioned";
        continue;
      }
      if (here.gradient.every((g) => Math.abs(g) <= gradientTolerance)) return "gradient-tolerance";
      takeStep(here.gradient, typeof rate === "number" ? rate : rate(steps), steps, step);
      steps++;
      good = at;
      at = space.clip(at.map((z, i) => z + step[i]!));
    }
  });
}
