import { convLayer } from "../tensor/layers.ts";
import { gelu, leakyRelu } from "../tensor/ops/activation.ts";
import { avgPool } from "../tensor/ops/pooling.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { type CascadeFeatures, type CascadeWidths, cascadeFusion } from "./cascadeFusion.ts";
import { fuseByConcat } from "./compositeConnection.ts";
import type { Encoder } from "./encoder.ts";
import {
  type Conditioning,
  conditioned,
  paperConditioning,
  smoothConditioning,
  standardise,
} from "./normalisation.ts";
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
  readonly conditioning: Conditioning;
}

/** The sizes of the paper's authors. */
export const paperCompositeEncoder: CompositeEncoderConfig = {
  kind: "composite",
  imageSize: 256,
  stem: [4, 16],
  featureStride: 8,
  widths: [64, 128, 256],
  conditioning: paperConditioning,
};

/** Half the width on half the image, with feature maps of the same size: trains on two cores. */
export const compactCompositeEncoder: CompositeEncoderConfig = {
  kind: "composite",
  imageSize: 128,
  stem: [4, 16],
  featureStride: 4,
  widths: [32, 64, 128],
  conditioning: smoothConditioning,
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
      cascadeFusion(s.child("fusion"), stem(s, image, config), config.widths, config.conditioning),
    );
    const first = branchPair(scope, "1", trunk.fine, trunk.fine, config);
    const second = branchPair(scope, "2", first.assistant.fine, first.leader.fine, config);
    return [first.leader.fine, second.leader.fine, second.leader.middle];
  };
}

/** Shallow features at the resolution of the finest feature map. */
function stem(scope: Scope, image: Tensor, config: CompositeEncoderConfig): Tensor {
  const { stem: channels, featureStride, widths, conditioning } = config;
  let x = standardise(image);
  channels.forEach((filters, i) => {
    const convolved = strided(scope.child(`stem${i}`), x, filters, 2, conditioning);
    const normal = conditioned(scope.child(`stemNorm${i}`), convolved, conditioning);
    x = conditioning.linearPath ? normal : gelu(normal);
  });
  const widened = convLayer(scope.child("widen"), x, { filters: widths[0], kernel: 3 });
  const wide = conditioning.linearPath ? widened : leakyRelu(widened);
  const attended = splitAttentionBottleneck(scope.child("attention"), wide, conditioning);
  const stride = featureStride / 4;
  return strided(scope.child("down"), attended, widths[0], stride, conditioning);
}

/** 3x3 convolution to 1 / stride of the resolution. */
function strided(
  scope: Scope,
  x: Tensor,
  filters: number,
  stride: number,
  { antialiased }: Conditioning,
): Tensor {
  if (!antialiased || stride === 1) return convLayer(scope, x, { filters, kernel: 3, stride, padding: 1 });
  return avgPool(convLayer(scope, x, { filters, kernel: 3 }), { kernel: stride });
}

/** One block of both branches; the leader also sees all levels of the assistant's. */
function branchPair(
  scope: Scope,
  depth: string,
  assistantInput: Tensor,
  leaderInput: Tensor,
  { widths, conditioning }: CompositeEncoderConfig,
): { assistant: CascadeFeatures; leader: CascadeFeatures } {
  const assistant = scope.layer(`assistant${depth}`, (s) =>
    cascadeFusion(s, assistantInput, widths, conditioning),
  );
  const leader = scope.layer(`leader${depth}`, (s) => {
    const levels = [assistant.fine, assistant.middle];
    return cascadeFusion(s, fuseByConcat(s.child("connection"), leaderInput, levels), widths, conditioning);
  });
  return { assistant, leader };
}
