import type { Camera } from "../geometry/camera.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { TASK_HEIGHT, TASK_WIDTH } from "./jobLayout.ts";
import type { KernelHeap } from "./kernelHeap.ts";
import type { KernelVolume } from "./kernelVolume.ts";
import { createRayFrame, pixelRays, setRayFrame } from "./rayFrame.ts";
import { type SamplingRegion, planSampling } from "./samplingPlan.ts";
import { type RenderTarget, writeViewBlock } from "./viewBlock.ts";
import { VIEW_BYTES } from "./viewLayout.ts";

/** The view blocks and tasks of one job, kept and reused between calls so that rendering allocates nothing. */
export class RenderJob {
  /** Address of the first view block. */
  views = 0;
  tasks = 0;
  private readonly heap: KernelHeap;
  private readonly frame = createRayFrame();
  private readonly plan: SamplingRegion[] = [];
  private count = 0;
  private capacity = 0;

  constructor(heap: KernelHeap) {
    this.heap = heap;
  }

  clear(): void {
    this.count = 0;
    this.tasks = 0;
  }

  /** Adds one pose: usually one view block, more only for very wide cones. */
  add(volume: KernelVolume, camera: Camera, cameraFromWorld: Mat4, target: RenderTarget): void {
    const frame = setRayFrame(this.frame, volume.voxelFromWorld, cameraFromWorld);
    const rays = pixelRays(camera);
    const regions = planSampling(this.plan, frame, rays, camera.width, camera.height);
    this.reserve(this.count + regions);
    for (let i = 0; i < regions; i++) {
      const region = this.plan[i]!;
      const planes = volume.planes(region.axis);
      const columns = Math.ceil((region.u1 - region.u0) / TASK_WIDTH);
      const tasks = columns * Math.ceil((region.v1 - region.v0) / TASK_HEIGHT);
      writeViewBlock(this.heap.view(), this.views + this.count * VIEW_BYTES, {
        ...{ frame, rays, camera, region, planes, target },
        ...{ size: volume.size, unit: volume.unit, occupancy: volume.occupancyAlong(region.axis) },
        firstTask: this.tasks,
        tasks,
        columns,
      });
      this.count++;
      this.tasks += tasks;
    }
  }

  private reserve(blocks: number): void {
    if (blocks <= this.capacity) return;
    const capacity = Math.max(blocks, 2 * this.capacity);
    const address = this.heap.allocate(capacity * VIEW_BYTES);
    this.heap.copy(this.views, address, this.count * VIEW_BYTES);
    this.heap.release(this.views);
    this.views = address;
    this.capacity = capacity;
  }
}
