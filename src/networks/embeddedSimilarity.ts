import { usageError } from "../errors.ts";
import { abs, div, maximum, mean, mul, square, step, sub, add } from "../tensor/ops/index.ts";
import { avgPool } from "../tensor/ops/pooling.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { sqrt } from "../tensor/ops/unary.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";

/**
 * How the difference of two features is measured. The paper prints ||e_m - e_f||_2 with the index over
 * pixels and channels: "pixel" reads it as the norm of a pixel's feature vector, "element" as the
 * absolute value of every element. "squared" is the smooth mean square of the elements.
 */
export type FeatureDistance = "pixel" | "element" | "squared";

/** Keeps square roots differentiable at zero; small against features of unit variance. */
const epsilon = 1e-6;

/**
 * Equation (6): the mean feature difference inside the projected mask, image by image.
 * Features [batch, c, h, w]; mask M' [batch, 1, h, w] of zeros and ones -> [batch]. An image whose mask
 * is empty gets 0.
 */
export function equation6(
  moving: Tensor,
  fixed: Tensor,
  mask: Tensor,
  distance: FeatureDistance = "pixel",
): Tensor {
  const [batch = 0, , height = 0, width = 0] = moving.shape;
  if (!sameShape(moving.shape, fixed.shape) || !sameShape(mask.shape, [batch, 1, height, width])) {
    throw usageError({
      what: "equation (6)",
      got: `features ${formatShape(moving.shape)} and ${formatShape(fixed.shape)}, mask ${formatShape(mask.shape)}`,
      expected: "features of one shape [batch, c, h, w] and a mask [batch, 1, h, w]",
    });
  }
  const total = sum(mul(mask, pixelDistance(moving, fixed, distance)), { axes: [1, 2, 3] });
  return div(total, maximum(sum(mask, { axes: [1, 2, 3] }), 1));
}

/** Distance at every pixel, [batch, 1, h, w]. */
function pixelDistance(moving: Tensor, fixed: Tensor, distance: FeatureDistance): Tensor {
  const difference = sub(moving, fixed);
  const overChannels = { axes: [1], keepDims: true };
  switch (distance) {
    case "pixel":
      return sqrt(add(sum(square(difference), overChannels), epsilon));
    case "element":
      return mean(abs(difference), overChannels);
    case "squared":
      return mean(square(difference), overChannels);
  }
}

/**
 * The projected mask at the size of a feature map: pixels whose rays cross the masked voxels
 * (projection > 0), averaged over the feature's pixels, one where they are the majority.
 * [batch, 1, s, s] -> [batch, 1, h, w]; no gradient passes.
 */
export function maskForFeature(projectedMask: Tensor, feature: Tensor): Tensor {
  const [, , height = 1, width = 1] = projectedMask.shape;
  const [, , rows = 1, columns = 1] = feature.shape;
  if (height % rows !== 0 || width % columns !== 0) {
    throw usageError({
      what: "Projected mask",
      got: formatShape(projectedMask.shape),
      expected: `a whole multiple of the feature map ${formatShape(feature.shape)}`,
    });
  }
  const binary = step(projectedMask);
  const shrunk = avgPool(binary, { kernel: [height / rows, width / columns] });
  return step(sub(shrunk, 0.5));
}

/**
 * The network similarity L_N of two images: equation (6) summed over all embedded features.
 * `projectedMask` [batch, 1, s, s] is P(theta; M); absent = every pixel counts. -> [batch].
 */
export function embeddedSimilarity(
  moving: readonly Tensor[],
  fixed: readonly Tensor[],
  projectedMask?: Tensor,
  distance: FeatureDistance = "pixel",
): Tensor {
  const terms = moving.map((feature, i) => {
    const other = fixed[i];
    if (!other || moving.length !== fixed.length) {
      throw usageError({
        what: "embeddedSimilarity",
        got: `${moving.length} and ${fixed.length} features`,
        expected: "as many from both encoders",
      });
    }
    const [batch = 1, , height = 1, width = 1] = feature.shape;
    const everywhere = (): Tensor =>
      feature.graph.constant(new Float64Array(batch * height * width).fill(1), [batch, 1, height, width]);
    const mask = projectedMask ? maskForFeature(projectedMask, feature) : everywhere();
    return equation6(feature, other, mask, distance);
  });
  return terms.reduce((total, term) => add(total, term));
}
