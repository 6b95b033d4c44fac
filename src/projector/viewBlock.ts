import type { Camera } from "../geometry/camera.ts";
import type { PlaneLayout } from "./planeLayout.ts";
import { type PixelRays, type RayFrame, directionComponent } from "./rayFrame.ts";
import { type SamplingRegion, planesInFront } from "./samplingPlan.ts";
import * as view from "./viewLayout.ts";

/** Where the results of one pose go: addresses in kernel memory, `jacobian` 0 when only the image is wanted. */
export interface RenderTarget {
  image: number;
  jacobian: number;
}

/** What one view block describes. */
export interface ViewDescription {
  readonly frame: RayFrame;
  readonly rays: PixelRays;
  readonly camera: Camera;
  readonly region: SamplingRegion;
  readonly planes: PlaneLayout;
  readonly size: readonly [number, number, number];
  /** Address of the occupancy tables along the region's axis. */
  readonly occupancy: number;
  /** What one unit of the stored voxels stands for. */
  readonly unit: number;
  readonly target: RenderTarget;
  /** Number of the view's first task in its job, its tasks, and how many lie in a row of the image. */
  readonly firstTask: number;
  readonly tasks: number;
  readonly columns: number;
}

/** Writes the block at `address` of the kernel's memory. */
export function writeViewBlock(memory: DataView, address: number, description: ViewDescription): void {
  writeRays(memory, address, description);
  writePlanes(memory, address, description);
  const integer = (offset: number, value: number): void => memory.setUint32(address + offset, value, true);
  const { region, camera, target } = description;
  integer(view.U0, region.u0);
  integer(view.V0, region.v0);
  integer(view.U1, region.u1);
  integer(view.V1, region.v1);
  integer(view.IMAGE, target.image);
  integer(view.JACOBIAN, target.jacobian);
  integer(view.WIDTH, camera.width);
  integer(view.HEIGHT, camera.height);
  integer(view.FIRST_TASK, description.firstTask);
  integer(view.TASK_COUNT, description.tasks);
  integer(view.TASK_COLUMNS, description.columns);
}

function writeRays(memory: DataView, address: number, description: ViewDescription): void {
  const { frame, rays, region, planes } = description;
  const { linear, source } = frame;
  const double = (offset: number, value: number): void => memory.setFloat64(address + offset, value, true);
  for (let role = 0; role < 3; role++) {
    const axis = role === 0 ? region.axis : role === 1 ? planes.b : planes.c;
    const [x, y, z] = [linear[3 * axis]!, linear[3 * axis + 1]!, linear[3 * axis + 2]!];
    double(view.SOURCE + 8 * role, source[axis]!);
    double(view.DIRECTION + 24 * role, x * rays.slopeU);
    double(view.DIRECTION + 24 * role + 8, y * rays.slopeV);
    double(view.DIRECTION + 24 * role + 16, x * rays.offsetU + y * rays.offsetV + z);
    memory.setFloat32(address + view.LINEAR + 12 * role, x, true);
    memory.setFloat32(address + view.LINEAR + 12 * role + 4, y, true);
    memory.setFloat32(address + view.LINEAR + 12 * role + 8, z, true);
  }
  double(view.SLOPE_U, rays.slopeU);
  double(view.OFFSET_U, rays.offsetU);
  double(view.SLOPE_V, rays.slopeV);
  double(view.OFFSET_V, rays.offsetV);
}

function writePlanes(memory: DataView, address: number, description: ViewDescription): void {
  const { frame, rays, region, planes, size } = description;
  const integer = (offset: number, value: number): void => memory.setUint32(address + offset, value, true);
  for (let lane = 0; lane < 16; lane += 4) {
    integer(view.INDEX_LANES + lane, (planes.strideC << 14) | 1);
    integer(view.FLIP_LANES + lane, 0x7fff);
    integer(view.DIFFERENCE_LANES + lane, 0x1ffff);
    integer(view.ROUND_LANES + lane, 1 << 14);
  }
  const { axis, u0, v0 } = region;
  const along = directionComponent(frame, rays, axis, u0, v0);
  const [first, last] = planesInFront(frame.source[axis]!, along, size[axis]!);
  integer(view.BASE, planes.address);
  integer(view.STRIDE_A, planes.strideA);
  integer(view.SIZE_B, size[planes.b]!);
  integer(view.SIZE_C, size[planes.c]!);
  integer(view.FIRST_PLANE, first);
  integer(view.LAST_PLANE, last);
  integer(view.OCCUPANCY, description.occupancy);
  // Weights of one sample add up to 32767 / 32768 along c and to 32767 along b.
  memory.setFloat32(address + view.SCALE, (description.unit * 32768) / (32767 * 32767), true);
}
