import type { Twist } from "../geometry/se3.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";
import type { RayFrame } from "./rayFrame.ts";
import { planesInFront } from "./samplingPlan.ts";
import { visitPixels } from "./viewRays.ts";

/**
 * One ray through a grid with an empty voxel around it (padded indices: voxel i is i + 1), as the fast channel
 * operators walk it: plane by plane from `first`, `planes` of them. In-plane axes are called x and y.
 */
export interface ChannelRay {
  readonly pixel: number;
  readonly planes: number;
  /** Padded in-plane position on the first plane, and its step from plane to plane. */
  readonly x: number;
  readonly y: number;
  readonly slopeX: number;
  readonly slopeY: number;
  /** Offset of the first plane in padded voxels, and the strides of x, y and of the planes. */
  readonly start: number;
  readonly strideX: number;
  readonly strideY: number;
  readonly strideAlong: number;
  /** First plane minus the source, in planes: what `RayRates` turn about. */
  readonly depth: number;
  /** Millimetres of ray a plane. */
  readonly weight: number;
  /** How the ray moves along a twist of the camera. */
  rates(direction: Twist, out: RayRates): RayRates;
}

/** Derivatives along a twist: of the weight, and of the in-plane position as shift + (plane - source) turn. */
export interface RayRates {
  weight: number;
  shiftX: number;
  shiftY: number;
  turnX: number;
  turnY: number;
}

export function createRates(): RayRates {
  return { weight: 0, shiftX: 0, shiftY: 0, turnX: 0, turnY: 0 };
}

/** Visits the rays of a view that meet the grid, row by row; the ray object is reused. Formulas as in `visitStencils`. */
export function visitRays(geometry: ProjectionGeometry, visit: (ray: ChannelRay) => void): void {
  visitPixels(geometry, (frame, axis) => {
    const ray = new Walk(geometry.size, frame, axis);
    return (pixel, rx, ry) => {
      ray.pixel = pixel;
      if (ray.aim(rx, ry)) visit(ray);
    };
  });
}

class Walk implements ChannelRay {
  pixel = 0;
  planes = 0;
  x = 0;
  y = 0;
  slopeX = 0;
  slopeY = 0;
  start = 0;
  readonly strideX: number;
  readonly strideY: number;
  readonly strideAlong: number;
  depth = 0;
  weight = 0;
  private readonly size: readonly [number, number, number];
  private readonly frame: RayFrame;
  private readonly axis: 0 | 1 | 2;
  private readonly axisX: number;
  private readonly axisY: number;
  private along = 1;
  private rx = 0;
  private ry = 0;

  constructor(size: readonly [number, number, number], frame: RayFrame, axis: 0 | 1 | 2) {
    const strides = [1, size[0] + 2, (size[0] + 2) * (size[1] + 2)] as const;
    this.size = size;
    this.frame = frame;
    this.axis = axis;
    this.axisX = (axis + 1) % 3;
    this.axisY = (axis + 2) % 3;
    this.strideX = strides[this.axisX]!;
    this.strideY = strides[this.axisY]!;
    this.strideAlong = strides[axis];
  }

  /** One component of voxelFromCamera (x, y, z). */
  private turned(row: number, x: number, y: number, z: number): number {
    const { linear } = this.frame;
    return linear[3 * row]! * x + linear[3 * row + 1]! * y + linear[3 * row + 2]! * z;
  }

  /** Points the ray along (rx, ry, 1) of the camera; false where it misses the grid. */
  aim(rx: number, ry: number): boolean {
    const { axis, axisX, axisY, size } = this;
    const { source } = this.frame;
    this.rx = rx;
    this.ry = ry;
    this.along = this.turned(axis, rx, ry, 1);
    this.slopeX = this.turned(axisX, rx, ry, 1) / this.along;
    this.slopeY = this.turned(axisY, rx, ry, 1) / this.along;
    this.weight = Math.hypot(rx, ry, 1) / Math.abs(this.along);
    const x0 = source[axisX]! - source[axis]! * this.slopeX;
    const y0 = source[axisY]! - source[axis]! * this.slopeY;
    let [first, last] = planesInFront(source[axis]!, this.along, size[axis]);
    [first, last] = clip(x0, this.slopeX, size[axisX]!, first, last);
    [first, last] = clip(y0, this.slopeY, size[axisY]!, first, last);
    this.planes = last - first + 1;
    this.x = x0 + first * this.slopeX + 1;
    this.y = y0 + first * this.slopeY + 1;
    this.start = (first + 1) * this.strideAlong;
    this.depth = first - source[axis]!;
    return this.planes > 0;
  }

  rates([wx, wy, wz, vx, vy, vz]: Twist, out: RayRates): RayRates {
    // The source moves by -A v, the ray's direction by -A (w x r): see writeTwist in reference.ts.
    const { axis, axisX, axisY, rx, ry, along, slopeX, slopeY } = this;
    const [cx, cy, cz] = [wy - wz * ry, wz * rx - wx, wx * ry - wy * rx];
    const sourceRate = -this.turned(axis, vx, vy, vz);
    const rate = -this.turned(axis, cx, cy, cz);
    out.weight = (-this.weight * rate) / along;
    out.shiftX = -this.turned(axisX, vx, vy, vz) - sourceRate * slopeX;
    out.shiftY = -this.turned(axisY, vx, vy, vz) - sourceRate * slopeY;
    out.turnX = (-this.turned(axisX, cx, cy, cz) - rate * slopeX) / along;
    out.turnY = (-this.turned(axisY, cx, cy, cz) - rate * slopeY) / along;
    return out;
  }
}

/** Planes in [first, last] where -1 <= at + plane * slope < size: an interval, for the position is affine. */
function clip(
  at: number,
  slope: number,
  size: number,
  first: number,
  last: number,
): readonly [number, number] {
  let [from, to] = [first, last];
  if (slope !== 0) {
    const [a, b] = [(-1 - at) / slope, (size - at) / slope];
    // One plane more than computed on either side; the exact test below takes it away again.
    from = Math.max(from, Math.floor(Math.min(a, b)) - 1);
    to = Math.min(to, Math.ceil(Math.max(a, b)) + 1);
  }
  const misses = (plane: number): boolean => !(at + plane * slope >= -1 && at + plane * slope < size);
  while (from <= to && misses(from)) from++;
  while (to >= from && misses(to)) to--;
  return [from, to];
}
