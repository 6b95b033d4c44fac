import type { CarmFrame } from "../geometry/carm.ts";
import { boxBlur } from "../image/filters/box.ts";
import type { VoxelGrid } from "../image/grid.ts";
import type { Volume } from "../image/volume.ts";
import { sub } from "../tensor/ops/arithmetic.ts";
import { matmul } from "../tensor/ops/matmul.ts";
import type { Tensor } from "../tensor/primitive.ts";
import type { Scope } from "../tensor/scope.ts";
import { type FeatureDistance, embeddedSimilarity } from "./embeddedSimilarity.ts";
import { carmGrid, volumeInCarmAxes } from "./initialiserInput.ts";
import { type PlainEncoderConfig, plainEncoder } from "./prostEncoder.ts";
import { type ProstVolumeConfig, prostVolumeNet } from "./prostVolumeNet.ts";

/** ProST's network similarity: a network on the volume, whose channels are projected, and two encoders of images. */
export interface DeepRegConfig {
  readonly volume: ProstVolumeConfig;
  readonly encoder: PlainEncoderConfig;
  readonly distance: FeatureDistance;
  readonly volumeSpacingMm: number;
  /** Structures wider than about this share of the image are taken out of X-ray and projection. */
  readonly flattenShare: number;
}

/** 64 x 64 pixels and 32^3 voxels of 6 mm: trains on one core. */
export const compactDeepReg: DeepRegConfig = {
  volume: { volumeSize: 32, widths: [4, 4], outputs: 3 },
  encoder: { kind: "plain", imageSize: 64, widths: [16, 32, 48] },
  ...{ distance: "squared", volumeSpacingMm: 6, flattenShare: 0.14 },
};

/** The voxels that are projected: a cube around the frame's centre along the C-arm's axes. */
export function deepRegGrid(frame: CarmFrame, { volume, volumeSpacingMm }: DeepRegConfig): VoxelGrid {
  return carmGrid(frame, volume.volumeSize, volumeSpacingMm);
}

/** Attenuation that the network sees as one: water's. */
const unitPerMm = 0.02;

/** The network's input: content at about its spacing (1/mm), on `deepRegGrid`; [d, h, w]. */
export function deepRegVolumeInput(content: Volume, frame: CarmFrame, config: DeepRegConfig): Float32Array {
  const values = volumeInCarmAxes(content, frame, {
    ...{ volumeSize: config.volume.volumeSize, volumeSpacingMm: config.volumeSpacingMm },
  });
  return values.map((mu) => mu / unitPerMm);
}

/** What follows every convolution; default `leakyRelu`. Derivatives are tested with one that has no kink. */
type Activation = (x: Tensor) => Tensor;

/** The first stage: volumes [v, 1, d, h, w] -> channels to project [v, c, d, h, w]. Parameters "volume.*". */
export function deepRegChannels(
  scope: Scope,
  volume: Tensor,
  config: DeepRegConfig,
  activation?: Activation,
): Tensor {
  return scope.layer("volume", (s) => prostVolumeNet(s, volume, config.volume, activation));
}

/** Features of flattened X-rays [n, 1, s, s]. Parameters "fixed.*". */
export function fixedFeatures(
  scope: Scope,
  image: Tensor,
  { encoder }: DeepRegConfig,
  activation?: Activation,
): Tensor[] {
  return scope.layer("fixed", (s) => plainEncoder(encoder, activation)(s, image));
}

/** Features of projected channels [n, c, s, s]. Parameters "moving.*". */
export function movingFeatures(
  scope: Scope,
  projection: Tensor,
  { encoder, flattenShare }: DeepRegConfig,
  activation?: Activation,
): Tensor[] {
  return scope.layer("moving", (s) =>
    plainEncoder(encoder, activation)(
      s,
      s.label(() => flattened(projection, flattenShare)),
    ),
  );
}

/** L_N of each image, [n]: the distance of its features from the X-ray's, over the whole image as in ProST. */
export function deepRegSimilarity(
  moving: readonly Tensor[],
  fixed: readonly Tensor[],
  { distance }: DeepRegConfig,
): Tensor {
  const [first] = moving;
  return first!.graph.within("similarity", () => embeddedSimilarity(moving, fixed, undefined, distance));
}

/** `flattenLinear` as graph operations: wide structures are a matrix product along rows and columns. */
export function flattened(images: Tensor, share: number): Tensor {
  const [, , height = 1, width = 1] = images.shape;
  const radius = Math.max(1, Math.round(share * Math.max(width, height)));
  const blur = (length: number): Tensor =>
    images.graph.constant(blurMatrix(length, radius), [length, length]);
  return sub(images, matmul(matmul(blur(height), images), blur(width), { transposeB: true }));
}

/** Row i holds what pixel i of a twice box-blurred line is made of. */
function blurMatrix(length: number, radius: number): Float64Array {
  const out = new Float64Array(length * length);
  for (let j = 0; j < length; j++) {
    const line = new Float32Array(length);
    line[j] = 1;
    const wide = boxBlur(boxBlur(line, length, 1, radius), length, 1, radius);
    for (let i = 0; i < length; i++) out[i * length + j] = wide[i]!;
  }
  return out;
}
