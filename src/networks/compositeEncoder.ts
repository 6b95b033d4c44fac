import { channelNormLayer, convLayer } from "../tensor/layers.ts";
import { gelu, leakyRelu } from "../tensor/ops/activation.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { type CascadeFeatures, type CascadeWidths, cascadeFusion } from "./cascadeFusion.ts";
import { fuseByConcat } from "./compositeConnection.ts";
import type { Encoder } from "./encoder.ts";
import { standardise } from "./normalisation.ts";
import { splitAttentionBottleneck } from "./splitAttention.ts";

/** Sizes of a composite encoder. */
export interface CompositeEncoderConfig {
  readonly kind: "composite";
  /** Pixels along each side of the input, divisible by four times the feature stride. */
  readonly imageSize: number;
  /** Channels of the two strided convolutions at the start. */
  readonly stem: readonly [number, number];
  /** Input pixels along each side of a pixel of the finest feature map. */
  readonly featureStride: 4 | 8;
  /** Channels of the cascade fusion blocks at the finest resolution, half and a quarter of it. */
  readonly widths: CascadeWidths;
}

/** The sizes of the paper's authors. */
export const paperCompositeEncoder: CompositeEncoderConfig = {
  kind: "composite",
  imageSize: 256,
  stem: [4, 16],
  featureStride: 8,
  widths: [64, 128, 256],
};

/** Half the width on half the image, with feature maps of the same size: trains on two cores. */
export const compactCompositeEncoder: CompositeEncoderConfig = {
  kind: "composite",
  imageSize: 128,
  stem: [4, 16],
  featureStride: 4,
  widths: [32, 64, 128],
};

/**
 * The paper's composite encoder (Fig. 3). After a common trunk with one cascade fusion block, an
 * assistant and a leader branch of two blocks each run side by side; every block of the leader starts
 * from its own features joined with the assistant's of the same depth. Gives the leader's two fine
 * feature maps and its last middle one: [batch, w0, s/f, s/f] twice and [batch, w1, s/2f, s/2f] for
 * feature stride f.
 */
export function compositeEncoder(config: CompositeEncoderConfig): Encoder {
  return (scope, image) => {
    const trunk = scope.layer("trunk", (s) =>
      cascadeFusion(s.child("fusion"), stem(s, image, config), config.widths),
    );
    const first = branchPair(scope, "1", trunk.fine, trunk.fine, config);
    const second = branchPair(scope, "2", first.assistant.fine, first.leader.fine, config);
    return [first.leader.fine, second.leader.fine, second.leader.middle];
  };
}

/** Shallow features at the resolution of the finest feature map. */
function stem(scope: Scope, image: Tensor, config: CompositeEncoderConfig): Tensor {
  const { stem: channels, featureStride, widths } = config;
  let x = standardise(image);
  channels.forEach((filters, i) => {
    const convolved = convLayer(scope.child(`stem${i}`), x, { filters, kernel: 3, stride: 2, padding: 1 });
    x = gelu(channelNormLayer(scope.child(`stemNorm${i}`), convolved));
  });
  const wide = leakyRelu(convLayer(scope.child("widen"), x, { filters: widths[0], kernel: 3 }));
  const attended = splitAttentionBottleneck(scope.child("attention"), wide);
  const stride = featureStride / 4;
  return convLayer(scope.child("down"), attended, { filters: widths[0], kernel: 3, stride, padding: 1 });
}

/** One block of both branches; the leader also sees all levels of the assistant's. */
function branchPair(
  scope: Scope,
  depth: string,
  assistantInput: Tensor,
  leaderInput: Tensor,
  { widths }: CompositeEncoderConfig,
): { assistant: CascadeFeatures; leader: CascadeFeatures } {
  const assistant = scope.layer(`assistant${depth}`, (s) => cascadeFusion(s, assistantInput, widths));
  const leader = scope.layer(`leader${depth}`, (s) => {
    const levels = [assistant.fine, assistant.middle];
    return cascadeFusion(s, fuseByConcat(s.child("connection"), leaderInput, levels), widths);
  });
  return { assistant, leader };
}
