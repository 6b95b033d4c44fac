import { type CarmFrame, cameraFromPose, views } from "../geometry/carm.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Pose } from "../geometry/pose.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { type DomainRandomisation, randomiseXray } from "./domainRandomisation.ts";
import type { LoadedVolume, MovingContent } from "./onlinePairs.ts";
import { type PoseDistribution, samplePose } from "./poseSampler.ts";

/** What scenes and poses of a refinement are drawn from. */
export interface SceneSettings {
  readonly segmentedShare: number;
  /** Where the X-rays are taken from. */
  readonly truths: PoseDistribution;
  /** How far from there the registration stands. */
  readonly offsets: PoseDistribution;
  readonly randomisation: DomainRandomisation;
}

/** A volume in front of the canonical C-arm in some view, and what of it is moved. */
export interface RefinementScene {
  readonly volume: LoadedVolume;
  readonly content: MovingContent;
  readonly frame: CarmFrame;
}

/** Draws a volume, what of it moves, and the view. */
export function drawScene(
  source: readonly LoadedVolume[],
  { segmentedShare }: Pick<SceneSettings, "segmentedShare">,
  imageSize: number,
  random: Random,
): RefinementScene {
  const volume = source[random.integer(source.length)]!;
  const content = random.next() < segmentedShare ? volume.segmented : volume.bone;
  const view = views[random.integer(views.length)]!;
  const { sourceToIsocentreMm } = canonicalGeometry(imageSize);
  return { volume, content, frame: { view, centreMm: content.centreMm, sourceToIsocentreMm } };
}

/** An X-ray of a scene and where the registration stands. */
export interface ScenePair {
  /** Where the X-ray was taken. */
  readonly target: Pose;
  /** Where the registration stands. */
  readonly pose: Pose;
  /** The X-ray, randomised and flattened. */
  readonly fixed: Float32Array;
}

/** Draws the two poses of a pair and takes the X-ray (section 3.2). */
export function drawPair(
  { volume, frame }: RefinementScene,
  projector: Projector,
  settings: SceneSettings,
  { camera, flattenShare }: { readonly camera: Camera; readonly flattenShare: number },
  random: Random,
): ScenePair {
  const target = samplePose(random, settings.truths);
  const pose = shifted(target, samplePose(random, settings.offsets));
  const truth = cameraFromPose(target, frame);
  const parts = {
    bone: projector.drr(volume.bone.projected, camera, truth),
    whole: projector.drr(volume.whole, camera, truth),
    size: camera.width,
  };
  const xray = randomiseXray(parts, settings.randomisation, random);
  return { target, pose, fixed: flattenImage(xray.image, xray.weight, camera, flattenShare) };
}

/** Parameter-wise sum. */
function shifted(pose: Pose, offset: Pose): Pose {
  return {
    rx: pose.rx + offset.rx,
    ry: pose.ry + offset.ry,
    rz: pose.rz + offset.rz,
    tx: pose.tx + offset.tx,
    ty: pose.ty + offset.ty,
    tz: pose.tz + offset.tz,
  };
}
