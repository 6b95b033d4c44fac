import { type Pose, poseFromVector } from "../geometry/pose.ts";
import { cameraFromPose, cameraTwistJacobian } from "../geometry/carm.ts";
import { type InitialiserConfig, canonicalGeometry } from "../networks/initialiserInput.ts";
import type { Projector } from "../projector/projector.ts";
import { createRandom } from "../random.ts";
import { gradientDifference } from "../similarity/gradientDifference.ts";
import { poseGradient } from "../similarity/poseGradient.ts";
import { drawDropoutMask } from "../tensor/initialiser.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { clipNorm } from "../tensor/parameterUpdate.ts";
import { type GraphSession, compile } from "../tensor/session.ts";
import { gradientOf } from "./doubleBackward.ts";
import { initialiserGraph } from "./initialiserGraph.ts";
import {
  type InitialiserPairs,
  type PairSettings,
  drawPairs,
  loadContent,
  renderScene,
  reverseRows,
  unmirroredPose,
} from "./onlinePairs.ts";
import { type UpdateConfig, createUpdate } from "./parameterUpdates.ts";
import type { Measures, Trainer, TrainerInput } from "./trainer.ts";

/** Configuration of the initialiser's training. */
export interface RtpiTrainingConfig extends PairSettings {
  readonly update: UpdateConfig;
  /** Weights of equation (5). */
  readonly alpha: number;
  readonly beta: number;
  readonly lambda: number;
  /** The image term joins from this step on: far from the truth it has no gradient worth following. */
  readonly alphaFromStep: number;
  readonly poseWeights: readonly number[];
  /** Gradients longer than this are shortened. */
  readonly clipNorm: number;
  /** Steps' worth of fixed validation pairs. */
  readonly validationBatches: number;
}

export type RtpiTrainerInput = TrainerInput<RtpiTrainingConfig>;

/** Similarity of every image and its gradient by the pose, through the projector's Jacobian. */
interface ImageTerm {
  readonly similarity: Float32Array;
  readonly similarityGradient: Float32Array;
}

/** The pose initialiser in training: section 2.2, equation (5), pairs as in section 3.2. */
export async function createRtpiTrainer(input: RtpiTrainerInput): Promise<Trainer> {
  const { config, seed, projector, runtime } = input;
  const { batch } = config;
  const graph = initialiserGraph(config);
  const parameters = initialiseParameters(graph.parameters, createRandom(seed).fork("parameters"));
  const gradient = createParameterStore(graph.parameters);
  const update = createUpdate(config.update, parameters.values.length);
  const session = await compile({ loss: graph.loss, pose: graph.pose, ...graph.gradients }, runtime);
  const poseSession = await compile({ pose: graph.pose }, runtime);
  const into = Object.fromEntries(
    Object.entries(gradient.arrays).map(([name, array]) => [gradientOf(name), array]),
  );
  const noTerm: ImageTerm = {
    similarity: new Float32Array(batch),
    similarityGradient: new Float32Array(6 * batch),
  };
  const training = loadContent(input.training, projector, config.config);
  const validation = loadContent(input.validation, projector, config.config);
  const draw = (step: number): InitialiserPairs =>
    drawPairs(training, projector, config, createRandom(seed).fork(`step ${step}`));
  let next: { step: number; pairs: InitialiserPairs } | undefined;

  function dropoutMasks(step: number): Record<string, Float32Array> {
    const random = createRandom(seed).fork(`dropout ${step}`);
    return Object.fromEntries(
      graph.dropouts.map(({ name, shape }) => {
        const mask = new Float32Array(shape.reduce((product, n) => product * n, 1));
        drawDropoutMask(mask, config.config.dropoutRate, random);
        return [name, mask];
      }),
    );
  }

  async function step(number: number, rate: number): Promise<Measures> {
    const pairs = next?.step === number ? next.pairs : draw(number);
    const feeds = { ...parameters.arrays, ...dropoutMasks(number), ...inputsOf(pairs) };
    let term = noTerm;
    if (config.alpha > 0 && number >= config.alphaFromStep) {
      const { pose } = await poseSession.run(feeds);
      term = imageTerm(projector, pairs, posesOf(pose!), config.config);
    }
    const running = session.run({ ...feeds, ...term }, into);
    // The next pairs are rendered while the network runs on its own thread.
    next = { step: number + 1, pairs: draw(number + 1) };
    const { loss, pose } = await running;
    const norm = clipNorm(gradient.values, config.clipNorm);
    if (Number.isFinite(norm)) update.step(parameters.values, gradient.values, rate);
    return { loss: loss![0]!, gradientNorm: norm, ...poseMeasures([pairs], [pose!]) };
  }

  const fixed = Array.from({ length: config.validationBatches }, (_, i) =>
    drawPairs(validation, projector, config, createRandom(seed).fork(`validation ${i}`)),
  );
  return {
    ...{ network: "rtpi", parameters, update, config: config.config, step },
    validate: async () => {
      const poses: Float32Array[] = [];
      for (const pairs of fixed) poses.push(await predict(poseSession, parameters.arrays, pairs, graph));
      const measures = poseMeasures(fixed, poses);
      return { ...measures, score: measures["weightedError"]! };
    },
    dispose: async () => {
      await session.dispose();
      await poseSession.dispose();
    },
  };

  function poseMeasures(pairs: readonly InitialiserPairs[], poses: readonly Float32Array[]): Measures {
    return poseErrorMeasures(
      pairs.flatMap(({ truth }) => truth),
      poses.flatMap(posesOf),
      config.poseWeights,
    );
  }
}

