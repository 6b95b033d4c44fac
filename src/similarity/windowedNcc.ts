import { createWindowedNormal } from "./windowedNccNormal.ts";
import { scoreWindows } from "./windowedNccScore.ts";
import { type WindowedNccOptions, type WindowedNccState, prepareWindowedNcc } from "./windowedNccState.ts";

export type { WindowedNccOptions };

/**
 * Sum over windows of window weight x zero-mean normalised cross-correlation, for one channel. Scores are not
 * divided by `totalWeight`, so that several channels can share one normalisation. Calls allocate no images.
 */
export interface WindowedNcc {
  /** Sum of the window weights; 0 when no window has contrast. */
  readonly totalWeight: number;
  score(moving: Float32Array): number;
  /** Writes scale x dScore/dmoving at counting pixels and leaves all others as they are. */
  scoreAndGradient(moving: Float32Array, gradient: Float32Array | Float64Array, scale: number): number;
  /**
   * Adds -scale x dScore/dp to `gradient` and the scaled Gauss-Newton Hessian of -score to `hessian`;
   * `jacobian` holds n images dmoving/dp one after the other.
   */
  addNormalEquations(
    moving: Float32Array,
    jacobian: Float32Array,
    scale: number,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number;
}

function writeGradient(
  state: WindowedNccState,
  moving: Float32Array,
  gradient: Float32Array | Float64Array,
  scale: number,
): void {
  const { weight, template } = state;
  const { runs } = state.grid;
  const [backA, backB, backC] = state.back;
  for (let r = 0; r < runs.length; r += 3) {
    const end = runs[r + 1]!;
    const cell = runs[r + 2]!;
    const a = scale * backA[cell]!;
    const b = scale * backB[cell]!;
    const c = scale * backC[cell]!;
    for (let i = runs[r]!; i < end; i++) gradient[i] = a * template[i]! + weight[i]! * (b * moving[i]! + c);
  }
}

/** Prepares windowed correlation against `fixed` with a weight per pixel. */
export function createWindowedNcc(
  fixed: Float32Array,
  weight: Float32Array,
  width: number,
  height: number,
  options: WindowedNccOptions,
): WindowedNcc {
  const state = prepareWindowedNcc(fixed, weight, width, height, options);
  const addNormal = createWindowedNormal(state);
  return {
    totalWeight: state.totalWeight,
    score: (moving) => scoreWindows(state, moving, false),
    scoreAndGradient(moving, gradient, scale): number {
      const score = scoreWindows(state, moving, true);
      writeGradient(state, moving, gradient, scale);
      return score;
    },
    addNormalEquations(moving, jacobian, scale, gradient, hessian): number {
      const score = scoreWindows(state, moving, true);
      addNormal(moving, jacobian, scale, gradient, hessian);
      return score;
    },
  };
}
