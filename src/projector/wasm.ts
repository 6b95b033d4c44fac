import { usageError } from "../errors.ts";
import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import { checkBatch, checkCamera, checkOutput, checkPose, checkVolume } from "./arguments.ts";
import { Kernel } from "./kernel.ts";
import type { KernelThreadHost } from "./kernelThreads.ts";
import { KernelVolume } from "./kernelVolume.ts";
import type { DrrWithJacobian, Projector, ProjectorVolume } from "./projector.ts";
import { RenderJob } from "./renderJob.ts";
import type { RenderTarget } from "./viewBlock.ts";

export interface WasmProjectorOptions {
  /** Threads that render, the calling one included (default 1). */
  readonly threads?: number;
  /** Where threads come from: `nodeKernelThreads`, `browserKernelThreads`. Without one there is one thread. */
  readonly threadHost?: KernelThreadHost;
}

/**
 * The fast projector: trilinear samples at voxel planes, four rays at a time in WebAssembly SIMD, empty
 * space skipped, images shared out over threads. Voxels are kept to 15 bits of the largest magnitude, so images
 * agree with the Float64 reference to about 1e-4 of their maximum (independent voxels; anatomy is nearer), and
 * difference quotients want steps of 0.01 mm or 1e-4 rad at least: the Jacobian is analytic. Volumes of up to 4 GiB in all.
 * `backend-unavailable` where WebAssembly SIMD is missing; one thread where shared memory is.
 */
export async function createWasmProjector(options: WasmProjectorOptions = {}): Promise<Projector> {
  const { threads = 1, threadHost } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw usageError({
      what: "Threads of the projector",
      got: `${threads}`,
      expected: "a whole number, 1 to 256",
    });
  }
  return new WasmProjector(await Kernel.create(threads, threadHost));
}

/** Pixels rendered by one job of a batch at most; more poses are taken in turns. */
const batchPixels = 4 * 2 ** 20;

class WasmProjector implements Projector {
  readonly backend: string;
  private readonly kernel: Kernel;
  private readonly job: RenderJob;
  private output = { address: 0, floats: 0 };
  private readonly target: RenderTarget = { image: 0, jacobian: 0 };
  private disposed = false;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.job = new RenderJob(kernel.heap);
    this.backend = `wasm-simd x${kernel.threads}`;
  }

  load(volume: Volume): ProjectorVolume {
    this.checkAlive();
    return new KernelVolume(this.kernel, volume, checkVolume(volume));
  }

  drr(volume: ProjectorVolume, camera: Camera, cameraFromWorld: Mat4, out?: Float32Array): Float32Array {
    checkCamera(camera);
    const pixels = camera.width * camera.height;
    const image = out ?? new Float32Array(pixels);
    checkOutput(image, pixels);
    this.begin(pixels);
    this.add(volume, camera, cameraFromWorld, 0, 0);
    this.finish(volume);
    this.copyOut(image, 0);
    return image;
  }

  drrWithJacobian(
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: Mat4,
    out?: DrrWithJacobian,
  ): DrrWithJacobian {
    checkCamera(camera);
    const pixels = camera.width * camera.height;
    const result = out ?? { image: new Float32Array(pixels), jacobian: new Float32Array(6 * pixels) };
    checkOutput(result.image, pixels);
    checkOutput(result.jacobian, 6 * pixels);
    this.begin(7 * pixels);
    this.add(volume, camera, cameraFromWorld, 0, pixels);
    this.finish(volume);
    this.copyOut(result.image, 0);
    this.copyOut(result.jacobian, pixels);
    return result;
  }

  drrBatch(
    volume: ProjectorVolume,
    camera: Camera,
    poses: readonly Mat4[],
    out: Float32Array = new Float32Array(poses.length * camera.width * camera.height),
  ): Float32Array {
    checkCamera(camera);
    checkBatch(poses, camera, out);
    const pixels = camera.width * camera.height;
    const atOnce = Math.max(1, Math.floor(batchPixels / pixels));
    for (let first = 0; first < poses.length; first += atOnce) {
      const last = Math.min(first + atOnce, poses.length);
      this.begin((last - first) * pixels);
      for (let i = first; i < last; i++) this.add(volume, camera, poses[i]!, (i - first) * pixels, 0);
      this.finish(volume);
      this.copyOut(out.subarray(first * pixels, last * pixels), 0);
    }
    return out;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.kernel.dispose();
  }

  /** Starts a job with room for so many numbers of output. */
  private begin(floats: number): void {
    this.checkAlive();
    this.job.clear();
    if (floats <= this.output.floats) return;
    this.kernel.heap.release(this.output.address);
    this.output = { address: 0, floats: 0 };
    this.output = { address: this.kernel.heap.allocate(4 * floats), floats };
  }

  /** Adds a pose; its image starts at number `image` of the output, its Jacobian at `jacobian` (0 = none). */
  private add(
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: Mat4,
    image: number,
    jacobian: number,
  ): void {
    checkPose(cameraFromWorld);
    this.target.image = this.output.address + 4 * image;
    this.target.jacobian = jacobian > 0 ? this.output.address + 4 * jacobian : 0;
    this.job.add(this.ownVolume(volume), camera, cameraFromWorld, this.target);
  }

  private finish(volume: ProjectorVolume): void {
    this.kernel.run(this.job.views, this.job.tasks);
    this.ownVolume(volume).endJob();
  }

  private copyOut(out: Float32Array, offset: number): void {
    const start = this.output.address / 4 + offset;
    out.set(this.kernel.heap.floats().subarray(start, start + out.length));
  }

  private ownVolume(volume: ProjectorVolume): KernelVolume {
    if (volume instanceof KernelVolume && volume.kernel === this.kernel && !volume.disposed) return volume;
    throw usageError({
      what: "Volume given to the projector",
      got: volume instanceof KernelVolume && volume.disposed ? "a released one" : "one loaded elsewhere",
      expected: "a volume that this projector has loaded and not released",
    });
  }

  private checkAlive(): void {
    if (this.disposed) throw usageError({ what: "Projector", got: "a call after dispose()" });
  }
}
