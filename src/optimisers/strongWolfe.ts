import type { ParameterSpace } from "./parameterSpace.ts";
import type { ScaledEvaluation } from "./sequential.ts";

export interface LinePoint {
  readonly point: Float64Array;
  readonly evaluation: ScaledEvaluation;
}

/** A trial along the line: its step, value and slope. */
interface Trial extends LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

const decreaseFactor = 1e-4;
const curvatureFactor = 0.9;
const maxTrials = 40;

/**
 * Line search for the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6), c1 = 1e-4, c2
 * = 0.9, with cubic interpolation. Never goes beyond `longest`; there a sufficient decrease is enough.
 * Infinite values count as too far. Returns undefined when no trial improved.
 */
export function* strongWolfe(
  at: Float64Array,
  here: ScaledEvaluation,
  direction: Float64Array,
  firstStep: number,
  longest: number,
  space: ParameterSpace,
): Generator<Float64Array, LinePoint | undefined, ScaledEvaluation> {
  const slopeOf = (e: ScaledEvaluation): number => e.gradient.reduce((s, g, i) => s + g * direction[i]!, 0);
  const origin: Trial = { step: 0, point: at, evaluation: here, value: here.value, slope: slopeOf(here) };
  const tooHigh = (t: Trial): boolean => !(t.value <= here.value + decreaseFactor * t.step * origin.slope);
  const flat = (t: Trial): boolean => Math.abs(t.slope) <= -curvatureFactor * origin.slope;
  function* tryStep(step: number): Generator<Float64Array, Trial, ScaledEvaluation> {
    const point = space.clip(at.map((z, i) => z + step * direction[i]!));
    const evaluation = yield point;
    return { step, point, evaluation, value: evaluation.value, slope: slopeOf(evaluation) };
  }
  let low = origin;
  let high: Trial | undefined;
  let step = Math.min(firstStep, longest);
  for (let count = 0; count < maxTrials; count++) {
    const trial = yield* tryStep(step);
    if (
      tooHigh(trial) ||
      (low !== origin && trial.value >= low.value) ||
      (high && trial.value >= low.value)
    ) {
      high = trial;
    } else {
      if (flat(trial)) return trial;
      if (!high && trial.slope < 0) {
        if (trial.step >= longest) return trial;
        low = trial;
        step = Math.min(longest, 2.5 * step);
        continue;
      }
      if (!high || trial.slope * (high.step - low.step) >= 0) high = low;
      low = trial;
    }
    step = interpolate(low, high);
    if (Math.abs(high.step - low.step) <= 1e-14 * Math.max(high.step, low.step)) break;
  }
  return low.value < here.value ? low : undefined;
}

/** Minimum of the cubic through both ends, kept off them; the middle where an end has no value. */
function interpolate(a: Trial, b: Trial): number {
  const width = b.step - a.step;
  const middle = a.step + 0.5 * width;
  if (!(b.value < Infinity)) return a.step + 0.25 * width;
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(square);
  const step = b.step - (width * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const [least, most] = [Math.min(a.step, b.step), Math.max(a.step, b.step)];
  const margin = 0.1 * (most - least);
  if (!Number.isFinite(step)) return middle;
  return Math.min(most - margin, Math.max(least + margin, step));
}
