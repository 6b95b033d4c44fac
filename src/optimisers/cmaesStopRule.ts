import type { CmaesDistribution } from "./cmaesDistribution.ts";
import type { StopReason } from "./optimiser.ts";

export interface CmaesTolerances {
  /** Absolute, in scaled parameters. */
  readonly step: number;
  /** Absolute, in the value. */
  readonly value: number;
}

export type CmaesStopRule = (
  distribution: CmaesDistribution,
  values: Float64Array,
  order: readonly number[],
) => StopReason | undefined;

/**
 * Hansen's termination criteria (tutorial, appendix B.3): TolFun, EqualFunValues, TolX, NoEffectAxis,
 * NoEffectCoord, ConditionCov and Stagnation.
 */
export function createCmaesStopRule(n: number, lambda: number, tolerance: CmaesTolerances): CmaesStopRule {
  const window = 10 + Math.ceil((30 * n) / lambda);
  const bests: number[] = [];
  const medians: number[] = [];
  return (distribution, values, order) => {
    bests.push(values[order[0]!]!);
    medians.push(values[order[lambda >> 1]!]!);
    const recent = bests.slice(-window);
    if (recent.length === window && spread(recent) === 0 && recent[0]! < Infinity) return "value-tolerance";
    if (recent.length === window && spread([...recent, ...values]) < tolerance.value)
      return "value-tolerance";
    const { sigma, covariance, evolutionPath, deviations } = distribution;
    let small = true;
    for (let i = 0; i < n; i++) {
      const widest = Math.max(Math.abs(evolutionPath[i]!), Math.sqrt(covariance[i * n + i]!));
      if (!(sigma * widest < tolerance.step)) small = false;
    }
    if (small) return "step-tolerance";
    if (noEffect(distribution, bests.length)) return "step-tolerance";
    const [low, high] = [Math.min(...deviations), Math.max(...deviations)];
    if (high * high > 1e14 * low * low) return "ill-conditioned";
    return stagnates(bests, medians, n, lambda) ? "stagnation" : undefined;
  };
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Steps of 0.1 deviation along one axis, or 0.2 along one coordinate, that no longer change the mean. */
function noEffect(distribution: CmaesDistribution, generation: number): boolean {
  const { mean, sigma, covariance, deviations, axes } = distribution;
  const n = mean.length;
  const axis = generation % n;
  const length = 0.1 * sigma * deviations[axis]!;
  let unchanged = true;
  for (let i = 0; i < n; i++) {
    if (mean[i] !== mean[i]! + length * axes[i * n + axis]!) unchanged = false;
    if (mean[i] === mean[i]! + 0.2 * sigma * Math.sqrt(covariance[i * n + i]!)) return true;
  }
  return unchanged;
}

/** Neither best nor median values improved over the last 70 % of a long history. */
function stagnates(bests: number[], medians: number[], n: number, lambda: number): boolean {
  const length = Math.min(20000, Math.max(120 + (30 * n) / lambda, Math.ceil(0.2 * bests.length)));
  if (bests.length < length) return false;
  const worse = (history: number[]): boolean => {
    const part = history.slice(-Math.floor(length));
    const third = Math.floor(0.3 * part.length);
    return median(part.slice(-third)) >= median(part.slice(0, third));
  };
  return worse(bests) && worse(medians);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
