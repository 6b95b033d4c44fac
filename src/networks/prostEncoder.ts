import { convLayer } from "../tensor/layers.ts";
import { leakyRelu } from "../tensor/ops/activation.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Encoder } from "./encoder.ts";
import { groupNormalisation, standardise } from "./normalisation.ts";
import { residualBlock } from "./residualBlock.ts";

/** Sizes of a plain encoder. */
export interface PlainEncoderConfig {
  readonly kind: "plain";
  /** Pixels along each side of the input, divisible by 2^(number of widths). */
  readonly imageSize: number;
  /** Channels of the stages; each halves the resolution. */
  readonly widths: readonly number[];
}

/** A plain encoder as large as the paper's images need. */
export const paperPlainEncoder: PlainEncoderConfig = {
  kind: "plain",
  imageSize: 256,
  widths: [32, 64, 128, 256],
};

/** For half the image, to train on two cores. */
export const compactPlainEncoder: PlainEncoderConfig = {
  kind: "plain",
  imageSize: 128,
  widths: [16, 32, 64],
};

/**
 * The plain encoder of ProST (Gao et al. 2020), one chain of residual stages without branches: the
 * baseline of the ablation in Table 2, and the 2D part of `deep-reg`. Takes any number of channels;
 * gives the last stage's features [batch, c, s / 2^n, s / 2^n].
 */
export function plainEncoder(
  { widths }: PlainEncoderConfig,
  activation: (x: Tensor) => Tensor = leakyRelu,
): Encoder {
  return (scope, image) => {
    const [first = 16, ...rest] = widths;
    const stem = scope.layer("stem", (s) => {
      const x = standardise(image);
      const convolved = convLayer(s.child("conv"), x, {
        ...{ filters: first, kernel: 7, stride: 2, padding: 3, bias: false },
      });
      return activation(groupNormalisation(s.child("norm"), convolved));
    });
    const stages = rest.reduce((x, filters, i) => {
      return scope.layer(`stage${i + 1}`, (s) => {
        const halved = residualBlock(s.child("down"), x, { filters, stride: 2, activation });
        return residualBlock(s.child("block"), halved, { filters, activation });
      });
    }, stem);
    return [stages];
  };
}
