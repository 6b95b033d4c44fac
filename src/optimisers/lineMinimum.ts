import type { ParameterSpace } from "./parameterSpace.ts";
import type { ScaledEvaluation } from "./sequential.ts";

export interface LineMinimum {
  readonly point: Float64Array;
  readonly value: number;
}

interface Sample {
  readonly step: number;
  readonly value: number;
}

type LineSearch<T> = Generator<Float64Array, T, ScaledEvaluation>;
type TryStep = (step: number) => LineSearch<Sample>;

const golden = 0.3819660112501051;
const growth = 1.618033988749895;

/**
 * Minimum along a line by bracketing and Brent's method (Brent 1973, chapter 5), within the bounds. `value`
 * is that of `at`. The result is never worse than `at`.
 */
export function* lineMinimum(
  at: Float64Array,
  value: number,
  direction: Float64Array,
  firstStep: number,
  tolerance: number,
  space: ParameterSpace,
): LineSearch<LineMinimum> {
  let [lowest, highest] = [-Infinity, Infinity];
  direction.forEach((d, i) => {
    if (d === 0) return;
    const ends = [(space.lower[i]! - at[i]!) / d, (space.upper[i]! - at[i]!) / d];
    lowest = Math.max(lowest, Math.min(...ends));
    highest = Math.min(highest, Math.max(...ends));
  });
  const pointAt = (step: number): Float64Array => space.clip(at.map((z, i) => z + step * direction[i]!));
  const tryStep: TryStep = function* (step) {
    const evaluation = yield pointAt(step);
    return { step, value: evaluation.value };
  };
  const origin = { step: 0, value };
  const bracket = yield* findBracket(origin, firstStep, lowest, highest, tryStep);
  const best = bracket ? yield* brent(bracket, tolerance, tryStep) : origin;
  return best.value < value ? { point: pointAt(best.step), value: best.value } : { point: at, value };
}

interface Bracket {
  readonly from: number;
  readonly middle: Sample;
  readonly to: number;
}

/**
 * An interval whose middle is no higher than its ends, or that ends at a bound still falling; undefined: no
 * room.
 */
function* findBracket(
  origin: Sample,
  firstStep: number,
  lowest: number,
  highest: number,
  tryStep: TryStep,
): LineSearch<Bracket | undefined> {
  const clip = (step: number): number => Math.min(highest, Math.max(lowest, step));
  let previous = origin;
  let [first, opposite] = [clip(firstStep), clip(-firstStep)];
  if (first === 0) [first, opposite] = [opposite, 0];
  if (first === 0) return undefined;
  let current = yield* tryStep(first);
  if (!(current.value < origin.value)) {
    if (opposite === 0) return { from: Math.min(0, first), middle: origin, to: Math.max(0, first) };
    const other = yield* tryStep(opposite);
    if (!(other.value < origin.value)) return { from: opposite, middle: origin, to: first };
    current = other;
  }
  for (;;) {
    const next = clip(current.step + growth * (current.step - previous.step));
    if (next === current.step || Math.abs(next) > 1e12 * Math.abs(firstStep)) {
      return { from: Math.min(previous.step, next), middle: current, to: Math.max(previous.step, next) };
    }
    const trial = yield* tryStep(next);
    if (!(trial.value < current.value)) {
      const ends = [previous.step, trial.step];
      return { from: Math.min(...ends), middle: current, to: Math.max(...ends) };
    }
    previous = current;
    current = trial;
  }
}

/** Brent's parabolic interpolation safeguarded by golden section. */
function* brent(bracket: Bracket, tolerance: number, tryStep: TryStep): LineSearch<Sample> {
  let { from, to } = bracket;
  let best = bracket.middle;
  let second = best;
  let third = best;
  let last = 0;
  let beforeLast = 0;
  for (let count = 0; count < 60; count++) {
    const middle = 0.5 * (from + to);
    const least = tolerance * Math.max(Math.abs(best.step), 1e-3) + 1e-15;
    if (Math.abs(best.step - middle) <= 2 * least - 0.5 * (to - from)) break;
    let move = parabola(best, second, third);
    const target = best.step + move;
    const usable = Math.abs(move) < Math.abs(0.5 * beforeLast) && target > from && target < to;
    beforeLast = last;
    if (!usable) {
      beforeLast = best.step >= middle ? from - best.step : to - best.step;
      move = golden * beforeLast;
    } else if (target - from < 2 * least || to - target < 2 * least) {
      move = best.step < middle ? least : -least;
    }
    last = move;
    const trial = yield* tryStep(best.step + (Math.abs(move) >= least ? move : Math.sign(move || 1) * least));
    if (trial.value <= best.value) {
      if (trial.step >= best.step) from = best.step;
      else to = best.step;
      [third, second, best] = [second, best, trial];
    } else {
      if (trial.step < best.step) from = trial.step;
      else to = trial.step;
      if (trial.value <= second.value || second.step === best.step) [third, second] = [second, trial];
      else if (trial.value <= third.value || third.step === best.step || third.step === second.step)
        third = trial;
    }
  }
  return best;
}

/** Step from `best` to the vertex of the parabola through three samples; NaN when they do not span one. */
function parabola(best: Sample, second: Sample, third: Sample): number {
  const r = (best.step - second.step) * (best.value - third.value);
  const q = (best.step - third.step) * (best.value - second.value);
  const numerator = (best.step - third.step) * q - (best.step - second.step) * r;
  return -numerator / (2 * (q - r));
}
