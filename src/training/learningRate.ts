import { usageError } from "../errors.ts";
import { type LearningRate, cyclicRate } from "../optimisers/cyclicRate.ts";

/** A learning rate as configuration: the paper's triangular cycles, or a warm-up with a cosine down to `lowest`. */
export type RateSchedule =
  | { readonly kind: "cyclic"; readonly lowest: number; readonly highest: number; readonly cycle: number }
  | { readonly kind: "cosine"; readonly lowest: number; readonly highest: number; readonly warmUp: number };

/** The rate of every step of a run of `steps` steps; beyond its end a cosine stays at its lowest. */
export function learningRate(schedule: RateSchedule, steps: number): LearningRate {
  if (schedule.kind === "cyclic") return cyclicRate(schedule);
  const { lowest, highest, warmUp } = schedule;
  if (!(lowest > 0 && highest >= lowest && warmUp >= 0 && warmUp < steps)) {
    throw usageError({
      what: "Cosine learning rate",
      got: `${lowest} to ${highest}, warm-up of ${warmUp} in ${steps} steps`,
      expected: "0 < lowest <= highest and a warm-up shorter than the run",
    });
  }
  return (step) => {
    if (step < warmUp) return highest * ((step + 1) / warmUp);
    const share = Math.min(1, (step - warmUp) / (steps - warmUp));
    return lowest + (highest - lowest) * 0.5 * (1 + Math.cos(Math.PI * share));
  };
}
