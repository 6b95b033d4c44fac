import { usageError } from "../errors.ts";
import { convLayer, dropout, linearLayer } from "../tensor/layers.ts";
import { relu } from "../tensor/ops/activation.ts";
import { mul } from "../tensor/ops/arithmetic.ts";
import { concat, reshape } from "../tensor/ops/layout.ts";
import { avgPool, globalAvgPool } from "../tensor/ops/pooling.ts";
import { broadcastTo } from "../tensor/ops/reduction.ts";
import { tanh } from "../tensor/ops/unary.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { formatShape } from "../tensor/shape.ts";
import { groupNormalisation, standardise } from "./normalisation.ts";
import { residualBlock } from "./residualBlock.ts";

/** Sizes of the pose initialiser. */
export interface RtpiConfig {
  /** Voxels along each side of the volume, a power of two. */
  readonly volumeSize: number;
  /** Pixels along each side of the image. */
  readonly imageSize: number;
  /** Averaging of the volume before the first convolution: 1 keeps it. */
  readonly volumePooling: number;
  /** Channels of the two 3D convolution blocks; each halves the resolution. */
  readonly volumeWidths: readonly [number, number];
  /** Channels of the 2D convolution blocks; each halves the resolution. */
  readonly imageWidths: readonly number[];
  /** Channels of the four residual blocks; each is followed by 2x2 average pooling. */
  readonly residualWidths: readonly [number, number, number, number];
  /** Hidden features of each parameter's head. */
  readonly headWidth: number;
  /** Features made of the hints of template matching (see `templateHints`); 0 = the paper's network, without. */
  readonly hintWidth: number;
  /** Share of channels dropped after each convolution block while training. */
  readonly dropoutRate: number;
  /** Largest magnitude of each parameter: three in radians, three in mm. */
  readonly range: PoseVector;
}

/** rx, ry, rz in radians, tx, ty, tz in mm: the order of every pose tensor. */
export type PoseVector = readonly [number, number, number, number, number, number];

/** Three standard deviations of the paper's training poses, scaled as its authors scaled them (0.3). */
const range: PoseVector = [0.6, 0.6, 0.6, 100, 60, 60];

/** About the half million parameters of the authors' network, on the paper's volumes and images. */
export const paperRtpi: RtpiConfig = {
  ...{ volumeSize: 128, imageSize: 256, volumePooling: 1, volumeWidths: [8, 4], imageWidths: [16, 32, 64] },
  ...{ residualWidths: [64, 64, 64, 64], headWidth: 32, hintWidth: 0, dropoutRate: 0.2, range },
};

/** A pooled volume and half the image, to train on two cores. */
export const compactRtpi: RtpiConfig = {
  ...{
    volumeSize: 64,
    imageSize: 128,
    volumePooling: 2,
    volumeWidths: [8, 8],
    imageWidths: [16, 32, 64, 64],
  },
  ...{ residualWidths: [64, 64, 96, 96], headWidth: 32, hintWidth: 0, dropoutRate: 0.2, range },
};

/** A dropout mask a training step must feed: see `drawDropoutMask`. */
export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Collects the dropout masks of a network in training; without one, dropout is left out. */
export interface Dropouts {
  readonly masks: DropoutMask[];
}

/**
 * The volume branch (Fig. 2): two 3D convolution blocks, then depth becomes channels.
 * [volumes, 1, d, h, w] -> [volumes, channels x depth', h', w']. The axes of the volume are those of
 * the C-arm at zero pose: d along the beam, h and w along the detector's rows and columns, so that the
 * flattened features lie on the image's.
 */
export function rtpiVolumeFeatures(
  scope: Scope,
  volume: Tensor,
  config: RtpiConfig,
  dropouts?: Dropouts,
): Tensor {
  const start = standardise(
    config.volumePooling === 1 ? volume : avgPool(volume, { kernel: config.volumePooling }),
  );
  const features = config.volumeWidths.reduce((x, filters, i) => {
    return scope.layer(`volume${i}`, (s) => convolutionBlock(s, x, filters, dropouts));
  }, start);
  const [count = 1, channels = 1, depth = 1, ...plane] = features.shape;
  return reshape(features, [count, channels * depth, ...plane]);
}

/**
 * Regresses the pose: image [batch, 1, s, s] and volume features [volumes, c, h, w] -> [batch, 6],
 * radians and mm. The images of one volume follow one another; batch is a multiple of volumes. `hints`
 * [batch, hintCount] go to the heads.
 */
