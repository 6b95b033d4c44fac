import { type Camera, binCamera } from "../geometry/camera.ts";
import { binRadiograph } from "../image/pyramid.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { binningFor } from "./level.ts";
import { levelSizes } from "./levels.ts";

/** An X-ray no finer than a registration uses it, and the camera that took it. */
export interface WorkingXray {
  readonly radiograph: Radiograph;
  readonly camera: Camera;
  /** Pixels of the X-ray along a side of one of these. */
  readonly factor: number;
}

/**
 * The X-ray of a large detector at the size of the finest resolution, pixels averaged as they were measured: intensities,
 * not their logarithms, whose mean is biased by noise.
 */
export function workingXray(radiograph: Radiograph, camera: Camera): WorkingXray {
  const factor = binningFor(camera, levelSizes.fine);
  if (factor === 1) return { radiograph, camera, factor };
  return { radiograph: binRadiograph(radiograph, factor), camera: binCamera(camera, factor), factor };
}
