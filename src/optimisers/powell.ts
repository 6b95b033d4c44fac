import { lineMinimum } from "./lineMinimum.ts";
import type { Optimiser } from "./optimiser.ts";
import type { ParameterOptions, StopOptions } from "./parameterSpace.ts";
import { createSequential } from "./sequential.ts";

export interface PowellOptions extends ParameterOptions, StopOptions {
  /** First step of every line search in scales; default 1. */
  readonly firstStep?: number;
  /** Stop when a whole round improves the value by less than this fraction of it; default 1e-9. */
  readonly valueTolerance?: number;
  /** Stop when a whole round moves no parameter by more than this many scales; default 1e-7. */
  readonly stepTolerance?: number;
}

/**
 * Powell's method of conjugate directions (Powell 1964) with Brent line searches: values only, no
 * derivatives. The direction of the round replaces the one of largest decrease when that helps (the modified
 * method, which keeps the directions independent). One iteration = one round over all directions.
 */
export function createPowell(options: PowellOptions): Optimiser {
  const { firstStep = 1, valueTolerance = 1e-9, stepTolerance = 1e-7 } = options;
  return createSequential("powell", "values", options, function* (space, progress) {
    const { n } = space;
    const directions: Float64Array[] = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, k) => (k === i ? 1 : 0)),
    );
    let at: Float64Array = space.start.slice();
    let { value } = yield at;
    const precision = Math.sqrt(Math.max(valueTolerance, 1e-16));
    for (;;) {
      const [before, valueBefore] = [at, value];
      let largest = 0;
      let largestDecrease = 0;
      for (let i = 0; i < n; i++) {
        const found = yield* lineMinimum(at, value, directions[i]!, firstStep, precision, space);
        const decrease = value - found.value;
        if (decrease > largestDecrease) [largest, largestDecrease] = [i, decrease];
        at = found.point;
        value = found.value;
      }
      progress.iterations++;
      const round = at.map((z, i) => z - before[i]!);
      if (value === Infinity) return "ill-conditioned";
      if (round.every((r) => Math.abs(r) <= stepTolerance)) return "step-tolerance";
      if (valueBefore - value <= valueTolerance * Math.abs(value)) return "value-tolerance";
      const beyond = space.clip(at.map((z, i) => z + round[i]!));
      const there = (yield beyond).value;
      if (!(there < valueBefore)) continue;
      const bend = 2 * (valueBefore - 2 * value + there) * (valueBefore - value - largestDecrease) ** 2;
      if (!(bend < largestDecrease * (valueBefore - there) ** 2)) continue;
      const found = yield* lineMinimum(at, value, round, 1, precision, space);
      at = found.point;
      value = found.value;
      directions[largest] = directions[n - 1]!;
      directions[n - 1] = normalised(round);
    }
  });
}

function normalised(v: Float64Array): Float64Array {
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
}