export function rtpiPose(
  scope: Scope,
  image: Tensor,
  volumeFeatures: Tensor,
  config: RtpiConfig,
  dropouts?: Dropouts,
  hints?: Tensor,
): Tensor {
  const imageFeatures = config.imageWidths.reduce(
    (x, filters, i) => scope.layer(`image${i}`, (s) => convolutionBlock(s, x, filters, dropouts)),
    standardise(image),
  );
  const joined = concat([repeatVolumes(volumeFeatures, imageFeatures), imageFeatures], 1);
  const located = config.residualWidths.reduce((x, filters, i) => {
    const block = scope.layer(`residual${i}`, (s) => residualBlock(s, x, { filters }));
    return (block.shape[2] ?? 1) > 1 ? avgPool(block, { kernel: 2 }) : block;
  }, joined);
  const seen = globalAvgPool(located);
  const summary = hints
    ? concat([seen, scope.layer("hints", (s) => hintFeatures(s, hints, config))], 1)
    : seen;
  // One head for each parameter ("parameter-specific", section 2.2).
  const heads = ["rx", "ry", "rz", "tx", "ty", "tz"].map((name) =>
    scope.layer(name, (s) => head(s, summary, config.headWidth)),
  );
  // A smooth bound: a clipped one has no gradient at its ends.
  return mul(tanh(concat(heads, 1)), image.graph.constant(config.range, [6]));
}

/** The whole network, from image and volume. */
export function rtpi(
  scope: Scope,
  image: Tensor,
  volume: Tensor,
  config: RtpiConfig,
  dropouts?: Dropouts,
  hints?: Tensor,
): Tensor {
  const features = rtpiVolumeFeatures(scope, volume, config, dropouts);
  return rtpiPose(scope, image, features, config, dropouts, hints);
}

/** Two layers on the hints, which also pass unchanged: what they say is nearly the answer. */
function hintFeatures(scope: Scope, hints: Tensor, { hintWidth }: RtpiConfig): Tensor {
  const layer = (name: string, x: Tensor): Tensor =>
    relu(linearLayer(scope.child(name), x, { features: hintWidth, gain: Math.SQRT2 }));
  return concat([hints, layer("second", layer("first", hints))], 1);
}

/** 3x3 convolution, normalisation, ReLU, dropout of whole channels, average pooling by two. */
function convolutionBlock(scope: Scope, x: Tensor, filters: number, dropouts: Dropouts | undefined): Tensor {
  const convolved = convLayer(scope.child("conv"), x, { filters, kernel: 3, bias: false });
  const active = relu(groupNormalisation(scope.child("norm"), convolved));
  return avgPool(dropChannels(scope, active, dropouts), { kernel: 2 });
}

function dropChannels(scope: Scope, x: Tensor, dropouts: Dropouts | undefined): Tensor {
  if (!dropouts) return x;
  const [batch = 1, channels = 1, ...space] = x.shape;
  const mask = { name: `${scope.path}.dropout`, shape: [batch, channels, ...space.map(() => 1)] };
  dropouts.masks.push(mask);
  return dropout(x, scope.graph.input(mask.name, mask.shape));
}

function repeatVolumes(features: Tensor, images: Tensor): Tensor {
  const [batch = 1, , rows, columns] = images.shape;
  const [volumes = 1, channels = 1, height = 1, width = 1] = features.shape;
  if (batch % volumes !== 0 || rows !== height || columns !== width) {
    throw usageError({
      what: "RTPI",
      got: `volume features ${formatShape(features.shape)} beside image features ${formatShape(images.shape)}`,
      expected: "planes of one size, and a batch that is a multiple of the volumes",
    });
  }
  const apart = reshape(features, [volumes, 1, channels, height, width]);
  const repeated = broadcastTo(apart, [volumes, batch / volumes, channels, height, width]);
  return reshape(repeated, [batch, channels, height, width]);
}

function head(scope: Scope, x: Tensor, width: number): Tensor {
  const hidden = relu(linearLayer(scope.child("hidden"), x, { features: width, gain: Math.SQRT2 }));
  // A small gain: training starts at the centre of the range, where tanh is steep.
  return linearLayer(scope.child("out"), hidden, { features: 1, gain: 0.1 });
}
