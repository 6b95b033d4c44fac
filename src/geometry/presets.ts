import { badInput } from "../errors.ts";
import type { Camera } from "./camera.ts";
import type { View } from "./carm.ts";

/** A calibrated imaging geometry: the camera, where the isocentre is, and the reference view. */
export interface ImagingGeometry {
  readonly camera: Camera;
  readonly sourceToIsocentreMm: number;
  readonly view: View;
}

/** Source-to-isocentre over source-to-detector of the preset, the default where a file gives none. */
export const isocentreRatio: number = 700 / 1011.7;

const presets: Record<string, ImagingGeometry> = {
  /** Section 3.1 of the paper; 1024x1024 at 0.19959 mm used at 256x256. Isocentre distance ours. */
  "perlove-plx118f": {
    camera: {
      width: 256,
      height: 256,
      sourceToDetectorMm: 1011.7,
      pixelSpacingMm: [0.79836, 0.79836],
      principalPointPx: [127.5, 127.5],
    },
    sourceToIsocentreMm: 700,
    view: "AP",
  },
};

export const presetNames: readonly string[] = Object.keys(presets);

/** A named geometry; an unknown name is an error that lists the known ones. */
export function presetGeometry(name: string): ImagingGeometry {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (!preset) {
    throw badInput({
      what: "Geometry preset",
      got: `"${name}"`,
      expected: `one of ${presetNames.join(", ")}`,
    });
  }
  return preset;
}
