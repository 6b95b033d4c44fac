import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { sum } from "../tensor/ops/reduction.ts";
import { createScope } from "../tensor/scope.ts";
import type { GraphSession, TensorRuntime, compile } from "../tensor/session.ts";
import {
  type DeepRegConfig,
  deepRegChannels,
  deepRegSimilarity,
  fixedFeatures,
  movingFeatures,
} from "./deepReg.ts";
import { type WeightFile, requireNetwork } from "./weights.ts";

/** ProST's network similarity, ready to compare. */
export interface DeepRegNetwork {
  readonly config: DeepRegConfig;
  /** A volume [d, h, w] as `deepRegVolumeInput` makes it -> channels to project [c, d, h, w]. */
  channels(volume: Float32Array): Promise<Float32Array>;
  /** A flattened X-ray [s, s] -> its features, for `compare`. */
  features(image: Float32Array): Promise<Float32Array>;
  /** L_N of a projection [c, s, s] and an X-ray's features; lower is better. With its gradient by the projection. */
  compare(projection: Float32Array, features: Float32Array): Promise<DeepRegComparison>;
}

export interface DeepRegComparison {
  readonly value: number;
  readonly imageGradient: Float32Array;
}

/** Compiles the three parts of a weight file: the volume's network, the X-ray's encoder, the comparison. */
export async function openDeepReg(
  file: WeightFile,
  runtime: TensorRuntime,
  open: (...args: Parameters<typeof compile>) => Promise<GraphSession>,
): Promise<DeepRegNetwork> {
  requireNetwork(file, "deep-reg");
  const config = file.info.config as DeepRegConfig;
  const { volumeSize: n, outputs: c } = config.volume;
  const { imageSize: s } = config.encoder;
  const graph = createGraph();
  const scope = createScope(graph);
  const channels = deepRegChannels(scope, graph.input("volume", [1, 1, n, n, n]), config);
  const [feature] = fixedFeatures(scope, graph.input("fixed", [1, 1, s, s]), config);
  const moving = graph.input("moving", [1, c, s, s]);
  const value = deepRegSimilarity(
    movingFeatures(scope, moving, config),
    [graph.input("feature", feature!.shape)],
    config,
  );
  const [imageGradient] = gradient(sum(value), [moving]);
  const { arrays: weights } = file.parameters(scope.parameters);
  const volumeSession = await open({ channels }, runtime, { weights, name: "deep-reg volume" });
  const fixedSession = await open({ feature: feature! }, runtime, { weights, name: "deep-reg fixed" });
  const outputs = { value, imageGradient: imageGradient! };
  const movingSession = await open(outputs, runtime, { weights, name: "deep-reg moving" });
  return {
    config,
    channels: async (volume) => (await volumeSession.run({ volume }))["channels"]!,
    features: async (fixed) => (await fixedSession.run({ fixed }))["feature"]!,
    compare: async (projection, features) => {
      const results = await movingSession.run({ moving: projection, feature: features });
      return { value: results["value"]![0]!, imageGradient: results["imageGradient"]! };
    },
  };
}
