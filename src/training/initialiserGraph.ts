import { type InitialiserConfig } from "../networks/initialiserInput.ts";
import { initialiserNodes } from "../networks/initialiser.ts";
import type { DropoutMask } from "../networks/rtpi.ts";
import { createGraph } from "../tensor/graph.ts";
import { div, mul } from "../tensor/ops/arithmetic.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { ParameterSpec } from "../tensor/scope.ts";
import { parameterGradients } from "./doubleBackward.ts";
import { type Equation5Weights, equation5 } from "./poseLoss.ts";

export interface InitialiserGraphOptions extends Required<Equation5Weights> {
  readonly config: InitialiserConfig;
  readonly batch: number;
  readonly volumes: number;
  /**
   * What a degree or mm of each parameter counts in the pose error. A mm of depth moves hardly a pixel:
   * with equal weights the error would be nearly all depth.
   */
  readonly poseWeights: readonly number[];
}

/**
 * The training graph of the initialiser: equation (5) with weighted pose parameters. Inputs: `image`,
 * `volume`, `truePose` [n, 6], `similarity` [n], `similarityGradient` [n, 6] and the dropout masks.
 */
export interface InitialiserGraph {
  readonly parameters: readonly ParameterSpec[];
  readonly dropouts: readonly DropoutMask[];
  readonly pose: Tensor;
  readonly loss: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
}

export function initialiserGraph(options: InitialiserGraphOptions): InitialiserGraph {
  const { config, batch, volumes, poseWeights, ...weights } = options;
  const graph = createGraph();
  const masks: DropoutMask[] = [];
  const dropouts = config.dropoutRate > 0 ? { masks } : undefined;
  const { scope, pose } = initialiserNodes(graph, config, { batch, volumes }, dropouts);
  const scale = graph.constant(poseWeights, [6]);
  const loss = graph.within("loss", () =>
    equation5(
      {
        pose: mul(pose, scale),
        truePose: mul(graph.input("truePose", [batch, 6]), scale),
        similarity: graph.input("similarity", [batch]),
        similarityGradient: div(graph.input("similarityGradient", [batch, 6]), scale),
      },
      weights,
    ),
  );
  const { parameters } = scope;
  const gradients = parameterGradients(loss, parameters, graph.parameters);
  return { parameters, dropouts: masks, pose, loss, gradients };
}
