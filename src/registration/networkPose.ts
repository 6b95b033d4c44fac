import { cameraFromPose, poseFromCamera } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { poseFromVector, poseToVector } from "../geometry/pose.ts";
import {
  canonicalFrame,
  canonicalGeometry,
  fillChannels,
  flattenImage,
  initialiserChannels,
} from "../networks/initialiserInput.ts";
import type { InitialiserNetwork } from "../networks/networks.ts";
import { hintCount, matchTemplates, templateHints, templateImage } from "../networks/templateHints.ts";
import { canonicalXray } from "./canonicalXray.ts";
import { initialiserScene } from "./initialiserScene.ts";
import type { MethodInput } from "./method.ts";
import type { PreparedXray } from "./prepareXray.ts";

/**
 * The pose that the initialiser reads off one X-ray: one forward pass, from no start but the geometry's
 * view. Any detector will do: the X-ray is warped to the canonical one, which changes K but no pose.
 */
export async function networkPose(
  network: InitialiserNetwork,
  input: Pick<MethodInput, "projector" | "ct" | "camera" | "frame">,
  xray: PreparedXray,
): Promise<Mat4> {
  const { imageSize: size, flattenShare } = network.config;
  const { camera } = canonicalGeometry(size);
  const { frame, references, templates, volume } = initialiserScene(network, input);
  const seen = canonicalXray(xray, input.camera, camera);
  const image = new Float32Array(initialiserChannels * size * size);
  const flat = flattenImage(seen.image, seen.weight, camera, flattenShare);
  fillChannels(image, flat, references, size);
  const hints = new Float32Array(hintCount);
  const matches = matchTemplates(templateImage(flat, size), templates, size);
  templateHints(matches, size, hints);
  const pose = poseFromVector(await network.pose(image, volume, hints));
  return cameraFromPose(pose, frame);
}

/**
 * Largest share that one of the six parameters of a pose takes of the initialiser's range: near 1 the network was
 * hardly ever trained there, above 1 it cannot answer.
 */
export function trainedShare(
  { config }: InitialiserNetwork,
  { ct, frame }: Pick<MethodInput, "ct" | "frame">,
  cameraFromWorld: Mat4,
): number {
  const pose = poseFromCamera(cameraFromWorld, { ...canonicalFrame(frame), centreMm: ct.centreMm });
  return Math.max(...poseToVector(pose).map((value, i) => Math.abs(value) / config.range[i]!));
}
