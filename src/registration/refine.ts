import { throwIfAborted } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { createLevenbergMarquardt } from "../optimisers/levenbergMarquardt.ts";
import type { StopReason } from "../optimisers/optimiser.ts";
import type { Level } from "./level.ts";
import { poseAt } from "../geometry/searchSpace.ts";
import type { Vec3 } from "../geometry/vec3.ts";

export interface RefineOptions {
  readonly maxIterations: number;
  /** Ends when a step is shorter than this share of the units below (a degree, 1 mm, 5 mm in depth). */
  readonly stepTolerance: number;
  readonly pivot: Vec3;
  readonly signal?: AbortSignal | undefined;
  /** After every iteration with the best pose so far; awaited, so that it may yield. */
  readonly onIteration?: (
    iteration: number,
    similarity: number,
    cameraFromWorld: Mat4,
  ) => Promise<void> | void;
}

export interface Refined {
  readonly cameraFromWorld: Mat4;
  /** Metric at the refined pose. */
  readonly similarity: number;
  readonly iterations: number;
  readonly stop: StopReason | undefined;
}

/** One unit of each search parameter: about a degree, a millimetre in plane, five in depth. */
const scales = [0.02, 0.02, 0.02, 1, 1, 5];

/** Levenberg-Marquardt on a metric's Gauss-Newton normal equations, from a nearby pose. */
export async function refine(level: Level, start: Mat4, options: RefineOptions): Promise<Refined> {
  const space = { base: start, pivot: options.pivot };
  const optimiser = createLevenbergMarquardt({
    start: new Float64Array(6),
    scales,
    maxIterations: options.maxIterations,
    valueTolerance: 1e-6,
    stepTolerance: options.stepTolerance,
    maxStep: [0.1, 0.1, 0.1, 10, 10, 30],
  });
  let seen = -1;
  while (optimiser.stop === undefined) {
    throwIfAborted(options.signal);
    const evaluations = optimiser.ask().map((x) => {
      const gradient = new Float64Array(6);
      const hessian = new Float64Array(36);
      return { value: -level.normalEquations(space, x, gradient, hessian), gradient, hessian };
    });
    optimiser.tell(evaluations);
    if (optimiser.best && optimiser.iterations !== seen) {
      seen = optimiser.iterations;
      await options.onIteration?.(seen, -optimiser.best.value, poseAt(space, optimiser.best.x));
    }
  }
  const best = optimiser.best!;
  return {
    cameraFromWorld: poseAt(space, best.x),
    similarity: -best.value,
    iterations: optimiser.iterations,
    stop: optimiser.stop,
  };
}
