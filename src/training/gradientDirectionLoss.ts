import { usageError } from "../errors.ts";
import { add, div, square, sub } from "../tensor/ops/arithmetic.ts";
import { sliceAxis } from "../tensor/ops/layout.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { sqrt } from "../tensor/ops/unary.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";

/** Keeps norms differentiable at zero; below any gradient that means something in single precision. */
const tiny = 1e-20;
/** The same for the distance of two unit vectors. */
const tinyDistance = 1e-12;

/**
 * Equation (7): how far the direction of the network's pose gradient is from the direction of the
 * geodesic gradient, rotation and translation apart, with the unsquared norms as printed.
 * Both [batch, 6] in the same parameters -> [batch], each from 0 (parallel) to 4 (both opposite).
 */
export function equation7(networkGradient: Tensor, geodesicGradient: Tensor): Tensor {
  const [batch = 0] = networkGradient.shape;
  const fits = [networkGradient, geodesicGradient].every((x) => sameShape(x.shape, [batch, 6]));
  if (!fits) {
    throw usageError({
      what: "equation (7)",
      got: `${formatShape(networkGradient.shape)} and ${formatShape(geodesicGradient.shape)}`,
      expected: "two gradients [batch, 6]",
    });
  }
  const part = (first: number): Tensor => {
    const [v, target] = [networkGradient, geodesicGradient].map((x) => unit(sliceAxis(x, 1, first, 3)));
    return norm(sub(target!, v!), tinyDistance);
  };
  return add(part(0), part(3));
}

/** Rows [batch, 3] divided by their length. */
function unit(rows: Tensor): Tensor {
  const length = sqrt(add(sum(square(rows), { axes: [1], keepDims: true }), tiny));
  return div(rows, length);
}

function norm(rows: Tensor, floor: number): Tensor {
  return sqrt(add(sum(square(rows), { axes: [1] }), floor));
}
