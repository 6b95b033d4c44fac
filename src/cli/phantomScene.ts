import { type Camera, detectorCentre } from "../geometry/camera.ts";
import { type CarmFrame, type View, cameraFromPose } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type Pose, type PoseDegMm, poseFromDegMm } from "../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import { type SpinePhantom, createSpinePhantom } from "../phantoms/spinePhantom.ts";
import type { XrayPreset } from "../phantoms/xray/xrayPhysics.ts";
import { type SimulatedXray, simulateXray } from "../phantoms/xraySimulator.ts";
import type { Random } from "../random.ts";

/** Half widths of the uniform distributions that poses are drawn from. */
export interface PoseRange {
  readonly rotationDeg: number;
  readonly inPlaneMm: number;
  readonly depthMm: number;
}

/** A pose drawn uniformly from a range around `centre`. */
export function drawPose(random: Random, range: PoseRange, centre: PoseDegMm = zero): Pose {
  const around = (value: number, half: number): number => value + random.uniform(-half, half);
  return poseFromDegMm({
    rxDeg: around(centre.rxDeg, range.rotationDeg),
    ryDeg: around(centre.ryDeg, range.rotationDeg),
    rzDeg: around(centre.rzDeg, range.rotationDeg),
    txMm: around(centre.txMm, range.depthMm),
    tyMm: around(centre.tyMm, range.inPlaneMm),
    tzMm: around(centre.tzMm, range.inPlaneMm),
  });
}

const zero: PoseDegMm = { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 };

/** The preset geometry with the same field of view on a detector of `pixels` x `pixels`. */
export function squareDetector(geometry: ImagingGeometry, pixels: number): ImagingGeometry {
  const { camera } = geometry;
  const scale = camera.width / pixels;
  const square: Camera = {
    width: pixels,
    height: pixels,
    sourceToDetectorMm: camera.sourceToDetectorMm,
    pixelSpacingMm: [camera.pixelSpacingMm[0] * scale, camera.pixelSpacingMm[1] * scale],
    principalPointPx: detectorCentre(pixels, pixels),
  };
  return { ...geometry, camera: square };
}

/** The geometry phantoms are imaged with unless a file says otherwise: the paper's detector. */
export function phantomGeometry(view: View, pixels: number): ImagingGeometry {
  return { ...squareDetector(presetGeometry("perlove-plx118f"), pixels), view };
}

export interface PhantomSceneOptions {
  readonly seed: number;
  readonly spacingMm: number;
  readonly field: "trunk" | "lumbar";
  readonly geometry: ImagingGeometry;
  readonly physics: XrayPreset;
  /** The patient's true pose in the geometry's frame. */
  readonly pose: Pose;
}

/** A phantom and one X-ray of it at a known pose. */
export interface PhantomScene {
  readonly phantom: SpinePhantom;
  readonly xray: SimulatedXray;
  readonly frame: CarmFrame;
  readonly cameraFromWorld: Mat4;
}

/** The frame in which a volume's poses are counted. */
export function frameOf(volume: Volume, geometry: ImagingGeometry): CarmFrame {
  const { view, sourceToIsocentreMm } = geometry;
  return { view, sourceToIsocentreMm, centreMm: volumeCentreMm(volume) };
}

/** Builds the phantom, poses it and takes its X-ray; everything follows from the seed. */
export function createPhantomScene(options: PhantomSceneOptions): PhantomScene {
  const { seed, spacingMm, field, geometry, physics, pose } = options;
  const phantom = createSpinePhantom({ seed, spacingMm, field });
  const frame = frameOf(phantom.ct, geometry);
  const cameraFromWorld = cameraFromPose(pose, frame);
  const { camera } = geometry;
  const xray = simulateXray({
    ct: phantom.ct,
    labels: phantom.labels,
    camera,
    cameraFromWorld,
    seed,
    physics,
  });
  return { phantom, xray, frame, cameraFromWorld };
}
