import { throwIfAborted } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { poseAt } from "../geometry/searchSpace.ts";
import type { EncoderNetwork } from "../networks/networks.ts";
import { searchUnits } from "../networks/refinementInput.ts";
import { choleskySolve } from "../optimisers/choleskySolve.ts";
import type { FeatureNormalEquations } from "./embeddedFeatures.ts";
import { type EmbeddedObjective, createEmbeddedObjective } from "./embeddedObjective.ts";
import type { MethodInput } from "./method.ts";
import type { PreparedXray } from "./prepareXray.ts";

/** Longest change of each parameter in one step: about the offsets that are trained. */
const maxStep = [0.15, 0.15, 0.15, 15, 15, 30] as const;

/** Added to the diagonal of the normal equations, as a share of its mean: as in training. */
const damping = 0.03;

/** Steps shorter than this, in search units, are the end: a seventh of a degree, a tenth of a mm, 1 mm of depth. */
const stepTolerance = 0.05;

/** So many steps bring a pose near, where they lead anywhere. */
export const approachSteps = 5;

/** Parameters of a pose, by index. */
export const rotation: readonly number[] = [0, 1, 2];
export const translation: readonly number[] = [3, 4, 5];
export const everything: readonly number[] = [...rotation, ...translation];

/** Called after every iteration with the pose it led to. */
export type OnFeatureIteration = (iteration: number, value: number, cameraFromWorld: Mat4) => Promise<void>;

/** Steps along the features, counted. */
export interface FeaturePath {
  /** Moves the parameters `free` from a pose until those of `settling` hardly move any more. */
  follow(
    from: Mat4,
    free: readonly number[],
    settling: readonly number[],
    most: number,
  ): Promise<{ pose: Mat4; settled: boolean }>;
  iterations(): number;
}

export function createFeaturePath(
  objective: EmbeddedObjective,
  { signal }: Pick<MethodInput, "signal">,
  onIteration: OnFeatureIteration,
): FeaturePath {
  let iterations = 0;
  return {
    iterations: () => iterations,
    async follow(from, free, settling, most) {
      let pose = from;
      for (let i = 0; i < most; i++) {
        throwIfAborted(signal);
        const space = objective.space(pose);
        const equations = await objective.normalEquations(space, new Float64Array(6));
        const step = gaussNewtonStep(equations, free);
        pose = poseAt(
          space,
          step.map((value, q) => value * searchUnits[q]!),
        );
        iterations++;
        await onIteration(iterations, equations.value, pose);
        if (Math.hypot(...settling.map((q) => step[q]!)) < stepTolerance) return { pose, settled: true };
      }
      return { pose, settled: false };
    },
  };
}

/** Where the first steps from one pose lead: features need few to come near. */
export async function approachByFeatures(
  network: EncoderNetwork,
  input: Pick<MethodInput, "projector" | "ct" | "camera" | "signal">,
  xray: PreparedXray,
  start: Mat4,
  onIteration: OnFeatureIteration,
): Promise<Mat4> {
  const objective = await createEmbeddedObjective(network, input, xray);
  const path = createFeaturePath(objective, input, onIteration);
  return (await path.follow(start, everything, everything, approachSteps)).pose;
}

/** The damped step in search units, zero for parameters that are not free; shortened where it is too long. */
function gaussNewtonStep(
  { gradient, hessian }: FeatureNormalEquations,
  free: readonly number[],
): Float64Array {
  const n = free.length;
  const right = Float64Array.from(free, (q) => -gradient[q]! * searchUnits[q]!);
  const matrix = Float64Array.from({ length: n * n }, (_, i) => {
    const [p, q] = [free[Math.floor(i / n)]!, free[i % n]!];
    return hessian[6 * p + q]! * searchUnits[p]! * searchUnits[q]!;
  });
  let diagonal = 0;
  for (let i = 0; i < n; i++) diagonal += matrix[i * n + i]! / n;
  for (let i = 0; i < n; i++) matrix[i * n + i]! += damping * diagonal + Number.MIN_VALUE;
  const step = new Float64Array(6);
  if (!(diagonal > 0) || !choleskySolve(matrix, right)) return step;
  const shrink = free.reduce(
    (least, q, i) => Math.min(least, maxStep[q]! / searchUnits[q]! / Math.abs(right[i]!)),
    1,
  );
  free.forEach((q, i) => (step[q] = shrink * right[i]!));
  return step;
}
