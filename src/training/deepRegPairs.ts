import { type CarmFrame, cameraFromPose, cameraTwistJacobian, views } from "../geometry/carm.ts";
import type { Pose } from "../geometry/pose.ts";
import { type DeepRegConfig, deepRegGrid, deepRegVolumeInput } from "../networks/deepReg.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import type { ProjectionGeometry } from "../projector/planeStencil.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { type DomainRandomisation, randomiseXray } from "./domainRandomisation.ts";
import { geodesicGradient } from "./geodesic.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import { type PoseDistribution, samplePose } from "./poseSampler.ts";

/** How the pose pairs of a step are made. */
export interface DeepRegPairSettings {
  readonly config: DeepRegConfig;
  /** Pairs a step. */
  readonly batch: number;
  /** Volumes they are shared among, a divisor of `batch`: the network on the volume runs once for each. */
  readonly volumes: number;
  readonly segmentedShare: number;
  /** Where the X-rays are taken from. */
  readonly truths: PoseDistribution;
  /** How far from there the registration stands. */
  readonly offsets: PoseDistribution;
  readonly randomisation: DomainRandomisation;
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
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const geometries: ProjectionGeometry[] = [];
  const out: DeepRegPairs = {
    volume: new Float32Array(volumes * voxels),
    fixed: new Float32Array(batch * size ** 2),
    twistFromTheta: new Float32Array(36 * batch),
    geodesicGradient: new Float32Array(6 * batch),
    geometries,
  };
  for (let v = 0; v < volumes; v++) {
    const drawn = source[random.integer(source.length)]!;
    const content = random.next() < settings.segmentedShare ? drawn.segmented : drawn.bone;
    const view = views[random.integer(views.length)]!;
    const frame: CarmFrame = { view, centreMm: content.centreMm, sourceToIsocentreMm };
    out.volume.set(deepRegVolumeInput(content.coarse, frame, config), v * voxels);
    const grid = deepRegGrid(frame, config);
    for (let each = 0; each < batch / volumes; each++) {
      const i = geometries.length;
      const target = samplePose(random, settings.truths);
      const pose = sumOf(target, samplePose(random, settings.offsets));
      const truth = cameraFromPose(target, frame);
      const parts = {
        bone: projector.drr(drawn.bone.projected, camera, truth),
        whole: projector.drr(drawn.whole, camera, truth),
        size,
      };
      const xray = randomiseXray(parts, settings.randomisation, random);
      out.fixed.set(flattenImage(xray.image, xray.weight, camera, config.flattenShare), i * size ** 2);
      out.twistFromTheta.set(cameraTwistJacobian(pose, frame), 36 * i);
      out.geodesicGradient.set(geodesicGradient(pose, target), 6 * i);
      geometries.push({ ...grid, camera, cameraFromWorld: cameraFromPose(pose, frame) });
    }
  }
  return out;
}

function sumOf(a: Pose, b: Pose): Pose {
  return {
    ...{ rx: a.rx + b.rx, ry: a.ry + b.ry, rz: a.rz + b.rz },
    ...{ tx: a.tx + b.tx, ty: a.ty + b.ty, tz: a.tz + b.tz },
  };
}
