import { type CmaesOptions, createCmaes } from "./cmaes.ts";
import { defaultPopulation } from "./cmaesStrategy.ts";
import type { Optimiser, StopReason } from "./optimiser.ts";
import { createParameterSpace } from "./parameterSpace.ts";
import { checkTold, createProgress } from "./progress.ts";

export interface IpopCmaesOptions extends CmaesOptions {
  /** How often to start again; default 9. */
  readonly maxRestarts?: number;
  /** Factor of the population from one run to the next; default 2. */
  readonly growth?: number;
  /**
   * Where restarts begin: "uniform" anywhere within the bounds (all must be finite), "start" at the first
   * start; default "uniform" when all bounds are finite, else "start".
   */
  readonly restartFrom?: "uniform" | "start";
}

/** Stops of a run that mean: this basin is done, try elsewhere with more points. */
const restarting: ReadonlySet<StopReason> = new Set([
  "value-tolerance",
  "step-tolerance",
  "stagnation",
  "ill-conditioned",
]);

/**
 * IPOP-CMA-ES (Auger & Hansen 2005): CMA-ES started again with a doubled population whenever it stops, until
 * a limit of the options or `maxRestarts` is reached. `maxIterations` and `maxEvaluations` count all runs
 * together; with the restarts used up, the reason of the last run is reported.
 */
export function createIpopCmaes(options: IpopCmaesOptions): Optimiser {
  const space = createParameterSpace(options);
  const finite = [...space.lower, ...space.upper].every(Number.isFinite);
  const { maxRestarts = 9, growth = 2, restartFrom = finite ? "uniform" : "start" } = options;
  const progress = createProgress(options);
  const firstPopulation = options.population ?? defaultPopulation(space.n);
  let restarts = 0;
  let run = createRun(options.start);
  let asked: readonly Float64Array[] = [];

  function createRun(start: ArrayLike<number>): Optimiser {
    const { maxEvaluations: _evaluations, maxIterations: _iterations, target: _target, ...own } = options;
    return createCmaes({ ...own, start, population: Math.floor(firstPopulation * growth ** restarts) });
  }

  function nextStart(): ArrayLike<number> {
    if (restartFrom === "start") return options.start;
    const z = Float64Array.from(space.lower, (low, i) => options.random.uniform(low, space.upper[i]!));
    return space.toUser(z);
  }

  return {
    ...{ name: "ipop-cma-es", needs: "values" },
    ask(): readonly Float64Array[] {
      asked = progress.stop === undefined ? run.ask() : [];
      return asked;
    },
    tell(evaluations): void {
      checkTold("IPOP-CMA-ES", asked.length, evaluations);
      evaluations.forEach((e, k) => progress.record(asked[k]!, e.value));
      asked = [];
      run.tell(evaluations);
      progress.iterations++;
      progress.checkLimits();
      if (progress.stop !== undefined || run.stop === undefined) return;
      if (restarts >= maxRestarts || !restarting.has(run.stop)) {
        progress.stop = run.stop;
        return;
      }
      restarts++;
      run = createRun(nextStart());
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
