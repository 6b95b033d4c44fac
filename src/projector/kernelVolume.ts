import { badInput } from "../errors.ts";
import { type Mat4, invertAffine } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import type { Kernel } from "./kernel.ts";
import { type PlaneLayout, layoutBytes, planLayout } from "./planeLayout.ts";
import type { ProjectorVolume } from "./projector.ts";
import { BLOCK } from "./viewLayout.ts";

type Axis = 0 | 1 | 2;

/** Longest side of a volume in voxels: what the kernel's 16-bit indices and its list of runs hold. */
const longestSide = 8000;
/** Layouts kept between jobs: two serve the views of a biplane set and keep memory within three volumes. */
const keptLayouts = 2;

/**
 * A volume in kernel memory, as 15-bit integers of its largest magnitude (14 bits and a sign when there are
 * negative values): for a CT of -1024..3071 HU steps of 0.125 HU, finer than the CT's own. Rays along each
 * axis have a layout of their own, as large as 32-bit floats, which is made when it is first needed.
 */
export class KernelVolume implements ProjectorVolume {
  readonly size: readonly [number, number, number];
  readonly worldFromVoxel: Mat4;
  readonly voxelFromWorld: Mat4;
  readonly kernel: Kernel;
  /** What one unit of the stored integers stands for. */
  readonly unit: number;
  disposed = false;
  private readonly layouts: (PlaneLayout | undefined)[] = [undefined, undefined, undefined];
  /** Axes with a layout, the one used last at the end. */
  private readonly recent: Axis[] = [];
  /** Axes whose layouts the job in preparation refers to. */
  private readonly inJob: Set<Axis> = new Set();
  /** Summed-area tables of occupied blocks for slabs along x, y and z. */
  private readonly occupancy: number[];

  /** `range`: least and largest voxel. */
  constructor(kernel: Kernel, volume: Volume, range: readonly [number, number]) {
    if (volume.size.some((side) => side > longestSide)) {
      throw badInput({
        what: "Volume to project",
        got: volume.size.join(" x "),
        expected: `at most ${longestSide} voxels a side`,
      });
    }
    this.kernel = kernel;
    this.size = volume.size;
    this.worldFromVoxel = volume.worldFromVoxel;
    this.voxelFromWorld = invertAffine(volume.worldFromVoxel);
    this.unit = Math.max(-range[0], range[1], 1e-30) / (range[0] < 0 ? 16383 : 32767);
    // Rays from front or back are the commonest, so their planes are laid out first.
    const layout = this.allocate(1);
    this.upload(volume, layout);
    this.occupancy = this.sumOccupied(layout);
  }

  /** The planes of `axis`, laid out if they are not yet. */
  planes(axis: Axis): PlaneLayout {
    this.inJob.add(axis);
    const known = this.layouts[axis];
    if (known) {
      if (this.recent.at(-1) !== axis) {
        this.recent.splice(this.recent.indexOf(axis), 1);
        this.recent.push(axis);
      }
      return known;
    }
    if (this.recent.length === keptLayouts && !this.inJob.has(this.recent[0]!)) this.drop(this.recent[0]!);
    const source = this.layouts[this.recent.at(-1)!]!;
    const target = this.allocate(axis);
    this.relayout(source, target);
    return target;
  }

  /** To be called when a job has ended: its layouts may go. */
  endJob(): void {
    while (this.recent.length > keptLayouts) this.drop(this.recent[0]!);
    this.inJob.clear();
  }

  /** Address of the occupancy tables for slabs along `axis`. */
  occupancyAlong(axis: Axis): number {
    return this.occupancy[axis]!;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const axis of [...this.recent]) this.drop(axis);
    for (const address of this.occupancy) this.kernel.heap.release(address);
  }

  private allocate(axis: Axis): PlaneLayout {
    const bytes = layoutBytes(this.size, axis);
    const address = this.kernel.heap.allocate(bytes);
    this.kernel.heap.clear(address, bytes);
    const layout = planLayout(this.size, axis, address);
    this.layouts[axis] = layout;
    this.recent.push(axis);
    return layout;
  }

  private drop(axis: Axis): void {
    this.kernel.heap.release(this.layouts[axis]!.address);
    this.layouts[axis] = undefined;
    this.recent.splice(this.recent.indexOf(axis), 1);
  }

  private upload(volume: Volume, layout: PlaneLayout): void {
    const { heap, exports } = this.kernel;
    const [nx, ny, nz] = this.size;
    const [x, y, z] = layout.strides;
    const slice = nx * ny;
    const staging = heap.allocate(4 * slice);
    for (let k = 0; k < nz; k++) {
      heap.floats().set(volume.data.subarray(k * slice, (k + 1) * slice), staging / 4);
      exports.packSlice(staging, 1 / this.unit, layout.origin + k * z, x, y, layout.strideC, nx, ny);
    }
    heap.release(staging);
  }

  /** Copies all voxels from one layout to another, in tiles along the fastest axes of both. */
  private relayout(source: PlaneLayout, target: PlaneLayout): void {
    const i = source.b;
    const j = target.b === i ? source.c : target.b;
    const k = 3 - i - j;
    const from = [source.strides[i]!, source.strides[j]!, source.strides[k]!] as const;
    const to = [target.strides[i]!, target.strides[j]!, target.strides[k]!] as const;
    const counts = [this.size[i]!, this.size[j]!, this.size[k]!] as const;
    this.kernel.exports.repack(source.origin, ...from, target.origin, ...to, target.strideC, ...counts);
  }

  /** Finds the blocks that hold anything, and their summed-area tables along each axis. */
  private sumOccupied(layout: PlaneLayout): number[] {
    const { heap, exports } = this.kernel;
    const [bx, by, bz] = this.size.map((voxels) => Math.ceil(voxels / BLOCK)) as [number, number, number];
    const marks = heap.allocate(bx * by * bz);
    heap.clear(marks, bx * by * bz);
    exports.markBlocks(layout.origin, ...layout.strides, ...this.size, marks);
    const table = (
      columns: number,
      rows: number,
      slabs: number,
      ...steps: [number, number, number]
    ): number => {
      const address = heap.allocate(4 * slabs * (columns + 1) * (rows + 1));
      exports.sumBlocks(marks, columns, rows, slabs, ...steps, address);
      return address;
    };
    const tables = [
      table(by, bz, bx, bx, bx * by, 1),
      table(bx, bz, by, 1, bx * by, bx),
      table(bx, by, bz, 1, bx, bx * by),
    ];
    heap.release(marks);
    return tables;
  }
}
