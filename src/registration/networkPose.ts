import { cameraFromPose, poseFromCamera } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type Pose, poseFromVector, poseToVector } from "../geometry/pose.ts";
import {
  canonicalFrame,
  canonicalGeometry,
  coarseVolume,
  contentCentreMm,
  fillChannels,
  flattenImage,
  flattenReferences,
  initialiserChannels,
  referencePoses,
  volumeInCarmAxes,
} from "../networks/initialiserInput.ts";
import {
  hintCount,
  matchTemplates,
  templateHints,
  templateImage,
  templatePoses,
} from "../networks/templateHints.ts";
import type { InitialiserNetwork } from "../networks/networks.ts";
import { canonicalXray } from "./canonicalXray.ts";
import type { MethodInput } from "./method.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { volumeAtSpacing } from "./prepareVolume.ts";

/**
 * The pose that the initialiser reads off one X-ray: one forward pass, from no start but the geometry's
 * view. Any detector will do: the X-ray is warped to the canonical one, which changes K but no pose.
 */
export async function networkPose(
  network: InitialiserNetwork,
  input: Pick<MethodInput, "projector" | "volume" | "rigid" | "camera" | "frame">,
  xray: PreparedXray,
): Promise<Mat4> {
  const { config } = network;
  const { imageSize: size, flattenShare } = config;
  const { camera } = canonicalGeometry(size);
  const content = input.rigid ?? input.volume;
  const frame = { ...canonicalFrame(input.frame), centreMm: contentCentreMm(content) };
  const loaded = input.projector.load(volumeAtSpacing(content, config.drrSpacingMm));
  const flatProjections = (poses: readonly Pose[]): Float32Array[] => {
    const cameras = poses.map((pose) => cameraFromPose(pose, frame));
    const rendered = input.projector.drrBatch(loaded, camera, cameras);
    const images = cameras.map((_, r) => rendered.subarray(r * size * size, (r + 1) * size * size));
    return flattenReferences(images, size, flattenShare);
  };
  const references = flatProjections(referencePoses);
  const templates = flatProjections(templatePoses).map((x) => templateImage(x, size));
  loaded.dispose();
  const seen = canonicalXray(xray, input.camera, camera);
  const image = new Float32Array(initialiserChannels * size * size);
  const flat = flattenImage(seen.image, seen.weight, camera, flattenShare);
  fillChannels(image, flat, references, size);
  const hints = new Float32Array(hintCount);
  const matches = matchTemplates(templateImage(flat, size), templates, size);
  templateHints(matches, size, hints);
  const volume = volumeInCarmAxes(coarseVolume(content, config.volumeSpacingMm), frame, config);
  const pose = poseFromVector(await network.pose(image, volume, hints));
  return cameraFromPose(pose, frame);
}

/**
 * Largest share that one of the six parameters of a pose takes of the initialiser's range: near 1 the network was
 * hardly ever trained there, above 1 it cannot answer.
 */
export function trainedShare(
  { config }: InitialiserNetwork,
  input: Pick<MethodInput, "volume" | "rigid" | "frame">,
  cameraFromWorld: Mat4,
): number {
  const centreMm = contentCentreMm(input.rigid ?? input.volume);
  const pose = poseFromCamera(cameraFromWorld, { ...canonicalFrame(input.frame), centreMm });
  return Math.max(...poseToVector(pose).map((value, i) => Math.abs(value) / config.range[i]!));
}
