import { encoderOf } from "../networks/encoderConfig.ts";
import { searchUnits } from "../networks/refinementInput.ts";
import { createRandom } from "../random.ts";
import { createParameterStore, initialiseParameters } from "../tensor/parameterStore.ts";
import { clipNorm } from "../tensor/parameterUpdate.ts";
import { compile } from "../tensor/session.ts";
import { gradientOf } from "./doubleBackward.ts";
import { featureStep } from "./featureStep.ts";
import { loadContent } from "./onlinePairs.ts";
import { createUpdate } from "./parameterUpdates.ts";
import { type StepPairs, drawStepPairs } from "./stepPairs.ts";
import { type EncoderTrainerInput, shareStart } from "./trainEncoder.ts";
import type { Measures, Trainer } from "./trainer.ts";

/** Both encoders in training for the Gauss-Newton steps that the registration takes with them. */
export async function createFeatureStepTrainer(
  input: EncoderTrainerInput,
  damping: number,
): Promise<Trainer> {
  const { config, seed, projector, runtime } = input;
  const { encoder, masked, distance, softening } = config.config;
  const graph = featureStep({
    ...{ encoder: encoderOf(encoder), batch: config.batch, imageSize: encoder.imageSize },
    ...{ masked, distance, softening, damping },
  });
  const parameters = initialiseParameters(graph.parameters, createRandom(seed).fork("parameters"));
  shareStart(parameters.arrays);
  const gradient = createParameterStore(graph.parameters);
  const update = createUpdate(config.update, parameters.values.length);
  const { loss, step, gradients } = graph;
  const session = await compile({ loss, step, ...gradients }, runtime);
  const validationSession = await compile({ loss, step }, runtime);
  const into = Object.fromEntries(
    Object.entries(gradient.arrays).map(([name, array]) => [gradientOf(name), array]),
  );
  // The coarse volume is the initialiser's business.
  const training = loadContent(input.training, projector, { volumeSpacingMm: 8 });
  const validation = loadContent(input.validation, projector, { volumeSpacingMm: 8 });
  const draw = (number: number): StepPairs =>
    drawStepPairs(training, projector, config, createRandom(seed).fork(`step ${number}`));
  const fixed = Array.from({ length: config.validationBatches }, (_, i) =>
    drawStepPairs(validation, projector, config, createRandom(seed).fork(`validation ${i}`)),
  );
  let next: { step: number; pairs: StepPairs } | undefined;

  return {
    ...{ network: "encoder", parameters, update, config: config.config },
    step: async (number, rate) => {
      const pairs = next?.step === number ? next.pairs : draw(number);
      const running = session.run({ ...parameters.arrays, ...pairs }, into);
      // The next pairs are rendered while the network runs on its own thread.
      next = { step: number + 1, pairs: draw(number + 1) };
      const results = await running;
      const norm = clipNorm(gradient.values, config.clipNorm);
      if (Number.isFinite(norm)) update.step(parameters.values, gradient.values, rate);
      const measures = stepMeasures([results["step"]!], [pairs]);
      return { loss: results["loss"]![0]!, gradientNorm: norm, ...measures };
    },
    validate: async () => {
      let total = 0;
      const steps: Float32Array[] = [];
      for (const pairs of fixed) {
        const results = await validationSession.run({ ...parameters.arrays, ...pairs });
        total += results["loss"]![0]! / fixed.length;
        steps.push(results["step"]!);
      }
      return { loss: total, score: total, ...stepMeasures(steps, fixed) };
    },
    dispose: async () => {
      await session.dispose();
      await validationSession.dispose();
    },
  };
}

/** Mean absolute errors of single steps, and how many of them lead nearer to the true pose. */
function stepMeasures(steps: readonly Float32Array[], pairs: readonly StepPairs[]): Measures {
  const units = searchUnits.map((unit, q) => (q < 3 ? (unit * 180) / Math.PI : unit));
  const error = [0, 0, 0, 0, 0, 0];
  let [count, nearer] = [0, 0];
  steps.forEach((step, b) => {
    const { offset } = pairs[b]!;
    for (let i = 0; i < step.length; i += 6) {
      let [before, after] = [0, 0];
      units.forEach((unit, q) => {
        const miss = step[i + q]! - offset[i + q]!;
        error[q]! += unit * Math.abs(miss);
        before += offset[i + q]! ** 2;
        after += miss ** 2;
      });
      if (after < before) nearer++;
      count++;
    }
  });
  const [columns, rows, beam, u, v, depth] = error.map((sum) => sum / count) as unknown as readonly number[];
  return {
    nearerShare: nearer / count,
    rotationDeg: (columns! + rows! + beam!) / 3,
    inPlaneMm: (u! + v!) / 2,
    depthMm: depth!,
  };
}
