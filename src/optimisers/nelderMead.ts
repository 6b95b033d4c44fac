import type { Optimiser } from "./optimiser.ts";
import type { ParameterOptions, ParameterSpace, StopOptions } from "./parameterSpace.ts";
import { type ScaledEvaluation, createSequential } from "./sequential.ts";

export interface NelderMeadOptions extends ParameterOptions, StopOptions {
  /** Edge of the first simplex in scales; default 1. */
  readonly firstStep?: number;
  /** Stop when the values of the simplex differ by less than this fraction; default 1e-9. */
  readonly valueTolerance?: number;
  /** Stop when no corner is farther from the best than this many scales; default 1e-7. */
  readonly stepTolerance?: number;
}

interface Corner {
  readonly z: Float64Array;
  readonly value: number;
}

type Try = (z: Float64Array) => Generator<Float64Array, Corner, ScaledEvaluation>;

/**
 * Nelder & Mead's (1965) downhill simplex with the dimension-dependent factors of Gao & Han (2012); values
 * only. Points are clipped to the bounds. One iteration = one new simplex.
 */
export function createNelderMead(options: NelderMeadOptions): Optimiser {
  const { firstStep = 1, valueTolerance = 1e-9, stepTolerance = 1e-7 } = options;
  return createSequential("nelder-mead", "values", options, function* (space, progress) {
    const { n } = space;
    const attempt: Try = function* (z) {
      space.clip(z);
      return { z, value: (yield z).value };
    };
    let simplex: Corner[] = [yield* attempt(space.start.slice())];
    for (let i = 0; i < n; i++) simplex.push(yield* attempt(firstCorner(space, i, firstStep)));
    for (;;) {
      simplex.sort((a, b) => (a.value === b.value ? 0 : a.value - b.value));
      const [best, worst] = [simplex[0]!, simplex[n]!];
      const size = Math.max(...simplex.map((c) => Math.max(...c.z.map((v, i) => Math.abs(v - best.z[i]!)))));
      if (size <= stepTolerance) return best.value === Infinity ? "ill-conditioned" : "step-tolerance";
      if (worst.value - best.value <= valueTolerance * Math.abs(best.value) && size < 1e-3)
        return "value-tolerance";
      const improved = yield* replaceWorst(simplex, n, attempt);
      if (improved) {
        simplex[n] = improved;
      } else {
        const shrink = n > 1 ? 1 - 1 / n : 0.5;
        const rest: Corner[] = [];
        for (const corner of simplex.slice(1)) {
          rest.push(yield* attempt(corner.z.map((v, i) => best.z[i]! + shrink * (v - best.z[i]!))));
        }
        simplex = [best, ...rest];
      }
      progress.iterations++;
    }
  });
}

function firstCorner(space: ParameterSpace, i: number, step: number): Float64Array {
  const z = space.start.slice();
  const room = space.upper[i]! - z[i]!;
  z[i]! += room >= step || room >= z[i]! - space.lower[i]! ? step : -step;
  return z;
}

/** Reflection, expansion or contraction of the worst corner; undefined when only shrinking is left. */
function* replaceWorst(
  simplex: readonly Corner[],
  n: number,
  attempt: Try,
): Generator<Float64Array, Corner | undefined, ScaledEvaluation> {
  const worst = simplex[n]!;
  const centre = worst.z.map((_, i) => simplex.slice(0, n).reduce((sum, c) => sum + c.z[i]!, 0) / n);
  const along = (factor: number): Float64Array => centre.map((c, i) => c + factor * (c - worst.z[i]!));
  const expand = n > 1 ? 1 + 2 / n : 2;
  const contract = n > 1 ? 0.75 - 0.5 / n : 0.5;
  const reflected = yield* attempt(along(1));
  if (reflected.value < simplex[0]!.value) {
    const expanded = yield* attempt(along(expand));
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < simplex[n - 1]!.value) return reflected;
  const outside = reflected.value < worst.value;
  const contracted = yield* attempt(along(outside ? contract : -contract));
  return contracted.value < Math.min(worst.value, reflected.value) ? contracted : undefined;
}
