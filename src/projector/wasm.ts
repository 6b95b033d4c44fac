import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import { checkBatch, checkCamera, checkOutput, checkPose, checkVolume } from "./arguments.ts";
import { type Kernel, createKernel } from "./kernel.ts";
import { KernelVolume } from "./kernelVolume.ts";
import type { DrrWithJacobian, Projector, ProjectorVolume } from "./projector.ts";
import { createRayFrame, pixelRays, setRayFrame } from "./rayFrame.ts";
import { type SamplingRegion, planSampling } from "./samplingPlan.ts";
import { writeViewBlock } from "./viewBlock.ts";
import { SCRATCH_BYTES, VIEW_BYTES } from "./viewLayout.ts";

/** The fast projector: trilinear samples at voxel planes, four rays at a time in WebAssembly SIMD. */
export async function createWasmProjector(): Promise<Projector> {
  return new WasmProjector(await createKernel());
}

class WasmProjector implements Projector {
  readonly backend: string = "wasm-simd x1";
  private readonly kernel: Kernel;
  private readonly frame = createRayFrame();
  private readonly plan: SamplingRegion[] = [];
  private readonly block: number;
  private readonly scratch: number;
  private outputAddress = 0;
  private outputFloats = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.block = kernel.heap.allocate(VIEW_BYTES);
    this.scratch = kernel.heap.allocate(SCRATCH_BYTES);
  }

  load(volume: Volume): ProjectorVolume {
    checkVolume(volume);
    return new KernelVolume(this.kernel.heap, this.kernel.exports, volume);
  }

  drr(volume: ProjectorVolume, camera: Camera, cameraFromWorld: Mat4, out?: Float32Array): Float32Array {
    const pixels = camera.width * camera.height;
    const image = out ?? new Float32Array(pixels);
    checkOutput(image, pixels);
    this.render(volume as KernelVolume, camera, cameraFromWorld, false);
    this.copyOut(image, 0);
    return image;
  }

  drrWithJacobian(
    volume: ProjectorVolume,
    camera: Camera,
    cameraFromWorld: Mat4,
    out?: DrrWithJacobian,
  ): DrrWithJacobian {
    const pixels = camera.width * camera.height;
    const result = out ?? { image: new Float32Array(pixels), jacobian: new Float32Array(6 * pixels) };
    checkOutput(result.image, pixels);
    checkOutput(result.jacobian, 6 * pixels);
    this.render(volume as KernelVolume, camera, cameraFromWorld, true);
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
    checkBatch(poses, camera, out);
    const pixels = camera.width * camera.height;
    poses.forEach((pose, i) => {
      this.drr(volume, camera, pose, out.subarray(i * pixels, (i + 1) * pixels));
    });
    return out;
  }

  dispose(): void {
    this.kernel.heap.release(this.outputAddress);
    this.kernel.heap.release(this.block);
  }

  private render(volume: KernelVolume, camera: Camera, cameraFromWorld: Mat4, jacobian: boolean): void {
    checkCamera(camera);
    checkPose(cameraFromWorld);
    const pixels = camera.width * camera.height;
    this.reserveOutput(jacobian ? 7 * pixels : pixels);
    const frame = setRayFrame(this.frame, volume.voxelFromWorld, cameraFromWorld);
    const rays = pixelRays(camera);
    const regions = planSampling(this.plan, frame, rays, camera.width, camera.height);
    for (let i = 0; i < regions; i++) {
      const region = this.plan[i]!;
      const planes = volume.planes(region.axis);
      writeViewBlock(this.kernel.heap.view(), this.block, {
        ...{ frame, rays, camera, region, planes, size: volume.size },
        image: this.outputAddress,
        jacobian: jacobian ? this.outputAddress + 4 * pixels : 0,
      });
      for (let v = region.v0; v < region.v1; v += 4) {
        for (let u = region.u0; u < region.u1; u += 16) {
          const [u1, v1] = [Math.min(u + 16, region.u1), Math.min(v + 4, region.v1)];
          this.kernel.exports.renderTile(this.block, this.scratch, u, v, u1, v1);
        }
      }
    }
  }

  private reserveOutput(floats: number): void {
    if (floats <= this.outputFloats) return;
    this.kernel.heap.release(this.outputAddress);
    this.outputAddress = this.kernel.heap.allocate(4 * floats);
    this.outputFloats = floats;
  }

  private copyOut(out: Float32Array, offset: number): void {
    const start = this.outputAddress / 4 + offset;
    out.set(this.kernel.heap.floats().subarray(start, start + out.length));
  }
}
