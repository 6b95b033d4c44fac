import type { Optimiser } from "./optimiser.ts";
import type { ParameterOptions, ParameterSpace, StopOptions } from "./parameterSpace.ts";
import { createSequential } from "./sequential.ts";
import { strongWolfe } from "./strongWolfe.ts";

export interface LbfgsOptions extends ParameterOptions, StopOptions {
  /** Remembered steps; default 10. */
  readonly memory?: number;
  /** Length of the first trial step in scales; default 1. */
  readonly firstStep?: number;
  /** Stop when an iteration improves the value by less than this fraction of it; default 1e-12. */
  readonly valueTolerance?: number;
  /** Stop when no parameter moves by more than this many scales; default 1e-10. */
  readonly stepTolerance?: number;
  /** Stop when no free derivative, per scale, is larger; default 1e-10. */
  readonly gradientTolerance?: number;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverse: number;
}

/**
 * Limited-memory BFGS (Nocedal & Wright 2006, algorithms 7.4 and 3.5) with a strong-Wolfe line search. Bounds
 * by projection: parameters at a bound whose gradient points outwards are held; a line search ends at the
 * first bound it meets. One iteration = one line search.
 */
export function createLbfgs(options: LbfgsOptions): Optimiser {
  const {
    memory = 10,
    firstStep = 1,
    valueTolerance = 1e-12,
    stepTolerance = 1e-10,
    gradientTolerance = 1e-10,
  } = options;
  return createSequential("l-bfgs", "gradients", options, function* (space, progress) {
    let at: Float64Array = space.start.slice();
    let here = yield at;
    if (here.value === Infinity) return "ill-conditioned";
    let pairs: Pair[] = [];
    for (;;) {
      const free = freeGradient(space, at, here.gradient);
      if (free.every((g) => Math.abs(g) <= gradientTolerance)) return "gradient-tolerance";
      let direction = descend(free, pairs);
      for (let i = 0; i < space.n; i++) if (free[i] === 0) direction[i] = 0;
      if (!(dot(direction, free) < 0)) {
        pairs = [];
        direction = free.map((g) => -g);
      }
      const length = pairs.length === 0 ? firstStep / Math.sqrt(dot(free, free)) : 1;
      const found = yield* strongWolfe(at, here, direction, length, longestStep(space, at, direction), space);
      progress.iterations++;
      if (found === undefined) {
        // A stale memory can spoil the direction; one more try along the gradient itself.
        if (pairs.length === 0) return "step-tolerance";
        pairs = [];
        continue;
      }
      const step = found.point.map((z, i) => z - at[i]!);
      const change = found.evaluation.gradient.map((g, i) => g - here.gradient[i]!);
      const curvature = dot(step, change);
      if (curvature > 1e-12 * dot(change, change)) {
        pairs.push({ step, change, inverse: 1 / curvature });
        if (pairs.length > memory) pairs.shift();
      }
      const decrease = here.value - found.evaluation.value;
      const size = Math.abs(here.value);
      at = found.point;
      here = found.evaluation;
      if (step.every((s) => Math.abs(s) <= stepTolerance)) return "step-tolerance";
      if (decrease <= valueTolerance * size) return "value-tolerance";
    }
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, v, i) => sum + v * b[i]!, 0);
}

/** The gradient, 0 for parameters held at a bound. */
function freeGradient(space: ParameterSpace, at: Float64Array, gradient: Float64Array): Float64Array {
  return gradient.map((g, i) =>
    (at[i]! <= space.lower[i]! && g > 0) || (at[i]! >= space.upper[i]! && g < 0) ? 0 : g,
  );
}

/** Two-loop recursion: -H gradient. */
function descend(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const factors = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { step, change, inverse } = pairs[k]!;
    factors[k] = inverse * dot(step, direction);
    for (let i = 0; i < direction.length; i++) direction[i]! -= factors[k]! * change[i]!;
  }
  const last = pairs.at(-1);
  const scale = last ? 1 / (last.inverse * dot(last.change, last.change)) : 1;
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  pairs.forEach(({ step, change, inverse }, k) => {
    const factor = factors[k]! - inverse * dot(change, direction);
    for (let i = 0; i < direction.length; i++) direction[i]! += factor * step[i]!;
  });
  return direction;
}

/** How far a direction may be followed until the first bound. */
function longestStep(space: ParameterSpace, at: Float64Array, direction: Float64Array): number {
  let longest = Infinity;
  direction.forEach((d, i) => {
    if (d > 0) longest = Math.min(longest, (space.upper[i]! - at[i]!) / d);
    if (d < 0) longest = Math.min(longest, (space.lower[i]! - at[i]!) / d);
  });
  return longest;
}
