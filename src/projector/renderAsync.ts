import { throwIfAborted } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { checkBatch, checkCamera, checkOutput } from "./arguments.ts";
import type { Projector, ProjectorVolume } from "./projector.ts";

export interface RenderOptions {
  /** Stops the work between two pieces with the `aborted` error. */
  readonly signal?: AbortSignal;
  /** Called after every piece with the share done, 0..1. */
  readonly onProgress?: (fraction: number) => void;
  readonly out?: Float32Array;
}

/** Longest time in ms that a piece should keep the event loop waiting. */
const pieceMs = 40;

/**
 * `projector.drr` in bands of rows, with the event loop running in between: for long single renders. The image is that of
 * `drr`, except that in very oblique views a band may be sampled at the planes of another voxel axis than the whole.
 */
export async function renderDrr(
  projector: Projector,
  volume: ProjectorVolume,
  camera: Camera,
  cameraFromWorld: Mat4,
  options: RenderOptions = {},
): Promise<Float32Array> {
  checkCamera(camera);
  const { width, height } = camera;
  const out = options.out ?? new Float32Array(width * height);
  checkOutput(out, width * height);
  await inPieces(height, Math.max(1, Math.ceil(4096 / width)), options, (first, last) => {
    const band = rowBand(camera, first, last);
    projector.drr(volume, band, cameraFromWorld, out.subarray(first * width, last * width));
  });
  return out;
}

/** `projector.drrBatch` a few poses at a time, with the event loop running in between. */
export async function renderDrrBatch(
  projector: Projector,
  volume: ProjectorVolume,
  camera: Camera,
  poses: readonly Mat4[],
  options: RenderOptions = {},
): Promise<Float32Array> {
  checkCamera(camera);
  const pixels = camera.width * camera.height;
  const out = options.out ?? new Float32Array(poses.length * pixels);
  checkBatch(poses, camera, out);
  await inPieces(poses.length, 1, options, (first, last) => {
    const part = out.subarray(first * pixels, last * pixels);
    projector.drrBatch(volume, camera, poses.slice(first, last), part);
  });
  return out;
}

/** The camera that sees rows [first, last) of another one's image. */
export function rowBand(camera: Camera, first: number, last: number): Camera {
  const [cu, cv] = camera.principalPointPx;
  return { ...camera, height: last - first, principalPointPx: [cu, cv - first] };
}

/** Works through `total` items in pieces that grow or shrink to take about `pieceMs` each. */
async function inPieces(
  total: number,
  smallest: number,
  options: RenderOptions,
  work: (first: number, last: number) => void,
): Promise<void> {
  let size = smallest;
  throwIfAborted(options.signal);
  for (let first = 0; first < total;) {
    const last = Math.min(total, first + size);
    const start = performance.now();
    work(first, last);
    const took = Math.max(performance.now() - start, 0.1);
    size = Math.max(smallest, Math.min(2 * size, Math.floor((size * pieceMs) / took)));
    options.onProgress?.(last / total);
    first = last;
    await new Promise<void>((resolve) => setTimeout(resolve));
    throwIfAborted(options.signal);
  }
}
