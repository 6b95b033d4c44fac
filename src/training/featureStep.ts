import { type FeatureDistance, maskForFeature } from "../networks/embeddedSimilarity.ts";
import type { Encoder } from "../networks/encoder.ts";
import { differenceStep } from "../networks/refinementInput.ts";
import { createGraph } from "../tensor/graph.ts";
import { add, div, maximum, mean, mul, neg, square, sub } from "../tensor/ops/arithmetic.ts";
import { reshape, sliceAxis } from "../tensor/ops/layout.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { solveSymmetric } from "../tensor/ops/solve.ts";
import { sqrt } from "../tensor/ops/unary.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type ParameterSpec, createScope } from "../tensor/scope.ts";
import { parameterGradients } from "./doubleBackward.ts";

/** What `featureStep` builds a graph for. */
export interface FeatureStepOptions {
  readonly encoder: Encoder;
  /** Pairs a step. */
  readonly batch: number;
  readonly imageSize: number;
  readonly masked: boolean;
  /** Added to the diagonal of the normal equations, as a share of their mean diagonal. */
  readonly damping: number;
  readonly distance: FeatureDistance;
  /** See `RefinementConfig`. */
  readonly softening: number;
}

/**
 * The training graph of Gauss-Newton steps on embedded features, inputs by name:
 *
 * | input | shape | |
 * |---|---|---|
 * | fixed | [n, 1, s, s] | X-ray |
 * | moving | [7n, 1, s, s] | projections: for every pair at the pose, then one step along each parameter |
 * | mask | [n, 1, s, s] | projection of the mask at the pose (absent when unmasked) |
 * | offset | [n, 6] | from the pose to the true one, in units of the search parameters |
 */
export interface FeatureStepGraph {
  readonly parameters: readonly ParameterSpec[];
  /** Mean distance between the steps and the offsets, far ones counting relative to their length; scalar. */
  readonly loss: Tensor;
  /** Gauss-Newton step of every pair, [n, 6]. */
  readonly step: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
}

/** Smallest distance of a step from the offset that is told from none. */
const least = 0.05;

/**
 * Features are made for what the registration does with them: the step that the normal equations of
 * equation (6) propose is compared with the step that would lead to the true pose (Sarlin et al. 2021
 * train features for localisation so). The derivative of the features by the pose is a difference
 * quotient, so one backward pass gives the gradient by the weights.
 */
export function featureStep(options: FeatureStepOptions): FeatureStepGraph {
  const { encoder, batch, imageSize, masked } = options;
  const graph = createGraph();
  const scope = createScope(graph);
  const image = (n: number): number[] => [n, 1, imageSize, imageSize];
  const [fixed, moving] = [graph.input("fixed", image(batch)), graph.input("moving", image(7 * batch))];
  const fixedFeatures = scope.layer("fixed", (s) => encoder(s, fixed));
  const movingFeatures = scope.layer("moving", (s) => encoder(s, moving));
  const mask = masked ? graph.input("mask", image(batch)) : undefined;
  const levels = movingFeatures.map((feature, i) => {
    const weight = mask && maskForFeature(mask, fixedFeatures[i]!);
    return graph.within(`level${i}`, () => normalEquations(feature, fixedFeatures[i]!, weight, options));
  });
  const total = (pick: (level: NormalEquations) => Tensor): Tensor =>
    levels.map(pick).reduce((all, part) => add(all, part));
  const step = graph.within("step", () => {
    const [hessian, slope] = [total(({ hessian: h }) => h), total(({ gradient: g }) => g)];
    return neg(solveSymmetric(damped(hessian, options.damping), slope));
  });
  const loss = graph.within("loss", () => {
    const offset = graph.input("offset", [batch, 6]);
    const length = (x: Tensor): Tensor => sqrt(add(sum(square(x), { axes: [1] }), least ** 2));
    return mean(div(length(sub(step, offset)), add(length(offset), 1)));
  });
  const { parameters } = scope;
  return { parameters, loss, step, gradients: parameterGradients(loss, parameters, graph.parameters) };
}

/** H [n, 6, 6] and g [n, 6] of one feature level. */
interface NormalEquations {
  readonly hessian: Tensor;
  readonly gradient: Tensor;
}

/** Normal equations of equation (6): moving [7n, c, h, w], fixed [n, c, h, w], mask [n, 1, h, w]. */
function normalEquations(
  moving: Tensor,
  fixed: Tensor,
  mask: Tensor | undefined,
  { distance, softening }: FeatureStepOptions,
): NormalEquations {
  const [batch = 1, channels = 1, height = 1, width = 1] = fixed.shape;
  const pixels = height * width;
  const images = reshape(moving, [batch, 7, channels, pixels]);
  const at = sliceAxis(images, 1, 0, 1);
  const slopes = mul(sub(sliceAxis(images, 1, 1, 6), at), 1 / differenceStep);
  const difference = sub(at, reshape(fixed, [batch, 1, channels, pixels]));
  const squares = sum(square(difference), { axes: [2], keepDims: true });
  // Reweighted least squares: a pixel counts with 1 / its own distance.
  const certain = distance === "squared" ? 1 : div(softening, sqrt(add(squares, softening ** 2)));
  const inside = mask
    ? reshape(div(mask, maximum(sum(mask, { axes: [1, 2, 3], keepDims: true }), 1)), [batch, 1, 1, pixels])
    : fixed.graph.constant(new Float64Array(pixels).fill(1 / pixels), [1, 1, 1, pixels]);
  const weight = mul(inside, certain);
  const flat = [batch, 6, channels * pixels];
  const weighted = reshape(mul(slopes, weight), flat);
  return {
    hessian: matmul(weighted, reshape(slopes, flat), { transposeB: true }),
    gradient: reshape(
      matmul(weighted, reshape(difference, [batch, 1, channels * pixels]), { transposeB: true }),
      [batch, 6],
    ),
  };
}

function damped(hessian: Tensor, damping: number): Tensor {
  const unit = hessian.graph.constant(
    Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
    [1, 6, 6],
  );
  const diagonal = mul(sum(mul(hessian, unit), { axes: [1, 2], keepDims: true }), damping / 6);
  return add(hessian, mul(unit, add(diagonal, 1e-12)));
}
