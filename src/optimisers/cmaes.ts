import { usageError } from "../errors.ts";
import type { Random } from "../random.ts";
import { createCmaesDistribution } from "./cmaesDistribution.ts";
import { createCmaesStopRule } from "./cmaesStopRule.ts";
import { cmaesStrategy, defaultPopulation } from "./cmaesStrategy.ts";
import type { Optimiser } from "./optimiser.ts";
import { type ParameterOptions, type StopOptions, createParameterSpace } from "./parameterSpace.ts";
import { checkTold, createProgress } from "./progress.ts";
import { reflect } from "./reflect.ts";

export interface CmaesOptions extends ParameterOptions, StopOptions {
  readonly random: Random;
  /** First standard deviation of each parameter in units of its scale; default 1. */
  readonly sigma?: number;
  /** Points a generation; default 4 + floor(3 ln n). */
  readonly population?: number;
  /** Learn from bad points too (negative recombination weights); default true. */
  readonly active?: boolean;
  /** Stop when all standard deviations, in scales, are below this fraction of sigma; default 1e-12. */
  readonly stepTolerance?: number;
  /** Stop when the best values of the last generations and all of this one differ by less; default 1e-12. */
  readonly valueTolerance?: number;
}

/**
 * CMA-ES, the covariance matrix adaptation evolution strategy (Hansen & Ostermeier 2001; parameters of
 * Hansen's tutorial, arXiv:1604.00772), a robust global search for up to a few dozen parameters. `ask` gives
 * a whole generation. Bounds by reflection (see `reflect`): every asked point is inside, ranking needs no
 * penalty.
 */
export function createCmaes(options: CmaesOptions): Optimiser {
  const space = createParameterSpace(options);
  const { n } = space;
  const lambda = options.population ?? defaultPopulation(n);
  const sigma = options.sigma ?? 1;
  if (!(Number.isInteger(lambda) && lambda >= 4)) {
    throw usageError({ what: "CMA-ES population", got: String(lambda), expected: "an integer >= 4" });
  }
  if (!(sigma > 0 && sigma < Infinity)) {
    throw usageError({ what: "CMA-ES sigma", got: String(sigma), expected: "a finite number > 0" });
  }
  const strategy = cmaesStrategy(n, lambda, options.active ?? true);
  const distribution = createCmaesDistribution(strategy, space.start, sigma);
  const stopRule = createCmaesStopRule(n, lambda, {
    step: (options.stepTolerance ?? 1e-12) * sigma,
    value: options.valueTolerance ?? 1e-12,
  });
  const progress = createProgress(options);
  const points = Array.from({ length: lambda }, () => new Float64Array(n));
  const values = new Float64Array(lambda);
  const order = Array.from({ length: lambda }, (_, i) => i);
  const folded = new Float64Array(n);
  let waiting = false;
  return {
    ...{ name: "cma-es", needs: "values" },
    ask(): readonly Float64Array[] {
      if (progress.stop !== undefined) return [];
      if (!waiting) {
        distribution.sample(options.random);
        points.forEach((point, k) => {
          const z = distribution.point(k);
          for (let i = 0; i < n; i++) folded[i] = reflect(z[i]!, space.lower[i]!, space.upper[i]!);
          space.toUser(folded, point);
        });
        waiting = true;
      }
      return points;
    },
    tell(evaluations): void {
      checkTold("CMA-ES", waiting ? lambda : 0, evaluations);
      waiting = false;
      evaluations.forEach((e, k) => (values[k] = progress.record(points[k]!, e.value)));
      order.forEach((_, k) => (order[k] = k));
      order.sort((a, b) => (values[a] === values[b] ? a - b : values[a]! - values[b]!));
      distribution.update(order);
      progress.iterations++;
      progress.checkLimits();
      progress.stop ??= stopRule(distribution, values, order);
    },
    get best() {
      return progress.best;
    },
    get stop() {
      return progress.stop;
    },
    get iterations() {
      return progress.iterations;
    },
    get evaluations() {
      return progress.evaluations;
    },
  };
}
