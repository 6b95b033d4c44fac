import { usageError } from "../errors.ts";
import { convLayer } from "../tensor/layers.ts";
import { concat } from "../tensor/ops/layout.ts";
import { upsampleLinear } from "../tensor/ops/upsample.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { formatShape } from "../tensor/shape.ts";
import { groupNormalisation } from "./normalisation.ts";

/**
 * Composite connection unit (section 2.3): a 1x1 convolution reduces the assistant branch's channels, a
 * normalisation, and bilinear upsampling to the leader's size where sizes differ (by powers of two).
 * [batch, channels, h, w] -> [batch, filters, size, size'] of `like`.
 */
export function compositeConnection(scope: Scope, x: Tensor, filters: number, like: Tensor): Tensor {
  const reduced = convLayer(scope.child("conv"), x, { filters, kernel: 1, bias: false, gain: 1 });
  let y = groupNormalisation(scope.child("norm"), reduced);
  const [height = 0, width = 0] = like.shape.slice(2);
  while ((y.shape[2] ?? 0) < height && (y.shape[3] ?? 0) < width) y = upsampleLinear(y);
  if (y.shape[2] !== height || y.shape[3] !== width) {
    throw usageError({
      what: "compositeConnection",
      got: `${formatShape(x.shape)} for ${formatShape(like.shape)}`,
      expected: "sizes that differ by a power of two",
    });
  }
  return y;
}

/** Joins the leader's features with the assistant's by concatenation, and mixes them back to the leader's width. */
export function fuseByConcat(scope: Scope, leader: Tensor, assistant: readonly Tensor[]): Tensor {
  const filters = leader.shape[1] ?? 1;
  const units = assistant.map((x, i) => compositeConnection(scope.child(`unit${i}`), x, filters / 2, leader));
  const mixed = convLayer(scope.child("mix"), concat([leader, ...units], 1), {
    ...{ filters, kernel: 1, bias: false, gain: 1 },
  });
  return groupNormalisation(scope.child("mixNorm"), mixed);
}
