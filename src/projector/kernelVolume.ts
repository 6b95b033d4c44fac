import type { Mat4 } from "../geometry/mat4.ts";
import { invertAffine } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import type { KernelHeap } from "./kernelHeap.ts";
import type { KernelExports } from "./kernel.ts";
import type { ProjectorVolume } from "./projector.ts";
import { PADDING } from "./viewLayout.ts";

/** How the planes of one axis lie in kernel memory: roles of the axes, base address, strides in bytes. */
export interface PlaneLayout {
  /** Fastest axis in memory. */
  readonly b: 0 | 1 | 2;
  /** The other in-plane axis. */
  readonly c: 0 | 1 | 2;
  /** Address of voxel (-2, -2) of plane 0. */
  readonly base: number;
  readonly strideA: number;
  readonly strideC: number;
}

/**
 * A volume in kernel memory: 32-bit floats with two zero voxels around. A first copy has x fastest and
 * serves planes of y and z; a second, y fastest, is made when rays along x are first asked for.
 */
export class KernelVolume implements ProjectorVolume {
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly voxelFromWorld: Mat4;
  private readonly heap: KernelHeap;
  private readonly kernel: KernelExports;
  private readonly padded: readonly [number, number, number];
  private xFastest = 0;
  private yFastest = 0;

  constructor(heap: KernelHeap, kernel: KernelExports, volume: Volume) {
    this.heap = heap;
    this.kernel = kernel;
    this.size = volume.size;
    this.worldFromVoxel = volume.worldFromVoxel;
    this.voxelFromWorld = invertAffine(volume.worldFromVoxel);
    const [nx, ny, nz] = volume.size;
    this.padded = [nx + 2 * PADDING, ny + 2 * PADDING, nz + 2 * PADDING];
    this.xFastest = heap.allocate(4 * this.voxels());
    this.upload(volume);
  }

  private voxels(): number {
    return this.padded[0] * this.padded[1] * this.padded[2];
  }

  private upload(volume: Volume): void {
    const [nx, ny, nz] = this.size;
    const [px, py] = this.padded;
    const floats = this.heap.floats();
    const start = this.xFastest / 4;
    floats.fill(0, start, start + this.voxels());
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        const from = nx * (y + ny * z);
        const to = start + PADDING + px * (y + PADDING + py * (z + PADDING));
        floats.set(volume.data.subarray(from, from + nx), to);
      }
    }
  }

  /** The layout whose planes of `axis` are fast to sample. */
  planes(axis: 0 | 1 | 2): PlaneLayout {
    const [px, py, pz] = this.padded;
    if (axis === 0) {
      if (this.yFastest === 0) {
        this.yFastest = this.heap.allocate(4 * this.voxels());
        this.kernel.transposeXY(this.xFastest, this.yFastest, px, py, pz);
      }
      return layout(this.yFastest, 1, 2, 4 * py, 4 * px * py);
    }
    const [strideY, strideZ] = [4 * px, 4 * px * py];
    return axis === 1
      ? layout(this.xFastest, 0, 2, strideY, strideZ)
      : layout(this.xFastest, 0, 1, strideZ, strideY);
  }

  dispose(): void {
    this.heap.release(this.xFastest);
    this.heap.release(this.yFastest);
    this.xFastest = 0;
    this.yFastest = 0;
  }
}

function layout(address: number, b: 0 | 1, c: 1 | 2, strideA: number, strideC: number): PlaneLayout {
  return { b, c, base: address + PADDING * strideA, strideA, strideC };
}
