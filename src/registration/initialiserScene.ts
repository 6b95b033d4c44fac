import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import type { Pose } from "../geometry/pose.ts";
import {
  canonicalFrame,
  canonicalGeometry,
  coarseVolume,
  flattenReferences,
  referencePoses,
  volumeInCarmAxes,
} from "../networks/initialiserInput.ts";
import type { InitialiserNetwork } from "../networks/networks.ts";
import { type TemplateImage, templateImage, templatePoses } from "../networks/templateHints.ts";
import type { MethodInput } from "./method.ts";

/** What the initialiser is given of a CT in one view, whatever the X-ray. */
export interface InitialiserScene {
  /** The canonical C-arm about the lumbar spine: the frame of the network's poses. */
  readonly frame: CarmFrame;
  /** Flattened projections at `referencePoses` and, for matching, at `templatePoses`. */
  readonly references: readonly Float32Array[];
  readonly templates: readonly TemplateImage[];
  /** The volume in C-arm axes. */
  readonly volume: Float32Array;
}

/** Renders the scene, or takes the one that the CT keeps of an earlier registration. */
export function initialiserScene(
  { config }: InitialiserNetwork,
  { projector, ct, frame: carm }: Pick<MethodInput, "projector" | "ct" | "frame">,
): InitialiserScene {
  const { imageSize: size, drrSpacingMm, flattenShare, volumeSize, volumeSpacingMm } = config;
  const settings = [carm.view, size, drrSpacingMm, flattenShare, volumeSize, volumeSpacingMm];
  return ct.derived(`initialiser scene ${settings.join(" ")}`, () => {
    const { camera } = canonicalGeometry(size);
    const frame = { ...canonicalFrame(carm), centreMm: ct.centreMm };
    const loaded = ct.loaded("rigid", drrSpacingMm);
    const flatProjections = (poses: readonly Pose[]): Float32Array[] => {
      const cameras = poses.map((pose) => cameraFromPose(pose, frame));
      const rendered = projector.drrBatch(loaded, camera, cameras);
      const images = cameras.map((_, r) => rendered.subarray(r * size * size, (r + 1) * size * size));
      return flattenReferences(images, size, flattenShare);
    };
    return {
      frame,
      references: flatProjections(referencePoses),
      templates: flatProjections(templatePoses).map((image) => templateImage(image, size)),
      volume: volumeInCarmAxes(coarseVolume(ct.moving, volumeSpacingMm), frame, config),
    };
  });
}
