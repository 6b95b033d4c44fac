import { type CarmFrame, cameraFromPose, cameraTwistJacobian, views } from "../geometry/carm.ts";
import type { Pose } from "../geometry/pose.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import { type RefinementConfig, flattenLinear } from "../networks/refinementInput.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { type DomainRandomisation, randomiseXray } from "./domainRandomisation.ts";
import { geodesicGradient } from "./geodesic.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import { type PoseDistribution, samplePose } from "./poseSampler.ts";

/** How the pose pairs of a step are made. */
export interface RefinementPairSettings {
  readonly config: RefinementConfig;
  /** Pairs a step, each of another volume. */
  readonly batch: number;
  readonly segmentedShare: number;
  /** Where the X-rays are taken from. */
  readonly truths: PoseDistribution;
  /** How far from there the registration stands. */
  readonly offsets: PoseDistribution;
  readonly randomisation: DomainRandomisation;
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
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const out: RefinementPairs = {
    fixed: new Float32Array(batch * pixels),
    moving: new Float32Array(batch * pixels),
    mask: new Float32Array(batch * pixels),
    twistJacobian: new Float32Array(6 * batch * pixels),
    twistFromTheta: new Float32Array(36 * batch),
    geodesicGradient: new Float32Array(6 * batch),
  };
  for (let i = 0; i < batch; i++) {
    const volume = source[random.integer(source.length)]!;
    const content = random.next() < settings.segmentedShare ? volume.segmented : volume.bone;
    const frame: CarmFrame = {
      view: views[random.integer(views.length)]!,
      centreMm: content.centreMm,
      sourceToIsocentreMm,
    };
    const target = samplePose(random, settings.truths);
    const pose = shifted(target, samplePose(random, settings.offsets));
    const truth = cameraFromPose(target, frame);
    const parts = {
      bone: projector.drr(volume.bone.projected, camera, truth),
      whole: projector.drr(volume.whole, camera, truth),
      size,
    };
    const xray = randomiseXray(parts, settings.randomisation, random);
    out.fixed.set(flattenImage(xray.image, xray.weight, camera, config.flattenShare), i * pixels);
    const moving = projector.drrWithJacobian(content.projected, camera, cameraFromPose(pose, frame));
    out.mask.set(moving.image, i * pixels);
    out.moving.set(flattenLinear(moving.image, camera, config.flattenShare), i * pixels);
    out.twistJacobian.set(flattenLinear(moving.jacobian, camera, config.flattenShare), 6 * i * pixels);
    out.twistFromTheta.set(cameraTwistJacobian(pose, frame), 36 * i);
    out.geodesicGradient.set(geodesicGradient(pose, target), 6 * i);
  }
  return out;
}

/** Parameter-wise sum. */
export function shifted(pose: Pose, offset: Pose): Pose {
  return {
    rx: pose.rx + offset.rx,
    ry: pose.ry + offset.ry,
    rz: pose.rz + offset.rz,
    tx: pose.tx + offset.tx,
    ty: pose.ty + offset.ty,
    tz: pose.tz + offset.tz,
  };
}
