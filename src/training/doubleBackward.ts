import { type FeatureDistance, embeddedSimilarity } from "../networks/embeddedSimilarity.ts";
import type { Encoder } from "../networks/encoder.ts";
import { poseGradient } from "../networks/poseGradient.ts";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { mean } from "../tensor/ops/arithmetic.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type ParameterSpec, createScope } from "../tensor/scope.ts";
import { equation7 } from "./gradientDirectionLoss.ts";

/** What `doubleBackward` builds a graph for. */
export interface DoubleBackwardOptions {
  readonly encoder: Encoder;
  readonly batch: number;
  /** Pixels along each side of the images. */
  readonly imageSize: number;
  /** Restrict the similarity to the projected mask (default true; false is an ablation of Table 2). */
  readonly masked?: boolean;
  /** Default "pixel". */
  readonly distance?: FeatureDistance;
}

/**
 * The training graph of the fine registration module (section 2.3), inputs by name:
 *
 * | input | shape | |
 * |---|---|---|
 * | fixed, moving | [n, 1, s, s] | X-ray and projection at the current pose |
 * | mask | [n, 1, s, s] | projection of the spine mask at the current pose (absent when unmasked) |
 * | twistJacobian | [n, 6, s, s] | dI/dxi of the moving image, from the projector |
 * | twistFromTheta | [n, 6, 6] | `cameraTwistJacobian` |
 * | geodesicGradient | [n, 6] | `geodesicGradient` of the pose towards the true one |
 */
export interface DoubleBackwardGraph {
  /** Parameters of both encoders; names begin with "fixed." and "moving.". */
  readonly parameters: readonly ParameterSpec[];
  /** Mean of equation (7) over the batch, scalar. */
  readonly loss: Tensor;
  /** L_N of each image, [n]. */
  readonly similarity: Tensor;
  /** dL_N/dtheta of each image, [n, 6]. */
  readonly poseGradient: Tensor;
  /** d loss / d parameter, keyed by `gradientOf(parameter)`. */
  readonly gradients: Readonly<Record<string, Tensor>>;
}

/** Name of the output that holds a parameter's gradient. */
export function gradientOf(parameter: string): string {
  return `d(${parameter})`;
}

/** Gradients of a scalar by all parameters, named for a session's outputs. */
export function parameterGradients(
  loss: Tensor,
  parameters: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  const known = parameters.map(({ name }) => tensors.get(name)!);
  const slopes = gradient(loss, known);
  return Object.fromEntries(parameters.map(({ name }, i) => [gradientOf(name), slopes[i]!]));
}

/**
 * Builds the double-backward scheme: the pose gradient of the network similarity L_N is itself a
 * function of the weights, and equation (7) is minimised over them. The projector stays outside: with
 * its Jacobian J given, the second pass is the gradient over the weights of the directional derivative
 * of L_N along J u, u = dL/d(dL_N/dtheta); no derivative of the projector's derivative occurs.
 */
export function doubleBackward(options: DoubleBackwardOptions): DoubleBackwardGraph {
  const { encoder, batch, imageSize, masked = true, distance = "pixel" } = options;
  const graph = createGraph();
  const scope = createScope(graph);
  const image = [batch, 1, imageSize, imageSize];
  const [fixed, moving] = [graph.input("fixed", image), graph.input("moving", image)];
  const fixedFeatures = scope.layer("fixed", (s) => encoder(s, fixed));
  const movingFeatures = scope.layer("moving", (s) => encoder(s, moving));
  const mask = masked ? graph.input("mask", image) : undefined;
  const similarity = graph.within("similarity", () =>
    embeddedSimilarity(movingFeatures, fixedFeatures, mask, distance),
  );
  const motion = {
    twistJacobian: graph.input("twistJacobian", [batch, 6, imageSize, imageSize]),
    twistFromTheta: graph.input("twistFromTheta", [batch, 6, 6]),
  };
  const network = poseGradient(similarity, moving, motion);
  const loss = graph.within("loss", () =>
    mean(equation7(network, graph.input("geodesicGradient", [batch, 6]))),
  );
  const { parameters } = scope;
  const gradients = parameterGradients(loss, parameters, graph.parameters);
  return { parameters, loss, similarity, poseGradient: network, gradients };
}
