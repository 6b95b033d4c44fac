import { usageError } from "../errors.ts";

/** What every optimiser is told about its parameters. */
export interface ParameterOptions {
  /** Where the search starts; within the bounds. */
  readonly start: ArrayLike<number>;
  /**
   * Typical size of a change of each parameter, > 0, in its own unit; default 1. Steps and tolerances are in
   * it.
   */
  readonly scales?: ArrayLike<number>;
  /** Smallest and largest allowed values; default unbounded. No point outside is ever asked. */
  readonly lower?: ArrayLike<number>;
  readonly upper?: ArrayLike<number>;
}

/** When every optimiser stops, beside its own rules. */
export interface StopOptions {
  readonly maxEvaluations?: number;
  readonly maxIterations?: number;
  /** Stop as soon as a value is <= target. */
  readonly target?: number;
}

/**
 * Parameters divided by their scales: optimisers work on z = x / scale, users see x. Bounds are clipped
 * again in x, so that rounding cannot carry a point outside.
 */
export interface ParameterSpace {
  readonly n: number;
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly scales: Float64Array;
  readonly bounded: boolean;
  /** Clips z to the bounds, in place. */
  clip(z: Float64Array): Float64Array;
  /** x of z, a new array unless `out` is given. */
  toUser(z: Float64Array, out?: Float64Array): Float64Array;
}

/** Checks the parameters; throws `usage` naming what is wrong. */
export function createParameterSpace(options: ParameterOptions): ParameterSpace {
  const n = options.start.length;
  if (n === 0) throw usageError({ what: "Optimiser start", got: "no parameters", expected: "at least one" });
  const read = (what: string, values: ArrayLike<number> | undefined, fill: number): Float64Array => {
    if (values !== undefined && values.length !== n) {
      throw usageError({
        what: `Optimiser ${what}`,
        got: `${values.length} values`,
        expected: `${n}, as in start`,
      });
    }
    return values === undefined ? new Float64Array(n).fill(fill) : Float64Array.from(values);
  };
  const start = read("start", options.start, 0);
  const scales = read("scales", options.scales, 1);
  const lower = read("lower", options.lower, -Infinity);
  const upper = read("upper", options.upper, Infinity);
  for (let i = 0; i < n; i++) {
    const fail = (what: string, got: number, expected: string): Error =>
      usageError({ what: `Optimiser ${what} of parameter ${i}`, got: String(got), expected });
    if (!(scales[i]! > 0 && scales[i]! < Infinity)) throw fail("scale", scales[i]!, "a finite number > 0");
    if (!(lower[i]! <= upper[i]!))
      throw fail("lower bound", lower[i]!, `at most the upper bound ${upper[i]}`);
    if (!(start[i]! >= lower[i]! && start[i]! <= upper[i]! && Number.isFinite(start[i]))) {
      throw fail("start", start[i]!, `a finite value within [${lower[i]}, ${upper[i]}]`);
    }
  }
  const divide = (values: Float64Array): Float64Array => values.map((v, i) => v / scales[i]!);
  const [lowerZ, upperZ] = [divide(lower), divide(upper)];
  return {
    ...{ n, scales, start: divide(start), lower: lowerZ, upper: upperZ },
    bounded: lower.some((v) => v > -Infinity) || upper.some((v) => v < Infinity),
    clip(z): Float64Array {
      for (let i = 0; i < n; i++) z[i] = Math.min(upperZ[i]!, Math.max(lowerZ[i]!, z[i]!));
      return z;
    },
    toUser(z, out = new Float64Array(n)): Float64Array {
      for (let i = 0; i < n; i++) out[i] = Math.min(upper[i]!, Math.max(lower[i]!, z[i]! * scales[i]!));
      return out;
    },
  };
}
