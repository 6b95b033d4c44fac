import type { InitialiserConfig } from "../networks/initialiserInput.ts";
import { defaultRandomisation } from "./domainRandomisation.ts";
import { aimedPoses } from "./poseSampler.ts";
import type { RtpiTrainingConfig } from "./trainRtpi.ts";
import type { TrainingPlan } from "./trainingConfig.ts";

/** A training run of the initialiser. */
export type RtpiPlan = Extract<TrainingPlan, { network: "rtpi" }>;

export interface PatientPlanOptions {
  readonly seed: number;
  /** Sizes of the network, as the weights that are adapted have them. */
  readonly config: InitialiserConfig;
  /** Whether labels are given: half of the pairs then show nothing but the labelled bones. */
  readonly labelled: boolean;
}

/** How the initialiser is adapted to one CT: gently, for it knows most already. */
export function patientPlan(options: PatientPlanOptions): RtpiPlan {
  const { seed, config, labelled } = options;
  const trainer: RtpiTrainingConfig = {
    // Two directions of view a step; the CT is the same.
    ...{ config, batch: 16, volumes: 2, centreJitterMm: 10, segmentedShare: labelled ? 0.5 : 0 },
    ...{ poses: aimedPoses, randomisation: defaultRandomisation },
    update: { kind: "adam", weightDecay: 1e-4 },
    // The image term of equation (5) costs a projection for every image and gains nothing in so few steps.
    ...{ alpha: 0, beta: 1, lambda: 0, alphaFromStep: 0 },
    ...{ poseWeights: [1, 1, 1, 0.2, 0.7, 0.7], clipNorm: 200, validationBatches: 5 },
  };
  // The rate falls over more steps than five minutes hold on two cores; a run that is out of time ends sooner.
  const rate = { kind: "cosine", lowest: 3e-5, highest: 5e-4, warmUp: 20 } as const;
  const run = { steps: 2000, rate, logEvery: 20, validateEvery: 100, checkpointEvery: 100 };
  return { network: "rtpi", seed, run, trainer };
}
