import { convLayer } from "../tensor/layers.ts";
import { leakyRelu } from "../tensor/ops/activation.ts";
import { add } from "../tensor/ops/arithmetic.ts";
import { broadcastTo } from "../tensor/ops/reduction.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { groupNormalisation } from "./normalisation.ts";

/** Sizes of ProST's network on the volume. */
export interface ProstVolumeConfig {
  /** Voxels along each side. */
  readonly volumeSize: number;
  /** Channels inside. */
  readonly widths: readonly number[];
  /** Channels that are projected. */
  readonly outputs: number;
}

/** Sizes for the paper's volumes. */
export const paperProstVolumeNet: ProstVolumeConfig = {
  volumeSize: 128,
  widths: [4, 8, 16, 8, 4],
  outputs: 3,
};

/** For half the volume, to train on two cores. */
export const compactProstVolumeNet: ProstVolumeConfig = { volumeSize: 64, widths: [4, 8], outputs: 3 };

/**
 * The 3D network of ProST (Gao et al. 2020): 3x3x3 convolutions at full resolution whose result is
 * added to the volume, channel by channel; every channel is then projected like a volume of its own.
 * [batch, 1, d, h, w] -> [batch, outputs, d, h, w], values in the volume's unit at the start of training.
 */
export function prostVolumeNet(
  scope: Scope,
  volume: Tensor,
  { widths, outputs }: ProstVolumeConfig,
  activation: (x: Tensor) => Tensor = leakyRelu,
): Tensor {
  const hidden = widths.reduce((x, filters, i) => {
    const convolved = convLayer(scope.child(`conv${i}`), x, { filters, kernel: 3, bias: false });
    return activation(groupNormalisation(scope.child(`norm${i}`), convolved));
  }, volume);
  // A small gain: training starts from the projection of the volume itself.
  const correction = convLayer(scope.child("out"), hidden, { filters: outputs, kernel: 3, gain: 0.01 });
  return add(broadcastTo(volume, correction.shape), correction);
}
