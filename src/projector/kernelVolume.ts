import type { Mat4 } from "../geometry/mat4.ts";
import { invertAffine } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import type { KernelHeap } from "./kernelHeap.ts";
import type { Kernel } from "./kernel.ts";
import type { ProjectorVolume } from "./projector.ts";
import { BLOCK, PADDING } from "./viewLayout.ts";

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
  /** Address of the summed-area tables of occupied blocks, one a slab. */
  readonly occupancy: number;
}

/**
 * A volume in kernel memory: 32-bit floats with two zero voxels around. A first copy has x fastest and
 * serves planes of y and z; a second, y fastest, is made when rays along x are first asked for.
 */
export class KernelVolume implements ProjectorVolume {
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly voxelFromWorld: Mat4;
  readonly kernel: Kernel;
  disposed = false;
  private readonly heap: KernelHeap;
  private readonly padded: readonly [number, number, number];
  private readonly blocks: readonly [number, number, number];
  /** Tables for slabs along x, y and z. */
  private readonly occupancy: readonly [number, number, number];
  private xFastest = 0;
  private yFastest = 0;

  constructor(kernel: Kernel, volume: Volume) {
    const { heap } = kernel;
    this.heap = heap;
    this.kernel = kernel;
    this.size = volume.size;
    this.worldFromVoxel = volume.worldFromVoxel;
    this.voxelFromWorld = invertAffine(volume.worldFromVoxel);
    const [nx, ny, nz] = volume.size;
    this.padded = [nx + 2 * PADDING, ny + 2 * PADDING, nz + 2 * PADDING];
    const [bx, by, bz] = (this.blocks = [blocks(nx), blocks(ny), blocks(nz)]);
    this.xFastest = heap.allocate(4 * this.voxels());
    this.occupancy = [
      heap.allocate(tableBytes(by, bz, bx)),
      heap.allocate(tableBytes(bx, bz, by)),
      heap.allocate(tableBytes(bx, by, bz)),
    ];
    this.upload(volume);
    this.markOccupied();
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

  /** Finds the blocks that hold anything, and their summed-area tables along each axis. */
  private markOccupied(): void {
    const { heap } = this;
    const { exports } = this.kernel;
    const [px, py] = this.padded;
    const [bx, by, bz] = this.blocks;
    const marks = heap.allocate(bx * by * bz);
    new Uint8Array(heap.memory.buffer).fill(0, marks, marks + bx * by * bz);
    const [strideY, strideZ] = [4 * px, 4 * px * py];
    const corner = this.xFastest + PADDING * (4 + strideY + strideZ);
    exports.markBlocks(corner, strideY, strideZ, ...this.size, marks);
    const [alongX, alongY, alongZ] = this.occupancy;
    exports.sumBlocks(marks, by, bz, bx, bx, bx * by, 1, alongX);
    exports.sumBlocks(marks, bx, bz, by, 1, bx * by, bx, alongY);
    exports.sumBlocks(marks, bx, by, bz, 1, bx, bx * by, alongZ);
    heap.release(marks);
  }

  /** The layout whose planes of `axis` are fast to sample. */
  planes(axis: 0 | 1 | 2): PlaneLayout {
    const [px, py, pz] = this.padded;
    if (axis === 0 && this.yFastest === 0) {
      this.yFastest = this.heap.allocate(4 * this.voxels());
      this.kernel.exports.transposeXY(this.xFastest, this.yFastest, px, py, pz);
    }
    const occupancy = this.occupancy[axis];
    const slice = 4 * px * py;
    const [strideA, strideC] = axis === 0 ? [4 * py, slice] : axis === 1 ? [4 * px, slice] : [slice, 4 * px];
    const base = (axis === 0 ? this.yFastest : this.xFastest) + PADDING * strideA;
    return { b: axis === 0 ? 1 : 0, c: axis === 2 ? 1 : 2, base, strideA, strideC, occupancy };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const address of [this.xFastest, this.yFastest, ...this.occupancy]) this.heap.release(address);
    this.xFastest = 0;
    this.yFastest = 0;
  }
}

function blocks(voxels: number): number {
  return Math.ceil(voxels / BLOCK);
}

/** Bytes of the summed-area tables of `slabs` slabs. */
function tableBytes(columns: number, rows: number, slabs: number): number {
  return 4 * slabs * (columns + 1) * (rows + 1);
}
