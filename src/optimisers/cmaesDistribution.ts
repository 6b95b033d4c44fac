import type { Random } from "../random.ts";
import type { CmaesStrategy } from "./cmaesStrategy.ts";
import { symmetricEigen } from "./symmetricEigen.ts";

/** The sampling distribution N(mean, sigma^2 C) of CMA-ES and its adaptation. */
export interface CmaesDistribution {
  readonly mean: Float64Array;
  readonly sigma: number;
  readonly covariance: Float64Array;
  /** Square roots of the covariance's eigenvalues, in the order of the columns of `axes`. */
  readonly deviations: Float64Array;
  readonly axes: Float64Array;
  readonly evolutionPath: Float64Array;
  /** Draws lambda points. */
  sample(random: Random): void;
  /** Point k of the last sample; the array is reused. */
  point(k: number): Float64Array;
  /** Moves and reshapes the distribution; `order` lists the points from best to worst. */
  update(order: readonly number[]): void;
}

export function createCmaesDistribution(
  strategy: CmaesStrategy,
  start: Float64Array,
  sigma0: number,
): CmaesDistribution {
  const { lambda, weights, mu, muEff, cc, cs, c1, cmu, damps, chiN } = strategy;
  const n = start.length;
  const mean = start.slice();
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) covariance[i * n + i] = 1;
  const pathC = new Float64Array(n);
  const pathSigma = new Float64Array(n);
  const steps = Array.from({ length: lambda }, () => new Float64Array(n));
  const scratch = new Float64Array(n);
  const point = new Float64Array(n);
  const meanStep = new Float64Array(n);
  let generation = 0;

  /** out = B f(D) B^T v, with f = 1/D. */
  function whiten(v: Float64Array, out: Float64Array): void {
    const { axes, deviations } = state;
    out.fill(0);
    for (let a = 0; a < n; a++) {
      let along = 0;
      for (let i = 0; i < n; i++) along += axes[i * n + a]! * v[i]!;
      along /= deviations[a]!;
      for (let i = 0; i < n; i++) out[i]! += axes[i * n + a]! * along;
    }
  }

  function updatePaths(order: readonly number[]): boolean {
    meanStep.fill(0);
    for (let k = 0; k < mu; k++) {
      const step = steps[order[k]!]!;
      for (let i = 0; i < n; i++) meanStep[i]! += weights[k]! * step[i]!;
    }
    for (let i = 0; i < n; i++) mean[i]! += state.sigma * meanStep[i]!;
    whiten(meanStep, scratch);
    let square = 0;
    for (let i = 0; i < n; i++) {
      pathSigma[i] = (1 - cs) * pathSigma[i]! + Math.sqrt(cs * (2 - cs) * muEff) * scratch[i]!;
      square += pathSigma[i]! ** 2;
    }
    const length = Math.sqrt(square);
    const unbiased = length / Math.sqrt(1 - (1 - cs) ** (2 * generation));
    const moving = unbiased < (1.4 + 2 / (n + 1)) * chiN;
    for (let i = 0; i < n; i++) {
      pathC[i] = (1 - cc) * pathC[i]! + (moving ? Math.sqrt(cc * (2 - cc) * muEff) * meanStep[i]! : 0);
    }
    state.sigma *= Math.exp(Math.min(1, (cs / damps) * (length / chiN - 1)));
    return moving;
  }

  function updateCovariance(order: readonly number[], moving: boolean): void {
    const weightSum = weights.reduce((s, w) => s + w, 0);
    const keep = 1 - c1 - cmu * weightSum + (moving ? 0 : c1 * cc * (2 - cc));
    for (let i = 0; i < n * n; i++) covariance[i]! *= keep;
    addOuter(pathC, c1);
    for (let k = 0; k < lambda; k++) {
      const step = steps[order[k]!]!;
      let weight = weights[k]!;
      if (weight === 0) continue;
      if (weight < 0) {
        // Long bad steps must not make C indefinite (tutorial, eq. 46).
        whiten(step, scratch);
        weight *= n / (scratch.reduce((s, v) => s + v * v, 0) + 1e-300);
      }
      addOuter(step, cmu * weight);
    }
  }

  function addOuter(v: Float64Array, factor: number): void {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) covariance[i * n + j]! += factor * v[i]! * v[j]!;
  }

  function decompose(): void {
    const { values, vectors } = symmetricEigen(covariance, n);
    const largest = values.reduce((a, b) => Math.max(a, b), 0);
    for (let a = 0; a < n; a++) state.deviations[a] = Math.sqrt(Math.max(values[a]!, 1e-30 * largest));
    state.axes.set(vectors);
  }

  const state = {
    ...{ mean, covariance, sigma: sigma0, evolutionPath: pathC },
    deviations: new Float64Array(n).fill(1),
    axes: covariance.slice(),
    sample(random: Random): void {
      for (const step of steps) {
        step.fill(0);
        for (let a = 0; a < n; a++) {
          const length = state.deviations[a]! * random.normal();
          for (let i = 0; i < n; i++) step[i]! += state.axes[i * n + a]! * length;
        }
      }
    },
    point(k: number): Float64Array {
      for (let i = 0; i < n; i++) point[i] = mean[i]! + state.sigma * steps[k]![i]!;
      return point;
    },
    update(order: readonly number[]): void {
      generation++;
      const before = state.sigma;
      const moving = updatePaths(order);
      updateCovariance(order, moving);
      decompose();
      if (!Number.isFinite(state.sigma)) state.sigma = before;
    },
  };
  return state;
}
