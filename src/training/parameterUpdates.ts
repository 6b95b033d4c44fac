import { type ParameterUpdate, createAdam, createMomentum } from "../tensor/parameterUpdate.ts";

/** The step rule of a run as configuration. */
export interface UpdateConfig {
  readonly kind: "adam" | "sgd";
  readonly weightDecay: number;
}

/** The step rule for a number of parameters: Adam, or SGD with momentum 0.9 as the paper prints. */
export function createUpdate({ kind, weightDecay }: UpdateConfig, size: number): ParameterUpdate {
  return kind === "adam" ? createAdam(size, { weightDecay }) : createMomentum(size, { weightDecay });
}
