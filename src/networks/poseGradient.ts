import { usageError } from "../errors.ts";
import { mul } from "../tensor/ops/arithmetic.ts";
import { reshape } from "../tensor/ops/layout.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import { sum } from "../tensor/ops/reduction.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { gradient } from "../tensor/gradient.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";

/** How the moving image depends on the pose: what a projector gives. */
export interface ImageMotion {
  /** [batch, 6, h, w]: dI/dxi for a left twist in the camera frame (three per radian, three per mm). */
  readonly twistJacobian: Tensor;
  /** [batch, 6, 6]: column q is the twist of d/dtheta_q (`cameraTwistJacobian`). */
  readonly twistFromTheta: Tensor;
}

/**
 * dL/dtheta of a loss that depends on the pose through the moving image alone: the chain
 * dL/dI . dI/dxi . dxi/dtheta. The loss is one number an image, [batch]; `moving` is [batch, 1, h, w];
 * -> [batch, 6] per radian and per mm. Made of graph operations, so that it can be differentiated again
 * by the weights (double backward) although the projector stays outside the graph.
 */
export function poseGradient(
  loss: Tensor,
  moving: Tensor,
  { twistJacobian, twistFromTheta }: ImageMotion,
): Tensor {
  const [batch = 0, , height = 0, width = 0] = moving.shape;
  const fits =
    sameShape(loss.shape, [batch]) &&
    sameShape(twistJacobian.shape, [batch, 6, height, width]) &&
    sameShape(twistFromTheta.shape, [batch, 6, 6]);
  if (!fits) {
    throw usageError({
      what: "poseGradient",
      got: [loss, moving, twistJacobian, twistFromTheta].map((x) => formatShape(x.shape)).join(", "),
      expected: "loss [n], moving [n, 1, h, w], twistJacobian [n, 6, h, w], twistFromTheta [n, 6, 6]",
    });
  }
  const [imageGradient] = gradient(sum(loss), [moving]);
  const twist = sum(mul(twistJacobian, imageGradient!), { axes: [2, 3] });
  const theta = matmul(reshape(twist, [batch, 1, 6]), twistFromTheta);
  return reshape(theta, [batch, 6]);
}
