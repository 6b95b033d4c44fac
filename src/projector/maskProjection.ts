import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Projector, ProjectorVolume } from "./projector.ts";

export interface MaskProjectionOptions {
  /** A pixel belongs to the mask when its ray crosses more than this many mm of it (default 1). */
  readonly thresholdMm?: number;
  /** Size of the result in pixels (default: the camera's); smaller sizes average the binary image over areas. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * M' = P(theta; M) of eq. (6): the mask volume (1 inside, 0 outside) projected, binarised and down-sampled.
 * Row-major; each value is the fraction of the pixel's area that the mask covers, 0..1.
 */
export function projectMask(
  projector: Projector,
  mask: ProjectorVolume,
  camera: Camera,
  cameraFromWorld: Mat4,
  options: MaskProjectionOptions = {},
): Float32Array {
  const { thresholdMm = 1, width = camera.width, height = camera.height } = options;
  const image = projector.drr(mask, camera, cameraFromWorld);
  for (let i = 0; i < image.length; i++) image[i] = image[i]! > thresholdMm ? 1 : 0;
  const rows = averageRows(image, camera.width, camera.height, height);
  return transpose(
    averageRows(transpose(rows, camera.width, height), height, camera.width, width),
    height,
    width,
  );
}

/** Averages an image over `to` equal bands of its `from` rows; bands may cut rows. */
function averageRows(image: Float32Array, width: number, from: number, to: number): Float32Array {
  if (from === to) return image;
  const out = new Float32Array(width * to);
  const span = from / to;
  for (let row = 0; row < to; row++) {
    const [start, end] = [row * span, (row + 1) * span];
    for (let source = Math.floor(start); source < Math.min(from, Math.ceil(end)); source++) {
      const share = (Math.min(end, source + 1) - Math.max(start, source)) / span;
      for (let x = 0; x < width; x++) out[row * width + x]! += share * image[source * width + x]!;
    }
  }
  return out;
}

function transpose(image: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[x * height + y] = image[y * width + x]!;
  }
  return out;
}
