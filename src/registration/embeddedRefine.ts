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

/** What the fine registration found. */
export interface EmbeddedRefinement {
  readonly cameraFromWorld: Mat4;
  /** L_N of equation (6) at the start and at the result; lower is better. */
  readonly initial: number;
  readonly final: number;
  readonly iterations: number;
  readonly stop: "step-tolerance" | "max-iterations";
}

/** Longest change of each parameter in one step: about the offsets that are trained. */
const maxStep = [0.15, 0.15, 0.15, 15, 15, 30] as const;

/** Added to the diagonal of the normal equations, as a share of its mean: as in training. */
const damping = 0.03;

/** Steps shorter than this, in search units, are the end: a seventh of a degree, a tenth of a mm, 1 mm of depth. */
const stepTolerance = 0.05;

const maxIterations = { follow: 5, joint: 16, translation: 8 } as const;
const translation = [3, 4, 5];
const everything = [0, 1, 2, ...translation];

/** How well a projection explains the X-ray; higher is better. `quick` compares many poses, `careful` few. */
export interface PoseJudge {
  quick(cameraFromWorld: Mat4): number;
  careful(cameraFromWorld: Mat4): number;
}

/** Of several starts, as many are followed to the end. */
const finalists = 3;

/** Called after every iteration with the pose it led to. */
export type OnFeatureIteration = (iteration: number, value: number, cameraFromWorld: Mat4) => Promise<void>;

/**
 * Section 2.3 at work: the pose whose projection has the features of the X-ray. All six parameters are
 * iterated until rotation has settled; then rotation is frozen and translation goes on to convergence,
 * for the two do not converge at one rate. It stops on convergence, never on time.
 *
 * Every iteration takes the Gauss-Newton step of equation (6) as it is: features are trained to make that
 * step lead to the true pose, and it does so also where L_N itself rises on the way. For the same reason
 * L_N does not choose among several starts: each is followed for a while, the most convincing to the end.
 */
export async function refineEmbedded(
  network: EncoderNetwork,
  input: Pick<MethodInput, "projector" | "volume" | "rigid" | "camera" | "signal">,
  xray: PreparedXray,
  starts: readonly Mat4[],
  judge: PoseJudge,
  onIteration: OnFeatureIteration,
): Promise<EmbeddedRefinement> {
  const objective = await createEmbeddedObjective(network, input, xray);
  const path = createFeaturePath(objective, input, onIteration);
  const several = starts.length > 1;

  /** Follows one start to the end. */
  async function converge(start: Mat4): Promise<Ending> {
    const turned = await path.follow(start, everything, [0, 1, 2], maxIterations.joint);
    const { pose, settled } = await path.follow(
      turned.pose,
      translation,
      translation,
      maxIterations.translation,
    );
    return { pose, settled, value: several ? judge.careful(pose) : 0 };
  }

  try {
    const [initial] = await objective.values([starts[0]!]);
    const followed: Followed[] = [];
    const endings: Ending[] = [];
    for (const start of starts) {
      const { pose } = several
        ? await path.follow(start, everything, everything, maxIterations.follow)
        : { pose: start };
      followed.push({ pose, value: several ? judge.quick(pose) : 0 });
    }
    followed.sort((a, b) => b.value - a.value);
    for (const one of followed.slice(0, finalists)) {
      const ending = await converge(one.pose);
      endings.push(ending);
      // Where features lead away from a pose that explains the X-ray better, it stays.
      if (several) endings.push({ ...ending, pose: one.pose, value: judge.careful(one.pose) });
    }
    endings.sort((a, b) => b.value - a.value);
    const best = endings[0]!;
    const [final] = await objective.values([best.pose]);
    return {
      ...{ cameraFromWorld: best.pose, initial: initial!, final: final! },
      iterations: path.iterations(),
      stop: best.settled ? "step-tolerance" : "max-iterations",
    };
  } finally {
    objective.dispose();
  }
}

/** Where the first steps from one pose lead: features need few to come near. */
export async function approachByFeatures(
  network: EncoderNetwork,
  input: Pick<MethodInput, "projector" | "volume" | "rigid" | "camera" | "signal">,
  xray: PreparedXray,
  start: Mat4,
  onIteration: OnFeatureIteration,
): Promise<Mat4> {
  const objective = await createEmbeddedObjective(network, input, xray);
  const path = createFeaturePath(objective, input, onIteration);
  try {
    return (await path.follow(start, everything, everything, maxIterations.follow)).pose;
  } finally {
    objective.dispose();
  }
}

/** Steps along the features, counted. */
interface FeaturePath {
  /** Moves the parameters `free` from a pose until those of `settling` hardly move any more. */
  follow(
    from: Mat4,
    free: readonly number[],
    settling: readonly number[],
    most: number,
  ): Promise<{ pose: Mat4; settled: boolean }>;
  iterations(): number;
}

function createFeaturePath(
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

/** Where a start led, and what the judge thinks of it. */
interface Followed {
  readonly pose: Mat4;
  readonly value: number;
}

interface Ending extends Followed {
  readonly settled: boolean;
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
