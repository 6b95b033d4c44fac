import { type DropoutMask, type RtpiConfig, rtpi } from "../networks/rtpi.ts";
import { createGraph } from "../tensor/graph.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type ParameterSpec, createScope } from "../tensor/scope.ts";
import { parameterGradients } from "./doubleBackward.ts";
import { type Equation5Weights, equation4, equation5 } from "./poseLoss.ts";

/** What `rtpiGraph` builds a graph for. */
export interface RtpiGraphOptions extends Equation5Weights {
  readonly config: RtpiConfig;
  /** Images a step. */
  readonly batch: number;
  /** Volumes a step; the images of one volume follow one another (default 1). */
  readonly volumes?: number;
}

/**
 * The training graph of the pose initialiser, inputs by name:
 *
 * | input | shape | |
 * |---|---|---|
 * | image | [n, 1, s, s] | X-rays |
 * | volume | [v, 1, d, h, w] | volumes in C-arm axes (see `rtpiVolumeFeatures`) |
 * | truePose | [n, 6] | radians and mm |
 * | similarity | [n] | L_sim of the X-ray and the projection at `pose` |
 * | similarityGradient | [n, 6] | its gradient by the pose |
 * | dropout masks | `dropouts` | from `drawDropoutMask` |
 *
 * A step runs twice: first for `pose` alone, then, with the projections rendered at it, for the
 * gradients. Both runs must be fed the same dropout masks.
 */
export interface RtpiGraph {
  readonly parameters: readonly ParameterSpec[];
  readonly dropouts: readonly DropoutMask[];
  /** [n, 6], radians and mm. */
  readonly pose: Tensor;
  /** Equation (4), scalar. */
  readonly poseError: Tensor;
  /** Equation (5), scalar. */
  readonly loss: Tensor;
  /** d loss / d parameter, keyed by `gradientOf(parameter)`. */
  readonly gradients: Readonly<Record<string, Tensor>>;
}

export function rtpiGraph(options: RtpiGraphOptions): RtpiGraph {
  const { config, batch, volumes = 1, ...weights } = options;
  const { imageSize, volumeSize } = config;
  const graph = createGraph();
  const scope = createScope(graph);
  const dropouts = { masks: [] as DropoutMask[] };
  const image = graph.input("image", [batch, 1, imageSize, imageSize]);
  const volume = graph.input("volume", [volumes, 1, volumeSize, volumeSize, volumeSize]);
  const pose = rtpi(scope, image, volume, config, dropouts);
  const truePose = graph.input("truePose", [batch, 6]);
  const loss = graph.within("loss", () => {
    const similarity = graph.input("similarity", [batch]);
    const similarityGradient = graph.input("similarityGradient", [batch, 6]);
    return equation5({ pose, truePose, similarity, similarityGradient }, weights);
  });
  const { parameters } = scope;
  return {
    ...{ parameters, dropouts: dropouts.masks, pose, loss },
    poseError: equation4(truePose, pose),
    gradients: parameterGradients(loss, parameters, graph.parameters),
  };
}
