import { usageError } from "../errors.ts";

/** A learning rate as a function of the step number, 0 first. */
export type LearningRate = (step: number) => number;

export interface CyclicRateOptions {
  readonly lowest: number;
  readonly highest: number;
  /** Steps of one whole cycle, up and down. */
  readonly cycle: number;
}

/**
 * Triangular cyclic learning rate (Smith 2017): from `lowest` straight up to `highest` in half a cycle and
 * back. The paper trains with 1e-3 to 1e-2 (initialiser) and 1e-4 to 1e-3 (encoders) every 100 steps.
 */
export function cyclicRate({ lowest, highest, cycle }: CyclicRateOptions): LearningRate {
  if (!(lowest > 0 && highest >= lowest && highest < Infinity)) {
    throw usageError({
      what: "Cyclic rate",
      got: `${lowest} to ${highest}`,
      expected: "0 < lowest <= highest",
    });
  }
  if (!(cycle >= 2))
    throw usageError({ what: "Cyclic rate cycle", got: String(cycle), expected: "at least 2 steps" });
  return (step) => {
    const phase = (step % cycle) / cycle;
    return lowest + (highest - lowest) * (1 - Math.abs(2 * phase - 1));
  };
}
