import { encoderOf } from "../networks/encoderConfig.ts";
import { searchUnits } from "../networks/refinementInput.ts";
import { type EncoderTrainerInput, encoderTrainer } from "./encoderTrainer.ts";
import { featureStep } from "./featureStep.ts";
import { type StepPairs, drawStepPairs } from "./stepPairs.ts";
import type { Measures, Trainer } from "./trainer.ts";

/** Both encoders in training for the Gauss-Newton steps that the registration takes with them. */
export async function createFeatureStepTrainer(
  input: EncoderTrainerInput,
  damping: number,
): Promise<Trainer> {
  const { config, projector } = input;
  const { encoder, masked, distance, softening } = config.config;
  const graph = featureStep({
    ...{ encoder: encoderOf(encoder), batch: config.batch, imageSize: encoder.imageSize },
    ...{ masked, distance, softening, damping },
  });
  return encoderTrainer(input, {
    ...{ graph, answer: graph.step, measures: stepMeasures },
    draw: (source, random) => drawStepPairs(source, projector, config, random),
  });
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
