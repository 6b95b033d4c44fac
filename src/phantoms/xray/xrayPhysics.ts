import { badInput } from "../../errors.ts";
import type { ContentChange } from "./contentChange.ts";
import type { DetectorOptions, ReadoutOptions } from "./detector.ts";
import type { ScatterOptions } from "./scatter.ts";
import type { Beam } from "./spectrum.ts";

/** Everything between the CT and the stored pixel. */
export interface XrayPhysics {
  readonly beam: Beam;
  /** Voxel size in mm that the CT is refined to (cubic) before rays are traced; coarser CTs gain most. */
  readonly refineToMm: number;
  /** Distance between samples on a ray, ratio of the refined voxel. */
  readonly stepRatio: number;
  /** Rays per pixel along each direction. */
  readonly supersample: number;
  readonly scatter: ScatterOptions;
  readonly detector: DetectorOptions;
  readonly readout: ReadoutOptions;
  /** Blades drawn from the seed, each closing this share of the half image; absent = open field. */
  readonly bladeClosure?: readonly [number, number];
  /** Write zero outside the field as an electronic shutter does (half of the time when `random`). */
  readonly shutter: boolean | "random";
  /** Smallest and largest number of steel instruments drawn from the seed. */
  readonly tools: readonly [number, number];
  /** What has moved in the patient since the CT; absent = nothing. */
  readonly content?: ContentChange;
}

const ideal: XrayPhysics = {
  beam: { kind: "monochromatic", waterPerMm: 0.02 },
  ...{ refineToMm: 1.5, stepRatio: 0.8, supersample: 2 },
  scatter: { toPrimary: 0, spreadMm: 40 },
  detector: {
    photonsPerPixel: Number.POSITIVE_INFINITY,
    ...{ electronicPhotons: 0, focalBlurMm: 0, scintillatorBlurMm: 0 },
  },
  readout: { bits: "float", gamma: 1, polarity: "normal", fullScale: "open-beam" },
  ...{ shutter: false, tools: [0, 0] },
};

const standard: XrayPhysics = {
  ...ideal,
  beam: { kind: "tube", kvp: 80, aluminiumMm: 3, copperMm: 0.1 },
  scatter: { toPrimary: 0.5, spreadMm: 45 },
  detector: {
    ...{ photonsPerPixel: 4000, electronicPhotons: 10 },
    ...{ focalBlurMm: 0.25, scintillatorBlurMm: 0.3 },
  },
  readout: { bits: 16, gamma: 1, polarity: "normal", fullScale: "open-beam" },
};

const halfDose: XrayPhysics = {
  ...standard,
  detector: { ...standard.detector, photonsPerPixel: standard.detector.photonsPerPixel / 2 },
};

const mismatch: XrayPhysics = {
  ...halfDose,
  bladeClosure: [0.05, 0.3],
  shutter: "random",
  tools: [2, 4],
  content: { removeGas: 0.7, addGas: [3, 8], deformMm: 8, clearMm: 6 },
};

/** Names of ready-made physics. */
export type XrayPreset = "ideal" | "default" | "half-dose" | "mismatch" | "display-8bit";

const presets: Record<XrayPreset, XrayPhysics> = {
  /** One energy, no scatter, no noise: intensity = exp(-line integral), float. */
  ideal,
  /** 80 kVp, half as much scatter as primary, 4000 photons a pixel behind the patient, light blur, 16 bit. */
  default: standard,
  /** `default` with half the photons. */
  "half-dose": halfDose,
  /** `half-dose` with instruments, blades, and gas and soft tissue that have moved since the CT. */
  mismatch,
  /** `default` as a frame grabber stores it: 8 bit, gamma, saturated air, bone bright. */
  "display-8bit": {
    ...standard,
    readout: { bits: 8, gamma: 0.5, polarity: "inverted", fullScale: "auto" },
  },
};

export const xrayPresets: readonly XrayPreset[] = Object.keys(presets) as XrayPreset[];

/** The physics of a preset, or `physics` itself after checking its numbers. */
export function xrayPhysics(physics: XrayPhysics | XrayPreset): XrayPhysics {
  if (typeof physics === "string") {
    if (!Object.hasOwn(presets, physics)) {
      throw badInput({
        what: "X-ray preset",
        got: `"${physics}"`,
        expected: `one of ${xrayPresets.join(", ")}`,
      });
    }
    return presets[physics];
  }
  const positive: [string, number][] = [
    ["refineToMm", physics.refineToMm],
    ["stepRatio", physics.stepRatio],
    ["photonsPerPixel", physics.detector.photonsPerPixel],
    ["gamma", physics.readout.gamma],
  ];
  for (const [name, value] of positive) {
    if (!(value > 0))
      throw badInput({ what: `X-ray physics: ${name}`, got: `${value}`, expected: "above 0" });
  }
  const { supersample, readout } = physics;
  if (!Number.isInteger(supersample) || supersample < 1 || supersample > 8) {
    throw badInput({ what: "X-ray physics: supersample", got: `${supersample}`, expected: "1 to 8" });
  }
  if (
    readout.bits !== "float" &&
    !(Number.isInteger(readout.bits) && readout.bits >= 8 && readout.bits <= 16)
  ) {
    throw badInput({ what: "X-ray physics: bits", got: `${readout.bits}`, expected: '8 to 16, or "float"' });
  }
  return physics;
}
