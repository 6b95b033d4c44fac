import type { Camera } from "../geometry/camera.ts";
import type { PlaneLayout } from "./kernelVolume.ts";
import type { PixelRays, RayFrame } from "./rayFrame.ts";
import { type SamplingRegion, planesInFront } from "./samplingPlan.ts";
import * as view from "./viewLayout.ts";

/** What one view block describes. */
export interface ViewDescription {
  readonly frame: RayFrame;
  readonly rays: PixelRays;
  readonly camera: Camera;
  readonly region: SamplingRegion;
  readonly planes: PlaneLayout;
  readonly size: readonly [number, number, number];
  /** Addresses of the image and of the six derivative images (0 = none). */
  readonly image: number;
  readonly jacobian: number;
}

/** Writes the block at `address` of the kernel's memory. */
export function writeViewBlock(memory: DataView, address: number, description: ViewDescription): void {
  const { frame, rays, camera, region, planes, size } = description;
  const float = (offset: number, value: number): void => memory.setFloat64(address + offset, value, true);
  const integer = (offset: number, value: number): void => memory.setUint32(address + offset, value, true);
  const { axis } = region;
  const roles = [axis, planes.b, planes.c];
  for (let role = 0; role < 3; role++) {
    const from = roles[role]!;
    float(view.SOURCE + 8 * role, frame.source[from]!);
    for (let column = 0; column < 3; column++) {
      float(view.LINEAR + 24 * role + 8 * column, frame.linear[3 * from + column]!);
    }
  }
  float(view.SLOPE_U, rays.slopeU);
  float(view.OFFSET_U, rays.offsetU);
  float(view.SLOPE_V, rays.slopeV);
  float(view.OFFSET_V, rays.offsetV);
  const x = region.u0 * rays.slopeU + rays.offsetU;
  const y = region.v0 * rays.slopeV + rays.offsetV;
  const along = frame.linear[3 * axis]! * x + frame.linear[3 * axis + 1]! * y + frame.linear[3 * axis + 2]!;
  const [first, last] = planesInFront(frame.source[axis]!, along, size[axis]!);
  integer(view.BASE, planes.base);
  integer(view.STRIDE_A, planes.strideA);
  integer(view.STRIDE_C, planes.strideC);
  integer(view.SIZE_B, size[planes.b]!);
  integer(view.SIZE_C, size[planes.c]!);
  integer(view.FIRST_PLANE, first);
  integer(view.LAST_PLANE, last);
  integer(view.U0, region.u0);
  integer(view.V0, region.v0);
  integer(view.U1, region.u1);
  integer(view.V1, region.v1);
  integer(view.IMAGE, description.image);
  integer(view.JACOBIAN, description.jacobian);
  integer(view.WIDTH, camera.width);
  integer(view.HEIGHT, camera.height);
}
