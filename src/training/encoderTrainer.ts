import { type Random, createRandom } from "../random.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { clipNorm } from "../tensor/parameterUpdate.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { ParameterSpec } from "../tensor/scope.ts";
import { compile } from "../tensor/session.ts";
import { gradientOf } from "./doubleBackward.ts";
import { type LoadedVolume, loadContent } from "./onlinePairs.ts";
import { type UpdateConfig, createUpdate } from "./parameterUpdates.ts";
import type { RefinementPairSettings } from "./refinementPairs.ts";
import { shareStart } from "./sharedStart.ts";
import type { Measures, Trainer, TrainerInput } from "./trainer.ts";

/** Configuration of the fine registration's training, whatever the features are trained for. */
export interface EncoderTrainingSettings extends RefinementPairSettings {
  readonly update: UpdateConfig;
  readonly clipNorm: number;
  readonly validationBatches: number;
}

export type EncoderTrainerInput = TrainerInput<EncoderTrainingSettings>;

/** What both encoders are trained for. `Pairs` are the graph's inputs of one step. */
export interface EncoderObjective<Pairs> {
  readonly graph: {
    readonly parameters: readonly ParameterSpec[];
    readonly loss: Tensor;
    readonly gradients: Readonly<Record<string, Tensor>>;
  };
  /** What the network says about each pair, [n, 6]: what is measured. */
  readonly answer: Tensor;
  draw(source: readonly LoadedVolume[], random: Random): Pairs;
  /** How good answers are, one array a step. */
  measures(answers: readonly Float32Array[], pairs: readonly Pairs[]): Measures;
}

/** Both encoders of the fine registration in training, on pairs rendered online. */
export async function encoderTrainer<Pairs extends Readonly<Record<keyof Pairs, Float32Array>>>(
  { config, seed, projector, runtime, ...volumes }: EncoderTrainerInput,
  { graph, answer, draw, measures }: EncoderObjective<Pairs>,
): Promise<Trainer> {
  const parameters = initialiseParameters(graph.parameters, createRandom(seed).fork("parameters"));
  shareStart(parameters);
  const gradient = createParameterStore(graph.parameters);
  const update = createUpdate(config.update, parameters.values.length);
  const { loss, gradients } = graph;
  const session = await compile({ loss, answer, ...gradients }, runtime);
  const validationSession = await compile({ loss, answer }, runtime);
  const into = Object.fromEntries(
    Object.entries(gradient.arrays).map(([name, array]) => [gradientOf(name), array]),
  );
  // The coarse volume is the initialiser's business.
  const training = loadContent(volumes.training, projector, { volumeSpacingMm: 8 });
  const validation = loadContent(volumes.validation, projector, { volumeSpacingMm: 8 });
  const drawStep = (step: number): Pairs => draw(training, createRandom(seed).fork(`step ${step}`));
  const fixed = Array.from({ length: config.validationBatches }, (_, i) =>
    draw(validation, createRandom(seed).fork(`validation ${i}`)),
  );
  let next: { step: number; pairs: Pairs } | undefined;

  return {
    ...{ network: "encoder", parameters, update, config: config.config },
    step: async (number, rate) => {
      const pairs = next?.step === number ? next.pairs : drawStep(number);
      const running = session.run({ ...parameters.arrays, ...pairs }, into);
      // The next pairs are rendered while the network runs on its own thread.
      next = { step: number + 1, pairs: drawStep(number + 1) };
      const results = await running;
      const norm = clipNorm(gradient.values, config.clipNorm);
      if (Number.isFinite(norm)) update.step(parameters.values, gradient.values, rate);
      return {
        ...{ loss: results["loss"]![0]!, gradientNorm: norm },
        ...measures([results["answer"]!], [pairs]),
      };
    },
    validate: async () => {
      let total = 0;
      const answers: Float32Array[] = [];
      for (const pairs of fixed) {
        const results = await validationSession.run({ ...parameters.arrays, ...pairs });
        total += results["loss"]![0]! / fixed.length;
        answers.push(results["answer"]!);
      }
      return { loss: total, score: total, ...measures(answers, fixed) };
    },
    dispose: async () => {
      await session.dispose();
      await validationSession.dispose();
    },
  };
}
