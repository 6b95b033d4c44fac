import {
  type DeepRegConfig,
  deepRegChannels,
  deepRegSimilarity,
  fixedFeatures,
  movingFeatures,
} from "../networks/deepReg.ts";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { mean, mul } from "../tensor/ops/arithmetic.ts";
import { reshape } from "../tensor/ops/layout.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import { sum } from "../tensor/ops/reduction.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type ParameterSpec, createScope } from "../tensor/scope.ts";
import { parameterGradients } from "./doubleBackward.ts";
import { equation7 } from "./gradientDirectionLoss.ts";

/** Six numbers in the order of theta. */
export type PoseScales = readonly [number, number, number, number, number, number];

/** Directions compared in radians and millimetres, as the paper prints equation (7). */
export const paperScales: PoseScales = [1, 1, 1, 1, 1, 1];

/** The network on the volume: inputs "volume" [v, 1, d, h, w] and "adjoint" [v, c, d, h, w]. */
export interface DeepRegVolumeGraph {
  readonly parameters: readonly ParameterSpec[];
  /** [v, c, d, h, w]. */
  readonly channels: Tensor;
  /** Gradients of sum(channels x adjoint): what a loss with that gradient to the channels has. */
  readonly gradients: Readonly<Record<string, Tensor>>;
}

/** Choices that are not the network's. */
export interface DeepRegGraphOptions {
  /** Directions are compared in theta / scales (default `paperScales`). */
  readonly scales?: PoseScales;
  /** Default `leakyRelu`. */
  readonly activation?: (x: Tensor) => Tensor;
}

/** Builds the first stage of the training: before the projector. */
export function deepRegVolumeGraph(
  config: DeepRegConfig,
  volumes: number,
  { activation }: DeepRegGraphOptions = {},
): DeepRegVolumeGraph {
  const graph = createGraph();
  const scope = createScope(graph);
  const n = config.volume.volumeSize;
  const channels = deepRegChannels(scope, graph.input("volume", [volumes, 1, n, n, n]), config, activation);
  const pulled = sum(mul(channels, graph.input("adjoint", channels.shape)));
  const { parameters } = scope;
  return { parameters, channels, gradients: parameterGradients(pulled, parameters, graph.parameters) };
}

/**
 * The encoders with equation (7): after the projector. Inputs by name:
 *
 * | input | shape | |
 * |---|---|---|
 * | fixed | [n, 1, s, s] | X-ray |
 * | moving | [n, c, s, s] | projected channels I = P V' |
 * | twistJacobian | [n, 6, c, s, s] | their derivatives D_q V' by the camera's twist |
 * | twistFromTheta | [n, 6, 6] | `cameraTwistJacobian` |
 * | geodesicGradient | [n, 6] | `geodesicGradient` of the pose towards the true one |
 */
export interface DeepRegImageGraph {
  readonly parameters: readonly ParameterSpec[];
  /** Mean of equation (7), scalar. */
  readonly loss: Tensor;
  /** L_N of each image, [n]. */
  readonly similarity: Tensor;
  /** dL_N/dtheta, [n, 6] per radian and mm. */
  readonly poseGradient: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
  /**
   * What the loss passes on to the channels V': P^T movingAdjoint + D(twistAdjoint)^T imageGradient. The loss
   * depends on D_q V' through their products with dL_N/dI alone, so its gradient to them has rank one.
   */
  readonly backward: {
    /** d loss / d I at fixed derivatives, [n, c, s, s]. */
    readonly movingAdjoint: Tensor;
    /** dL_N / dI, [n, c, s, s]. */
    readonly imageGradient: Tensor;
    /** d loss / d twist gradient, [n, 1, 6]: a twist for each image. */
    readonly twistAdjoint: Tensor;
  };
}

/**
 * Builds the second stage. Directions are compared in theta / scales: with scales that give every parameter a
 * like effect on the image, no component of the gradient drowns the others.
 */
export function deepRegImageGraph(
  config: DeepRegConfig,
  batch: number,
  { scales = paperScales, activation }: DeepRegGraphOptions = {},
): DeepRegImageGraph {
  const graph = createGraph();
  const scope = createScope(graph);
  const { imageSize: s } = config.encoder;
  const { outputs: c } = config.volume;
  const moving = graph.input("moving", [batch, c, s, s]);
  const fixed = fixedFeatures(scope, graph.input("fixed", [batch, 1, s, s]), config, activation);
  const similarity = deepRegSimilarity(movingFeatures(scope, moving, config, activation), fixed, config);
  const [imageGradient] = gradient(sum(similarity), [moving]);
  // In the shape in which it is used, for reshaping passes by the nodes in between.
  const twist = reshape(
    sum(
      mul(graph.input("twistJacobian", [batch, 6, c, s, s]), reshape(imageGradient!, [batch, 1, c, s, s])),
      { axes: [2, 3, 4] },
    ),
    [batch, 1, 6],
  );
  const poseGradient = reshape(matmul(twist, graph.input("twistFromTheta", [batch, 6, 6])), [batch, 6]);
  const target = graph.input("geodesicGradient", [batch, 6]);
  const per = (power: 1 | -1): Tensor =>
    graph.constant(
      scales.map((scale) => scale ** power),
      [6],
    );
  const loss = graph.within("loss", () => mean(equation7(mul(poseGradient, per(1)), mul(target, per(-1)))));
  const [movingAdjoint, twistAdjoint] = gradient(loss, [moving, twist]);
  const { parameters } = scope;
  return {
    ...{ parameters, loss, similarity, poseGradient },
    gradients: parameterGradients(loss, parameters, graph.parameters),
    backward: {
      movingAdjoint: movingAdjoint!,
      imageGradient: imageGradient!,
      twistAdjoint: twistAdjoint!,
    },
  };
}
