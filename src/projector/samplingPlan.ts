import { type PixelRays, type RayFrame, directionComponent } from "./rayFrame.ts";

/** A rectangle of pixels [u0, u1) x [v0, v1) whose rays are all sampled at the planes of one voxel axis. */
export interface SamplingRegion {
  u0: number;
  v0: number;
  u1: number;
  v1: number;
  axis: 0 | 1 | 2;
}

/** In-plane voxels a ray may move from one plane to the next before a region is split. */
const steepestSlope = 4;
/** A region is not split below this many pixels a side. */
const smallestSide = 16;

/**
 * Largest in-plane movement per plane (voxels) over the rectangle when rays are sampled at the planes
 * of `axis`. Ray directions are affine in (u, v), so the extremes lie at the corners; infinite when some ray
 * runs parallel to the planes.
 */
function steepness(frame: RayFrame, rays: PixelRays, region: SamplingRegion, axis: number): number {
  let largest = 0;
  let sign = 0;
  for (let corner = 0; corner < 4; corner++) {
    const u = corner & 1 ? region.u1 - 1 : region.u0;
    const v = corner & 2 ? region.v1 - 1 : region.v0;
    const along = directionComponent(frame, rays, axis, u, v);
    if (along === 0 || along * sign < 0) return Number.POSITIVE_INFINITY;
    sign = Math.sign(along);
    for (let step = 1; step < 3; step++) {
      const across = directionComponent(frame, rays, (axis + step) % 3, u, v);
      largest = Math.max(largest, Math.abs(across / along));
    }
  }
  return largest;
}

/**
 * Chooses, for the whole image, the voxel axis whose planes the rays cross most squarely (Joseph 1982).
 * Only a cone so wide that no axis serves all rays is split into rectangles with an axis each.
 * Writes into `plan` and returns the number of regions used; entries are reused between calls.
 */
export function planSampling(
  plan: SamplingRegion[],
  frame: RayFrame,
  rays: PixelRays,
  width: number,
  height: number,
): number {
  setRegion(plan, 0, 0, 0, width, height);
  let count = 1;
  for (let index = 0; index < count; index++) {
    const region = plan[index]!;
    const slope = chooseAxis(frame, rays, region);
    const wide = region.u1 - region.u0;
    const high = region.v1 - region.v0;
    if (slope > steepestSlope && Math.max(wide, high) > smallestSide) {
      const { u0, v0, u1, v1 } = region;
      const middle = wide >= high ? u0 + half(wide) : v0 + half(high);
      if (wide >= high) {
        setRegion(plan, index, u0, v0, middle, v1);
        setRegion(plan, count, middle, v0, u1, v1);
      } else {
        setRegion(plan, index, u0, v0, u1, middle);
        setRegion(plan, count, u0, middle, u1, v1);
      }
      count++;
      index--;
    }
  }
  return count;
}

/** Half a length, rounded up to a multiple of 4 so that groups of four pixels stay whole. */
function half(length: number): number {
  return Math.ceil(length / 8) * 4;
}

function chooseAxis(frame: RayFrame, rays: PixelRays, region: SamplingRegion): number {
  let best = Number.POSITIVE_INFINITY;
  for (const axis of [0, 1, 2] as const) {
    const slope = steepness(frame, rays, region, axis);
    if (slope < best || axis === 0) {
      best = slope;
      region.axis = axis;
    }
  }
  return best;
}

function setRegion(
  plan: SamplingRegion[],
  index: number,
  u0: number,
  v0: number,
  u1: number,
  v1: number,
): void {
  const region = (plan[index] ??= { u0, v0, u1, v1, axis: 0 });
  region.u0 = u0;
  region.v0 = v0;
  region.u1 = u1;
  region.v1 = v1;
}

/**
 * Planes k in [first, last] of `axis` that lie in front of the source and inside the grid
 * (empty when first > last).
 */
export function planesInFront(
  sourceAlong: number,
  directionAlong: number,
  planes: number,
): readonly [number, number] {
  return directionAlong > 0
    ? [Math.max(0, Math.floor(sourceAlong) + 1), planes - 1]
    : [0, Math.min(planes - 1, Math.ceil(sourceAlong) - 1)];
}
