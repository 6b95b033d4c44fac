import { poseErrors } from "../src/evaluation/poseErrors.ts";
import { type CarmFrame, type View, cameraFromPose } from "../src/geometry/carm.ts";
import type { Mat4 } from "../src/geometry/mat4.ts";
import { type PoseDegMm, poseFromDegMm } from "../src/geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../src/geometry/presets.ts";
import type { Vec3 } from "../src/geometry/vec3.ts";
import type { Radiograph } from "../src/image/radiograph.ts";
import { type Volume, volumeCentreMm } from "../src/image/volume.ts";
import { createSpinePhantom } from "../src/phantoms/spinePhantom.ts";
import { simulateXray } from "../src/phantoms/xraySimulator.ts";
import { type Random, createRandom } from "../src/random.ts";

/** How far the start lies from the truth: uniform, half widths in degrees and mm; `centre` gives no start. */
export type StartName = "near" | "wide" | "no start";

const spreads = {
  near: { rotationDeg: 13, inPlaneMm: 30, depthMm: 30 },
  wide: { rotationDeg: 30, inPlaneMm: 60, depthMm: 100 },
  truth: { rotationDeg: 8, inPlaneMm: 15, depthMm: 15 },
};

/** A phantom, one X-ray of it, and start poses; everything follows from the seed. */
export interface RegistrationScene {
  readonly ct: Volume;
  /** 1 inside L1 to L5. */
  readonly lumbar: Volume;
  readonly geometry: ImagingGeometry;
  readonly radiograph: Radiograph;
  readonly starts: Readonly<Record<StartName, Mat4 | "centre">>;
  /** Mean target registration error in mm over landmarks of L1 to L5. */
  mtreMm(estimate: Mat4): number;
}

function offset(random: Random, centre: PoseDegMm, spread: (typeof spreads)["near"]): PoseDegMm {
  const around = (value: number, half: number): number => value + random.uniform(-half, half);
  return {
    rxDeg: around(centre.rxDeg, spread.rotationDeg),
    ryDeg: around(centre.ryDeg, spread.rotationDeg),
    rzDeg: around(centre.rzDeg, spread.rotationDeg),
    txMm: around(centre.txMm, spread.depthMm),
    tyMm: around(centre.tyMm, spread.inPlaneMm),
    tzMm: around(centre.tzMm, spread.inPlaneMm),
  };
}

export function registrationScene(seed: number, view: View, spacingMm = 2.5): RegistrationScene {
  const random = createRandom(seed);
  const { ct, labels, description } = createSpinePhantom({ seed, spacingMm });
  const geometry = { ...presetGeometry("perlove-plx118f"), view };
  const { camera, sourceToIsocentreMm } = geometry;
  const frame: CarmFrame = { view, sourceToIsocentreMm, centreMm: volumeCentreMm(ct) };
  const zero = { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 };
  const theta = offset(random.fork("truth"), zero, spreads.truth);
  const poseOf = (value: PoseDegMm): Mat4 => cameraFromPose(poseFromDegMm(value), frame);
  const truth = poseOf(theta);
  const targets: Vec3[] = description.vertebrae
    .filter(({ label }) => label >= 27 && label <= 31)
    .flatMap(({ landmarks }) => Object.values(landmarks));
  const { radiograph } = simulateXray({ ct, labels, camera, cameraFromWorld: truth, seed });
  return {
    ...{ ct, geometry, radiograph },
    lumbar: {
      ...labels,
      data: Uint8Array.from(labels.data, (label) => (label >= 27 && label <= 31 ? 1 : 0)),
    },
    starts: {
      near: poseOf(offset(random.fork("near"), theta, spreads.near)),
      wide: poseOf(offset(random.fork("wide"), theta, spreads.wide)),
      "no start": "centre",
    },
    mtreMm: (estimate) => poseErrors({ estimate, truth }, targets, camera, frame).mtreMm,
  };
}
