import { badInput } from "../errors.ts";
import { createRandom } from "../random.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { clipNorm } from "../tensor/parameterUpdate.ts";
import { type Arrays, type GraphSession, compile } from "../tensor/session.ts";
import { type PoseScales, deepRegImageGraph, deepRegVolumeGraph } from "./deepRegGraph.ts";
import { type DeepRegPairSettings, type DeepRegPairs, drawDeepRegPairs } from "./deepRegPairs.ts";
import {
  type DeepRegBackward,
  type DeepRegViews,
  channelAdjoint,
  createProjectedViews,
  projectViews,
} from "./deepRegProjection.ts";
import { directionCosine } from "./directionCosine.ts";
import { gradientOf } from "./doubleBackward.ts";
import { loadContent } from "./onlinePairs.ts";
import { type UpdateConfig, createUpdate } from "./parameterUpdates.ts";
import { shareStart } from "./sharedStart.ts";
import type { Measures, Trainer, TrainerInput } from "./trainer.ts";

/** Configuration of the training of `deep-reg`. */
export interface DeepRegTrainingConfig extends DeepRegPairSettings {
  readonly update: UpdateConfig;
  /** Units of theta in which directions are compared; all one as printed. */
  readonly scales: PoseScales;
  readonly clipNorm: number;
  readonly validationBatches: number;
}

export type DeepRegTrainerInput = TrainerInput<DeepRegTrainingConfig>;

/**
 * ProST's networks in training by double backward: the network on the volume, the projector, the encoders and
 * equation (7), then all the way back.
 */
export async function createDeepRegTrainer(input: DeepRegTrainerInput): Promise<Trainer> {
  const { config, seed, projector, runtime } = input;
  requireWholeShares(config);
  const volumeGraph = deepRegVolumeGraph(config.config, config.volumes);
  const imageGraph = deepRegImageGraph(config.config, config.batch, { scales: config.scales });
  const specs = [...volumeGraph.parameters, ...imageGraph.parameters];
  const parameters = initialiseParameters(specs, createRandom(seed).fork("parameters"));
  shareStart(parameters);
  const gradient = createParameterStore(specs);
  const update = createUpdate(config.update, parameters.values.length);
  const { loss, poseGradient, backward } = imageGraph;
  const forward = await compile({ channels: volumeGraph.channels }, runtime);
  const volumeSession = await compile(volumeGraph.gradients, runtime);
  const imageSession = await compile({ loss, poseGradient, ...backward, ...imageGraph.gradients }, runtime);
  const validationSession = await compile({ loss, poseGradient }, runtime);
  const gradientsOf = (list: typeof specs): Arrays =>
    Object.fromEntries(list.map(({ name }) => [gradientOf(name), gradient.arrays[name]!]));
  const [intoVolume, intoImage] = [
    gradientsOf([...volumeGraph.parameters]),
    gradientsOf([...imageGraph.parameters]),
  ];
  const content = { volumeSpacingMm: config.config.volumeSpacingMm };
  const training = loadContent(input.training, projector, content);
  const validation = loadContent(input.validation, projector, content);
  const draw = (step: number): DeepRegPairs =>
    drawDeepRegPairs(training, projector, config, createRandom(seed).fork(`step ${step}`));
  const fixed = Array.from({ length: config.validationBatches }, (_, i) =>
    drawDeepRegPairs(validation, projector, config, createRandom(seed).fork(`validation ${i}`)),
  );
  // Used again at every step: so many new arrays kept the garbage collector busy.
  const projected = createProjectedViews(
    config.batch,
    config.config.volume.outputs,
    config.config.encoder.imageSize ** 2,
  );
  let next: { step: number; pairs: DeepRegPairs } | undefined;

  /** The feeds of the image stage: the volume stage has run and the projector has shown its channels. */
  async function imageFeeds(pairs: DeepRegPairs): Promise<{ feeds: Arrays; views: DeepRegViews }> {
    const { volume, geometries, ...inputs } = pairs;
    const { volumes } = config;
    const { channels } = await forward.run({ ...parameters.arrays, volume });
    const views = { geometries, volumes, channels: config.config.volume.outputs };
    return {
      feeds: { ...parameters.arrays, ...inputs, ...projectViews(channels!, views, projected) },
      views,
    };
  }

  async function step(number: number, rate: number): Promise<Measures> {
    const pairs = next?.step === number ? next.pairs : draw(number);
    const { feeds, views } = await imageFeeds(pairs);
    const running = imageSession.run(feeds, intoImage);
    // The next pairs are rendered while the network runs on its own thread.
    next = { step: number + 1, pairs: draw(number + 1) };
    const results = await running;
    const adjoint = channelAdjoint(results as unknown as DeepRegBackward, views);
    await volumeSession.run({ ...parameters.arrays, volume: pairs.volume, adjoint }, intoVolume);
    const norm = clipNorm(gradient.values, config.clipNorm);
    if (Number.isFinite(norm)) update.step(parameters.values, gradient.values, rate);
    const measures = directionMeasures([results["poseGradient"]!], [pairs], config.scales);
    return { loss: results["loss"]![0]!, gradientNorm: norm, ...measures };
  }

  const sessions: readonly GraphSession[] = [forward, volumeSession, imageSession, validationSession];
  return {
    ...{ network: "deep-reg", parameters, update, config: config.config, step },
    validate: async () => {
      let total = 0;
      const slopes: Float32Array[] = [];
      for (const pairs of fixed) {
        const results = await validationSession.run((await imageFeeds(pairs)).feeds);
        total += results["loss"]![0]! / fixed.length;
        slopes.push(results["poseGradient"]!);
      }
      return { loss: total, score: total, ...directionMeasures(slopes, fixed, config.scales) };
    },
    dispose: async () => {
      for (const session of sessions) await session.dispose();
    },
  };
}

function requireWholeShares({ batch, volumes }: DeepRegPairSettings): void {
  if (batch % volumes === 0) return;
  throw badInput({
    what: "Training configuration",
    got: `${batch} pairs of ${volumes} volumes a step`,
    expected: "as many pairs of each volume",
  });
}

/** Mean cosine of the network's gradient and the geodesic one, both in theta / scales, rotation and translation apart. */
function directionMeasures(
  slopes: readonly Float32Array[],
  pairs: readonly DeepRegPairs[],
  scales: PoseScales,
): Measures {
  let [rotation, translation, depth, count] = [0, 0, 0, 0];
  slopes.forEach((slope, b) => {
    const goal = pairs[b]!.geodesicGradient;
    for (let i = 0; i < slope.length; i += 6) {
      const own = scales.map((scale, q) => scale * slope[i + q]!);
      const target = scales.map((scale, q) => goal[i + q]! / scale);
      rotation += directionCosine(own.slice(0, 3), target.slice(0, 3));
      translation += directionCosine(own.slice(3), target.slice(3));
      depth += own[3]! * target[3]! > 0 ? 1 : 0;
      count++;
    }
  });
  return {
    rotationCosine: rotation / count,
    translationCosine: translation / count,
    depthSignShare: depth / count,
  };
}
