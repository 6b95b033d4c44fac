/** Why an optimiser stopped. */
export type StopReason =
  | "value-tolerance"
  | "step-tolerance"
  | "gradient-tolerance"
  | "target-reached"
  | "max-evaluations"
  | "max-iterations"
  | "stagnation"
  | "ill-conditioned";

/** A point with its value. */
export interface Candidate {
  readonly x: Float64Array;
  readonly value: number;
}

/**
 * A minimiser driven from outside: `ask` for points, evaluate them any way you like (batched, on
 * workers, asynchronously), `tell` the values. Deterministic given its seed.
 */
export interface Optimiser {
  readonly name: string;
  /** What `tell` needs besides values. */
  readonly needs: "values" | "gradients" | "least-squares";
  /** The points to evaluate next; the arrays are the optimiser's own, valid until `tell`. */
  ask(): readonly Float64Array[];
  /** Values of the asked points in order, with what `needs` names. NaN counts as +Infinity. */
  tell(evaluations: readonly Evaluation[]): void;
  /** Best point told so far; undefined before the first `tell`. */
  readonly best: Candidate | undefined;
  /** Set once the optimiser has stopped; `ask` then returns no points. */
  readonly stop: StopReason | undefined;
  readonly iterations: number;
  readonly evaluations: number;
}

/** The answer to one asked point. */
export interface Evaluation {
  readonly value: number;
  /** dValue/dx, when `needs` is "gradients" or "least-squares". */
  readonly gradient?: Float64Array;
  /** Gauss-Newton (or other positive semi-definite) Hessian, n x n row-major, for "least-squares". */
  readonly hessian?: Float64Array;
}

/** Drives an optimiser with a plain synchronous function; for tests and small problems. */
export function minimise(optimiser: Optimiser, evaluate: (x: Float64Array) => Evaluation): Candidate {
  while (optimiser.stop === undefined) {
    optimiser.tell(optimiser.ask().map((x) => evaluate(x)));
  }
  if (!optimiser.best) throw new RangeError("minimise: the optimiser stopped before any evaluation");
  return optimiser.best;
}
