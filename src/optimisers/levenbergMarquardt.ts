import { choleskySolve } from "./choleskySolve.ts";
import type { Optimiser } from "./optimiser.ts";
import type { ParameterOptions, ParameterSpace, StopOptions } from "./parameterSpace.ts";
import type { Progress } from "./progress.ts";
import { type ScaledEvaluation, type Search, createSequential } from "./sequential.ts";

export interface LevenbergMarquardtOptions extends ParameterOptions, StopOptions {
  /**
   * First damping relative to the Hessian's diagonal; default 1e-3 (trust the start); 1 = start carefully.
   */
  readonly damping?: number;
  /** Longest change of each parameter in one step, in its own unit; default unlimited. */
  readonly maxStep?: ArrayLike<number>;
  /** Stop when an accepted step improves the value by less than this fraction of it; default 1e-9. */
  readonly valueTolerance?: number;
  /** Stop when no parameter moves by more than this many scales; default 1e-8. */
  readonly stepTolerance?: number;
  /** Stop when no free derivative, per scale, is larger; default 1e-12. */
  readonly gradientTolerance?: number;
}

interface Settings extends Required<
  Omit<LevenbergMarquardtOptions, keyof ParameterOptions | keyof StopOptions>
> {
  readonly maxStep: ArrayLike<number>;
}

/** A parameter whose Hessian diagonal is below this fraction of the largest is damped as if it were this. */
const leastDiagonal = 1e-9;
/** Above this damping a step is far below any tolerance: the model and the values contradict each other. */
const largestDamping = 1e24;

/**
 * Where a step gains much more than the model promised, the model is too stiff: residuals that the parameters cannot
 * explain yet hold a Gauss-Newton step back. Its Hessian is then halved, down to `leastStiffness` of itself.
 */
const softerAbove = 1.5;
const stifferBelow = 0.75;
const leastStiffness = 1 / 8;

/**
 * Levenberg-Marquardt with Marquardt's diagonal scaling and Nielsen's (1999) damping rule, on told gradients
 * and Gauss-Newton Hessians, which are softened where they hold the steps back. Parameters at a bound whose
 * gradient points outwards are held; steps are clipped to the bounds and to `maxStep`, and judged by the model
 * of the step really taken. A rejected or NaN point shortens the next step. One iteration = one evaluated step.
 */
export function createLevenbergMarquardt(options: LevenbergMarquardtOptions): Optimiser {
  return createSequential("levenberg-marquardt", "least-squares", options, (space, progress) =>
    search(space, progress, {
      damping: options.damping ?? 1e-3,
      maxStep: options.maxStep ?? new Float64Array(space.n).fill(Infinity),
      valueTolerance: options.valueTolerance ?? 1e-9,
      stepTolerance: options.stepTolerance ?? 1e-8,
      gradientTolerance: options.gradientTolerance ?? 1e-12,
    }),
  );
}

function* search(space: ParameterSpace, progress: Progress, settings: Settings): Search {
  let at: Float64Array = space.start.slice();
  let here = yield at;
  if (here.value === Infinity) return "ill-conditioned";
  let damping = settings.damping;
  let growth = 2;
  let stiffness = 1;
  for (;;) {
    const held = heldParameters(space, at, here.gradient);
    if (here.gradient.every((g, i) => held[i] || Math.abs(g) <= settings.gradientTolerance))
      return "gradient-tolerance";
    const model = { ...here, hessian: here.hessian.map((h) => stiffness * h) };
    const step = proposeStep(space, at, model, held, damping, settings.maxStep);
    const predicted = step === undefined ? 0 : predictedDecrease(model, step);
    if (step === undefined || !(predicted > 0)) {
      damping *= growth;
      growth *= 2;
      if (!(damping < largestDamping)) return "ill-conditioned";
      continue;
    }
    if (step.every((s) => Math.abs(s) <= settings.stepTolerance)) return "step-tolerance";
    const candidate = space.clip(at.map((z, i) => z + step[i]!));
    const there = yield candidate;
    progress.iterations++;
    const decrease = here.value - there.value;
    if (!(decrease > 0)) {
      if (stiffness < 1) stiffness = Math.min(1, 4 * stiffness);
      else {
        damping *= growth;
        growth *= 2;
      }
      continue;
    }
    const previous = Math.abs(here.value);
    at = candidate;
    here = there;
    const gain = decrease / predicted;
    damping *= Math.max(1 / 3, 1 - (2 * gain - 1) ** 3);
    growth = 2;
    if (gain > softerAbove) stiffness = Math.max(leastStiffness, stiffness / 2);
    else if (gain < stifferBelow) stiffness = Math.min(1, 2 * stiffness);
    if (decrease <= settings.valueTolerance * previous) return "value-tolerance";
  }
}

function heldParameters(space: ParameterSpace, at: Float64Array, gradient: Float64Array): boolean[] {
  return Array.from(
    gradient,
    (g, i) => (at[i]! <= space.lower[i]! && g >= 0) || (at[i]! >= space.upper[i]! && g <= 0),
  );
}

/** Solves (H + damping diag H) step = -gradient over the free parameters; undefined when H is unusable. */
function proposeStep(
  space: ParameterSpace,
  at: Float64Array,
  here: ScaledEvaluation,
  held: readonly boolean[],
  damping: number,
  maxStep: ArrayLike<number>,
): Float64Array | undefined {
  const { n } = space;
  const { gradient, hessian } = here;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, hessian[i * n + i]!);
  if (largest === 0) largest = 1;
  const system = hessian.slice();
  const step = gradient.map((g, i) => (held[i] ? 0 : -g));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) if (i !== j && (held[i] || held[j])) system[i * n + j] = 0;
    const diagonal = Math.max(hessian[i * n + i]!, leastDiagonal * largest);
    system[i * n + i] = held[i] ? 1 : hessian[i * n + i]! + damping * diagonal;
  }
  if (!choleskySolve(system, step)) return undefined;
  let shrink = 1;
  for (let i = 0; i < n; i++) {
    const limit = maxStep[i]! / space.scales[i]!;
    if (Math.abs(step[i]!) > limit) shrink = Math.min(shrink, limit / Math.abs(step[i]!));
  }
  for (let i = 0; i < n; i++) {
    const to = Math.min(space.upper[i]!, Math.max(space.lower[i]!, at[i]! + shrink * step[i]!));
    step[i] = to - at[i]!;
  }
  return step;
}

function predictedDecrease(here: ScaledEvaluation, step: Float64Array): number {
  const n = step.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let row = here.gradient[i]!;
    for (let j = 0; j < n; j++) row += 0.5 * here.hessian[i * n + j]! * step[j]!;
    sum -= row * step[i]!;
  }
  return sum;
}
