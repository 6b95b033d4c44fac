import { usageError } from "../errors.ts";
import { stopGradient } from "../tensor/gradient.ts";
import { add, mean, mul, square, sub } from "../tensor/ops/arithmetic.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { sqrt } from "../tensor/ops/unary.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";

/** Radians to degrees, mm to mm: the units in which the paper states pose errors. */
const paperUnits = [180 / Math.PI, 180 / Math.PI, 180 / Math.PI, 1, 1, 1] as const;

/** Poses [batch, 6] (radians, mm) in degrees and mm. */
function inPaperUnits(pose: Tensor): Tensor {
  return mul(pose, pose.graph.constant(paperUnits, [6]));
}

/**
 * Equation (4): the mean over the batch of the Euclidean norm of the pose error, degrees and mm side by
 * side. True and estimated poses [batch, 6] in radians and mm -> scalar.
 */
export function equation4(truePose: Tensor, pose: Tensor): Tensor {
  checkPoses("equation (4)", [truePose, pose]);
  const squares = sum(square(inPaperUnits(sub(truePose, pose))), { axes: [1] });
  // The norm has no derivative at zero; 1e-8 is a ten-thousandth of a degree.
  return mean(sqrt(add(squares, 1e-8)));
}

/** The L2 term R(theta) of equation (5): mean over the batch of the squared pose, degrees and mm -> scalar. */
export function poseRegularisation(pose: Tensor): Tensor {
  return mean(sum(square(inPaperUnits(pose)), { axes: [1] }));
}

/** Weights of equation (5); the paper's are the defaults. */
export interface Equation5Weights {
  /** Of the image similarity (default 1). */
  readonly alpha?: number;
  /** Of the pose error (default 1). */
  readonly beta?: number;
  /** Of the regularisation (default 0.01). */
  readonly lambda?: number;
}

/** What equation (5) is made of. */
export interface Equation5Terms {
  /** Estimated poses [batch, 6], radians and mm: the network's output. */
  readonly pose: Tensor;
  /** True poses [batch, 6]. */
  readonly truePose: Tensor;
  /** L_sim(I_f, P(pose; V)) of each image, [batch]: computed outside the graph, lower is better. */
  readonly similarity: Tensor;
  /** Its gradient by the pose, [batch, 6] per radian and mm, through the projector's Jacobian. */
  readonly similarityGradient: Tensor;
}

/**
 * Equation (5): alpha L_sim + beta L_mse + lambda R, a scalar. The similarity is a number computed
 * outside, by the projector; it enters so that its value is that number and its gradient is the given
 * one: L_sim + <g, pose - stop(pose)>.
 */
export function equation5(terms: Equation5Terms, weights: Equation5Weights = {}): Tensor {
  const { alpha = 1, beta = 1, lambda = 0.01 } = weights;
  const { pose, truePose, similarity, similarityGradient } = terms;
  checkPoses("equation (5)", [pose, truePose, similarityGradient]);
  if (!sameShape(similarity.shape, [pose.shape[0] ?? 0])) {
    throw usageError({
      what: "equation (5)",
      got: `similarity ${formatShape(similarity.shape)}`,
      expected: `one number an image, [${pose.shape[0]}]`,
    });
  }
  const moved = sum(mul(similarityGradient, sub(pose, stopGradient(pose))), { axes: [1] });
  const image = mean(add(similarity, moved));
  const error = equation4(truePose, pose);
  return add(add(mul(image, alpha), mul(error, beta)), mul(poseRegularisation(pose), lambda));
}

function checkPoses(what: string, poses: readonly Tensor[]): void {
  const batch = poses[0]?.shape[0] ?? 0;
  if (poses.every((pose) => sameShape(pose.shape, [batch, 6]))) return;
  throw usageError({
    what,
    got: poses.map((pose) => formatShape(pose.shape)).join(", "),
    expected: `poses [batch, 6]`,
  });
}
