import { type CarmFrame, cameraFromPose, poseFromCamera, views } from "../geometry/carm.ts";
import { type Pose, poseToVector } from "../geometry/pose.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import type { Volume } from "../image/volume.ts";
import {
  type InitialiserConfig,
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
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { type DomainRandomisation, randomiseXray } from "./domainRandomisation.ts";
import { type PoseDistribution, samplePose } from "./poseSampler.ts";
import type { TrainingContent } from "./trainingVolumes.ts";

/** How the pairs of a step are made. */
export interface PairSettings {
  readonly config: InitialiserConfig;
  /** Images a step. */
  readonly batch: number;
  /** Volumes they are shared among, a divisor of `batch`. */
  readonly volumes: number;
  /** The frame's centre lies anywhere within this distance of the content's centre of gravity, per axis. */
  readonly centreJitterMm: number;
  /** Share of volumes reduced to the labelled vertebrae. */
  readonly segmentedShare: number;
  /** Where X-rays are taken from: poses about the third lumbar vertebra. */
  readonly poses: PoseDistribution;
  readonly randomisation: DomainRandomisation;
}

/** A training volume on the projector, and coarse for the network. */
export interface LoadedVolume {
  readonly whole: ProjectorVolume;
  readonly bone: MovingContent;
  readonly segmented: MovingContent;
  /** Where X-rays are aimed, world mm. */
  readonly targetMm: Vec3;
}

/** What the CT is reduced to before it is projected. */
export interface MovingContent {
  readonly projected: ProjectorVolume;
  readonly coarse: Volume;
  readonly centreMm: Vec3;
}

/** A moving volume in front of the canonical C-arm. */
export interface Scene {
  readonly content: MovingContent;
  readonly frame: CarmFrame;
  /** The scene is shown in a mirror: columns run the other way. */
  readonly mirrored: boolean;
}

/** The inputs of one step of the initialiser. */
export interface InitialiserPairs {
  readonly image: Float32Array;
  readonly volume: Float32Array;
  readonly hints: Float32Array;
  readonly truePose: Float32Array;
  readonly truth: readonly Pose[];
  /** One scene a volume; image i shows scene floor(i / (batch / volumes)). */
  readonly scenes: readonly Scene[];
}

/** Uploads training volumes once for a whole run; the projector frees them at its end. */
export function loadContent(
  source: readonly TrainingContent[],
  projector: Projector,
  config: Pick<InitialiserConfig, "volumeSpacingMm">,
): LoadedVolume[] {
  const moving = (volume: Volume): MovingContent => ({
    projected: projector.load(volume),
    coarse: coarseVolume(volume, config.volumeSpacingMm),
    centreMm: contentCentreMm(volume),
  });
  return source.map(({ whole, bone, segmented, targetMm = [0, 0, 0] }) => ({
    whole: projector.load(whole),
    bone: moving(bone),
    segmented: moving(segmented),
    targetMm,
  }));
}

/** Draws the pairs of one step (section 3.2): random volumes, views and poses, X-rays rendered online. */
export function drawPairs(
  source: readonly LoadedVolume[],
  projector: Projector,
  settings: PairSettings,
  random: Random,
): InitialiserPairs {
  const { config, batch, volumes } = settings;
  const voxels = config.volumeSize ** 3;
  const each = batch / volumes;
  const image = new Float32Array(batch * initialiserChannels * config.imageSize ** 2);
  const volume = new Float32Array(volumes * voxels);
  const hints = new Float32Array(batch * hintCount);
  const truth: Pose[] = [];
  const scenes: Scene[] = [];
  for (let v = 0; v < volumes; v++) {
    const drawn = source[random.integer(source.length)]!;
    const scene = drawScene(drawn, settings, random);
    scenes.push(scene);
    volume.set(volumeInput(scene, config), v * voxels);
    const poses = Array.from({ length: each }, () =>
      aimedPose(scene, drawn.targetMm, settings.poses, random),
    );
    truth.push(...poses);
    const size = image.length / volumes;
    fillImages(
      {
        image: image.subarray(v * size, (v + 1) * size),
        hints: hints.subarray(v * each * hintCount, (v + 1) * each * hintCount),
      },
      { drawn, scene, poses },
      projector,
      settings,
      random,
    );
  }
  const truePose = Float32Array.from(truth.flatMap(poseToVector));
  return { image, volume, hints, truePose, truth, scenes };
}

function drawScene(drawn: LoadedVolume, settings: PairSettings, random: Random): Scene {
  const content = random.next() < settings.segmentedShare ? drawn.segmented : drawn.bone;
  const jitter = (): number => random.uniform(-1, 1) * settings.centreJitterMm;
  const [x, y, z] = content.centreMm;
  const { sourceToIsocentreMm } = canonicalGeometry(settings.config.imageSize);
  const centreMm: Vec3 = [x + jitter(), y + jitter(), z + jitter()];
  const frame = { view: views[random.integer(views.length)]!, centreMm, sourceToIsocentreMm };
  return { content, frame, mirrored: random.next() < 0.5 };
}

/** A pose drawn about the target, as a pose of the scene's frame (and of its mirror). */
function aimedPose(
  { frame, mirrored }: Scene,
  targetMm: Vec3,
  poses: PoseDistribution,
  random: Random,
): Pose {
  const camera = cameraFromPose(samplePose(random, poses), { ...frame, centreMm: targetMm });
  const pose = poseFromCamera(camera, frame);
  return mirrored ? unmirroredPose(pose) : pose;
}

/** The channels and hints of every image of one scene. */
function fillImages(
  out: Pick<InitialiserPairs, "image" | "hints">,
  { drawn, scene, poses }: { drawn: LoadedVolume; scene: Scene; poses: readonly Pose[] },
  projector: Projector,
  { config, randomisation }: PairSettings,
  random: Random,
): void {
  const { imageSize: size, flattenShare } = config;
  const pixels = size ** 2;
  const detector = { width: size, height: size };
  const projections = renderScene(projector, scene.content.projected, scene, referencePoses, size);
  const references = flattenReferences(projections, size, flattenShare);
  const matched = renderScene(projector, scene.content.projected, scene, templatePoses, size);
  const templates = flattenReferences(matched, size, flattenShare).map((x) => templateImage(x, size));
  const bone = renderScene(projector, drawn.bone.projected, scene, poses, size);
  const whole = renderScene(projector, drawn.whole, scene, poses, size);
  poses.forEach((_, i) => {
    const xray = randomiseXray({ bone: bone[i]!, whole: whole[i]!, size }, randomisation, random);
    const flat = flattenImage(xray.image, xray.weight, detector, flattenShare);
    const first = i * initialiserChannels * pixels;
    fillChannels(out.image.subarray(first, first + initialiserChannels * pixels), flat, references, size);
    const hints = out.hints.subarray(i * hintCount, (i + 1) * hintCount);
    templateHints(matchTemplates(templateImage(flat, size), templates, size), size, hints);
  });
}

/**
 * The pose that a mirrored scene has in front of the real C-arm: reflecting the columns' axis turns rotations
 * about the other two axes and the shift along it round.
 */
export function unmirroredPose(pose: Pose): Pose {
  return { ...pose, rx: -pose.rx, rz: -pose.rz, ty: -pose.ty };
}

/** Projections of a volume at poses of a scene, as the scene's mirror shows them. */
export function renderScene(
  projector: Projector,
  volume: ProjectorVolume,
  { frame, mirrored }: Pick<Scene, "frame" | "mirrored">,
  poses: readonly Pose[],
  size: number,
): Float32Array[] {
  const { camera } = canonicalGeometry(size);
  const cameras = poses.map((pose) => cameraFromPose(mirrored ? unmirroredPose(pose) : pose, frame));
  const images = projector.drrBatch(volume, camera, cameras);
  if (mirrored) reverseRows(images, size);
  return poses.map((_, i) => images.subarray(i * size * size, (i + 1) * size * size));
}

/** Turns every run of `length` values round, in place. */
export function reverseRows(values: Float32Array, length: number): void {
  for (let row = 0; row < values.length; row += length) values.subarray(row, row + length).reverse();
}

/** The volume as the network sees it: C-arm axes, [d, h, w]. */
function volumeInput({ content, frame, mirrored }: Scene, config: InitialiserConfig): Float32Array {
  const values = volumeInCarmAxes(content.coarse, frame, config);
  if (mirrored) reverseRows(values, config.volumeSize);
  return values;
}
