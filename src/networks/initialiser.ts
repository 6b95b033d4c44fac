import type { Tensor } from "../tensor/primitive.ts";
import type { Graph } from "../tensor/graph.ts";
import { type Scope, createScope } from "../tensor/scope.ts";
import { type InitialiserConfig, initialiserChannels } from "./initialiserInput.ts";
import { hintCount } from "./templateHints.ts";
import { type Dropouts, type PoseVector, compactRtpi, rtpi } from "./rtpi.ts";

/** Range a little wider than the poses that are trained, so that none lies where tanh is flat. */
const range: PoseVector = [0.7, 0.7, 0.7, 140, 80, 80];

/** What the shipped initialiser is built from: 64 x 64 pixels, 32^3 voxels of 8 mm. */
export const compactInitialiser: InitialiserConfig = {
  ...compactRtpi,
  ...{ volumeSize: 32, volumePooling: 1, volumeWidths: [4, 4], imageSize: 64, imageWidths: [8, 24, 48] },
  ...{ residualWidths: [48, 64, 64, 64], headWidth: 48, hintWidth: 64, dropoutRate: 0, range },
  ...{ volumeSpacingMm: 8, drrSpacingMm: 4, flattenShare: 0.14 },
};

/** The initialiser's inputs and output in a graph. */
export interface InitialiserNodes {
  readonly scope: Scope;
  /** [n, 4, s, s]: see `initialiserChannels`. */
  readonly image: Tensor;
  /** [v, 1, d, h, w] in C-arm axes: see `carmGrid`. */
  readonly volume: Tensor;
  /** [n, hintCount]: see `templateHints`; absent when the network takes none. */
  readonly hints: Tensor | undefined;
  /** [n, 6], radians and mm, in the canonical frame. */
  readonly pose: Tensor;
}

/**
 * Puts the pose initialiser (RTPI, section 2.2) into a graph. Beside the X-ray it is shown the volume's
 * projection at zero pose and the coordinates of every pixel, so that it compares two images instead of
 * remembering one anatomy, and serves every view with one set of weights.
 */
export function initialiserNodes(
  graph: Graph,
  config: InitialiserConfig,
  { batch, volumes }: { readonly batch: number; readonly volumes: number },
  dropouts?: Dropouts,
): InitialiserNodes {
  const { imageSize: s, volumeSize: n } = config;
  const scope = createScope(graph);
  const image = graph.input("image", [batch, initialiserChannels, s, s]);
  const volume = graph.input("volume", [volumes, 1, n, n, n]);
  const hints = config.hintWidth > 0 ? graph.input("hints", [batch, hintCount]) : undefined;
  return { scope, image, volume, hints, pose: rtpi(scope, image, volume, config, dropouts, hints) };
}
