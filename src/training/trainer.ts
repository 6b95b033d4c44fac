import type { Projector } from "../projector/projector.ts";
import type { TensorRuntime } from "../tensor/session.ts";
import type { TrainingContent } from "./trainingVolumes.ts";
import type { ParameterStore } from "../tensor/parameterStore.ts";
import type { ParameterUpdate } from "../tensor/parameterUpdate.ts";

/** Numbers of one step or one validation, by name. */
export type Measures = Readonly<Record<string, number>>;

/**
 * A network in training. A step depends on nothing but the parameters, the state of the update, the seed
 * and the step's number: that is what makes a run resumable to the step.
 */
export interface Trainer {
  /** Which network: as in weight files. */
  readonly network: string;
  readonly parameters: ParameterStore;
  readonly update: ParameterUpdate;
  /** The network's configuration, kept in weight files. */
  readonly config: unknown;
  /** One step with the given number (from 0) and learning rate. */
  step(step: number, rate: number): Promise<Measures>;
  /** Errors on fixed poses of volumes that are not trained on; `score` is what is to become small. */
  validate(): Promise<Measures & { readonly score: number }>;
  dispose(): Promise<void>;
}

/** What every trainer is made from. */
export interface TrainerInput<Config> {
  readonly config: Config;
  readonly seed: number;
  readonly training: readonly TrainingContent[];
  readonly validation: readonly TrainingContent[];
  readonly projector: Projector;
  readonly runtime: TensorRuntime;
}
