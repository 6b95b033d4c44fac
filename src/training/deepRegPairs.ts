import { cameraFromPose, cameraTwistJacobian } from "../geometry/carm.ts";
import { type DeepRegConfig, deepRegGrid, deepRegVolumeInput } from "../networks/deepReg.ts";
import { canonicalGeometry } from "../networks/initialiserInput.ts";
import type { ProjectionGeometry } from "../projector/projectionGeometry.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { geodesicGradient } from "./geodesic.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import { type SceneSettings, drawPair, drawScene } from "./refinementScene.ts";

/** How the pose pairs of a step are made. */
export interface DeepRegPairSettings extends SceneSettings {
  readonly config: DeepRegConfig;
  /** Pairs a step. */
  readonly batch: number;
  /** Volumes they are shared among, a divisor of `batch`: the network on the volume runs once for each. */
  readonly volumes: number;
}

/** What one step is fed with, before the network on the volume has run. */
export interface DeepRegPairs {
  /** [volumes, 1, d, h, w]. */
  readonly volume: Float32Array;
  /** [batch, 1, s, s]. */
  readonly fixed: Float32Array;
  /** [batch, 6, 6]. */
  readonly twistFromTheta: Float32Array;
  /** [batch, 6]. */
  readonly geodesicGradient: Float32Array;
  /** Views of the volumes at the current poses; image i is of volume floor(i / (batch / volumes)). */
  readonly geometries: readonly ProjectionGeometry[];
}

/** Draws the pairs of one step (section 3.2): random volumes, views and poses, X-rays rendered online. */
export function drawDeepRegPairs(
  source: readonly LoadedVolume[],
  projector: Projector,
  settings: DeepRegPairSettings,
  random: Random,
): DeepRegPairs {
  const { config, batch, volumes } = settings;
  const size = config.encoder.imageSize;
  const voxels = config.volume.volumeSize ** 3;
  const { camera } = canonicalGeometry(size);
  const image = { camera, flattenShare: config.flattenShare };
  const geometries: ProjectionGeometry[] = [];
  const out: DeepRegPairs = {
    volume: new Float32Array(volumes * voxels),
    fixed: new Float32Array(batch * size ** 2),
    twistFromTheta: new Float32Array(36 * batch),
    geodesicGradient: new Float32Array(6 * batch),
    geometries,
  };
  for (let v = 0; v < volumes; v++) {
    const scene = drawScene(source, settings, size, random);
    const { content, frame } = scene;
    out.volume.set(deepRegVolumeInput(content.coarse, frame, config), v * voxels);
    const grid = deepRegGrid(frame, config);
    for (let each = 0; each < batch / volumes; each++) {
      const i = geometries.length;
      const { target, pose, fixed } = drawPair(scene, projector, settings, image, random);
      out.fixed.set(fixed, i * size ** 2);
      out.twistFromTheta.set(cameraTwistJacobian(pose, frame), 36 * i);
      out.geodesicGradient.set(geodesicGradient(pose, target), 6 * i);
      geometries.push({ ...grid, camera, cameraFromWorld: cameraFromPose(pose, frame) });
    }
  }
  return out;
}
