import { cameraFromPose, cameraTwistJacobian } from "../geometry/carm.ts";
import { canonicalGeometry } from "../networks/initialiserInput.ts";
import { type RefinementConfig, flattenLinear } from "../networks/refinementInput.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { geodesicGradient } from "./geodesic.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import { type SceneSettings, drawPair, drawScene } from "./refinementScene.ts";

/** How the pose pairs of a step are made. */
export interface RefinementPairSettings extends SceneSettings {
  readonly config: RefinementConfig;
  /** Pairs a step, each of another volume. */
  readonly batch: number;
}

/** The inputs of `doubleBackward` for one step. */
export interface RefinementPairs {
  readonly fixed: Float32Array;
  readonly moving: Float32Array;
  readonly mask: Float32Array;
  readonly twistJacobian: Float32Array;
  readonly twistFromTheta: Float32Array;
  readonly geodesicGradient: Float32Array;
}

/** Draws the pairs of one step of the fine registration (section 3.2). */
export function drawRefinementPairs(
  source: readonly LoadedVolume[],
  projector: Projector,
  settings: RefinementPairSettings,
  random: Random,
): RefinementPairs {
  const { config, batch } = settings;
  const size = config.encoder.imageSize;
  const pixels = size ** 2;
  const { camera } = canonicalGeometry(size);
  const image = { camera, flattenShare: config.flattenShare };
  const out: RefinementPairs = {
    fixed: new Float32Array(batch * pixels),
    moving: new Float32Array(batch * pixels),
    mask: new Float32Array(batch * pixels),
    twistJacobian: new Float32Array(6 * batch * pixels),
    twistFromTheta: new Float32Array(36 * batch),
    geodesicGradient: new Float32Array(6 * batch),
  };
  for (let i = 0; i < batch; i++) {
    const scene = drawScene(source, settings, size, random);
    const { content, frame } = scene;
    const { target, pose, fixed } = drawPair(scene, projector, settings, image, random);
    out.fixed.set(fixed, i * pixels);
    const moving = projector.drrWithJacobian(content.projected, camera, cameraFromPose(pose, frame));
    out.mask.set(moving.image, i * pixels);
    out.moving.set(flattenLinear(moving.image, camera, config.flattenShare), i * pixels);
    out.twistJacobian.set(flattenLinear(moving.jacobian, camera, config.flattenShare), 6 * i * pixels);
    out.twistFromTheta.set(cameraTwistJacobian(pose, frame), 36 * i);
    out.geodesicGradient.set(geodesicGradient(pose, target), 6 * i);
  }
  return out;
}