function inputsOf(pairs: InitialiserPairs): Record<string, Float32Array> {
  const { image, volume, hints, truePose } = pairs;
  return { image, volume, hints, truePose };
}

async function predict(
  session: GraphSession,
  parameters: Readonly<Record<string, Float32Array>>,
  pairs: InitialiserPairs,
  { dropouts }: Pick<ReturnType<typeof initialiserGraph>, "dropouts">,
): Promise<Float32Array> {
  const kept = Object.fromEntries(
    dropouts.map(({ name, shape }) => [name, new Float32Array(shape.reduce((n, m) => n * m, 1)).fill(1)]),
  );
  const { pose } = await session.run({ ...parameters, ...kept, ...inputsOf(pairs) });
  return pose!;
}

/** Rows of a pose tensor. */
export function posesOf(values: Float32Array): Pose[] {
  return Array.from({ length: values.length / 6 }, (_, i) =>
    poseFromVector(values.subarray(6 * i, 6 * i + 6)),
  );
}

const keys = ["rx", "ry", "rz", "tx", "ty", "tz"] as const;

/** Mean absolute errors: degrees, mm in plane, mm of depth, and the weighted norm that is trained. */
export function poseErrorMeasures(
  truth: readonly Pose[],
  estimate: readonly Pose[],
  weights: readonly number[],
): Measures {
  const error = [0, 0, 0, 0, 0, 0];
  let weightedError = 0;
  truth.forEach((pose, i) => {
    const parts = keys.map((key, q) => {
      const unit = q < 3 ? 180 / Math.PI : 1;
      return unit * Math.abs(pose[key] - estimate[i]![key]);
    });
    parts.forEach((part, q) => (error[q]! += part / truth.length));
    weightedError += Math.hypot(...parts.map((part, q) => part * weights[q]!)) / truth.length;
  });
  return {
    rotationDeg: (error[0]! + error[1]! + error[2]!) / 3,
    inPlaneMm: (error[4]! + error[5]!) / 2,
    depthMm: error[3]!,
    weightedError,
  };
}

/** L_sim of equation (5): 1 - gradient difference of the projections at the true pose and at the estimate. */
function imageTerm(
  projector: Projector,
  pairs: InitialiserPairs,
  poses: readonly Pose[],
  { imageSize: s }: InitialiserConfig,
): ImageTerm {
  const { camera } = canonicalGeometry(s);
  const each = poses.length / pairs.scenes.length;
  const similarity = new Float32Array(poses.length);
  const similarityGradient = new Float32Array(6 * poses.length);
  const slope = new Float32Array(s * s);
  // A mirror turns the derivatives by rx, rz and ty round.
  const signs = [-1, 1, -1, 1, -1, 1];
  pairs.scenes.forEach((scene, v) => {
    const { content, frame, mirrored } = scene;
    const targets = renderScene(
      projector,
      content.projected,
      scene,
      pairs.truth.slice(v * each, (v + 1) * each),
      s,
    );
    targets.forEach((target, j) => {
      if (!target.some((value) => value > 0)) return;
      if (mirrored) reverseRows(target, s);
      const i = v * each + j;
      const pose = mirrored ? unmirroredPose(poses[i]!) : poses[i]!;
      const moving = projector.drrWithJacobian(content.projected, camera, cameraFromPose(pose, frame));
      similarity[i] = 1 - gradientDifference(target, s, s).valueAndGradient(moving.image, slope);
      const twist = poseGradient(slope, moving.jacobian);
      const chain = cameraTwistJacobian(pose, frame);
      for (let q = 0; q < 6; q++) {
        let sum = 0;
        for (let r = 0; r < 6; r++) sum += twist[r]! * chain[6 * r + q]!;
        similarityGradient[6 * i + q] = (mirrored ? signs[q]! : 1) * -sum;
      }
    });
  });
  return { similarity, similarityGradient };
}
