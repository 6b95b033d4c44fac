import type { Mat4 } from "../geometry/mat4.ts";
import type { EncoderNetwork } from "../networks/networks.ts";
import { createEmbeddedObjective } from "./embeddedObjective.ts";
import {
  type OnFeatureIteration,
  approachSteps,
  createFeaturePath,
  everything,
  rotation,
  translation,
} from "./featurePath.ts";
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

/** Steps at most: with all parameters, and with translation alone. */
const maxIterations = { joint: 16, translation: 8 } as const;

/** How well a projection explains the X-ray; higher is better. `quick` compares many poses, `careful` few. */
export interface PoseJudge {
  quick(cameraFromWorld: Mat4): number;
  careful(cameraFromWorld: Mat4): number;
}

/** Of several starts, as many are followed to the end. */
const finalists = 3;

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
  input: Pick<MethodInput, "projector" | "ct" | "camera" | "signal">,
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
    const turned = await path.follow(start, everything, rotation, maxIterations.joint);
    const { pose, settled } = await path.follow(
      turned.pose,
      translation,
      translation,
      maxIterations.translation,
    );
    return { pose, settled, value: several ? judge.careful(pose) : 0 };
  }

  const [initial] = await objective.values([starts[0]!]);
  const followed: Followed[] = [];
  const endings: Ending[] = [];
  for (const start of starts) {
    const { pose } = several
      ? await path.follow(start, everything, everything, approachSteps)
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
}

/** Where a start led, and what the judge thinks of it. */
interface Followed {
  readonly pose: Mat4;
  readonly value: number;
}

interface Ending extends Followed {
  readonly settled: boolean;
}
