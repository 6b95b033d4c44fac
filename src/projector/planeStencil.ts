import type { Twist } from "../geometry/se3.ts";
import type { RayFrame } from "./rayFrame.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";
import { planesInFront } from "./samplingPlan.ts";
import { visitPixels } from "./viewRays.ts";

/**
 * The part of a pixel's line integral that comes from one plane: sum over its cell's corners of weight x voxel.
 * With a direction, the weights are the derivatives along it. Corners beyond the grid have offset -1.
 */
export interface PlaneStencil {
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Visits every pixel and plane of a view, row by row: the matrix of the projection (or of its derivative along a
 * twist of the camera, cameraFromWorld' = exp(t direction) cameraFromWorld at t = 0), entry by entry. Forward and
 * adjoint operators made from the same visit are exact transposes. The stencil is reused between visits.
 */
export function visitStencils(
  geometry: ProjectionGeometry,
  direction: Twist | undefined,
  visit: (pixel: number, stencil: PlaneStencil) => void,
): void {
  const { size } = geometry;
  visitPixels(geometry, (frame, axis) => {
    const ray = new PlaneRay(size, frame, axis);
    return (pixel, rx, ry) => {
      ray.aim(rx, ry, direction);
      const [first, last] = planesInFront(frame.source[axis]!, ray.along, size[axis]);
      for (let k = first; k <= last; k++) if (ray.meet(k)) visit(pixel, ray);
    };
  });
}

/** One ray and, where a direction is given, how it moves along it. In-plane axes are called x and y here. */
class PlaneRay implements PlaneStencil {
  readonly offsets: Int32Array = new Int32Array(4);
  readonly weights: Float64Array = new Float64Array(4);
  along = 1;
  private readonly frame: RayFrame;
  private readonly axis: number;
  private readonly x: number;
  private readonly y: number;
  private readonly sizeX: number;
  private readonly sizeY: number;
  private readonly strideX: number;
  private readonly strideY: number;
  private readonly strideAlong: number;
  private weight = 0;
  private slopeX = 0;
  private slopeY = 0;
  private moving = false;
  private weightRate = 0;
  /** d position / dt = shift + (k - source) turn. */
  private shiftX = 0;
  private shiftY = 0;
  private turnX = 0;
  private turnY = 0;

  constructor(size: readonly [number, number, number], frame: RayFrame, axis: 0 | 1 | 2) {
    const strides = [1, size[0], size[0] * size[1]] as const;
    this.frame = frame;
    this.axis = axis;
    this.x = (axis + 1) % 3;
    this.y = (axis + 2) % 3;
    this.sizeX = size[this.x]!;
    this.sizeY = size[this.y]!;
    this.strideX = strides[this.x]!;
    this.strideY = strides[this.y]!;
    this.strideAlong = strides[axis];
  }

  /** One component of voxelFromCamera (x, y, z). */
  private turned(row: number, x: number, y: number, z: number): number {
    const { linear } = this.frame;
    return linear[3 * row]! * x + linear[3 * row + 1]! * y + linear[3 * row + 2]! * z;
  }

  /** Points the ray along (rx, ry, 1) of the camera. */
  aim(rx: number, ry: number, direction: Twist | undefined): void {
    this.along = this.turned(this.axis, rx, ry, 1);
    this.slopeX = this.turned(this.x, rx, ry, 1) / this.along;
    this.slopeY = this.turned(this.y, rx, ry, 1) / this.along;
    this.weight = Math.hypot(rx, ry, 1) / Math.abs(this.along);
    this.moving = direction !== undefined;
    if (!direction) return;
    // The source moves by -A v, the ray's direction by -A (w x r): see writeTwist in reference.ts.
    const [wx, wy, wz, vx, vy, vz] = direction;
    const [cx, cy, cz] = [wy - wz * ry, wz * rx - wx, wx * ry - wy * rx];
    const sourceRate = -this.turned(this.axis, vx, vy, vz);
    const rate = -this.turned(this.axis, cx, cy, cz);
    this.weightRate = (-this.weight * rate) / this.along;
    this.shiftX = -this.turned(this.x, vx, vy, vz) - sourceRate * this.slopeX;
    this.shiftY = -this.turned(this.y, vx, vy, vz) - sourceRate * this.slopeY;
    this.turnX = (-this.turned(this.x, cx, cy, cz) - rate * this.slopeX) / this.along;
    this.turnY = (-this.turned(this.y, cx, cy, cz) - rate * this.slopeY) / this.along;
  }

  /** Sets the stencil of plane k; false where the ray misses the grid there. */
  meet(k: number): boolean {
    const { source } = this.frame;
    const depth = k - source[this.axis]!;
    const x = source[this.x]! + depth * this.slopeX;
    const y = source[this.y]! + depth * this.slopeY;
    const i = Math.floor(x);
    const j = Math.floor(y);
    if (i < -1 || j < -1 || i >= this.sizeX || j >= this.sizeY) return false;
    const fx = x - i;
    const fy = y - j;
    const { offsets, weights, weight } = this;
    const first = k * this.strideAlong + i * this.strideX + j * this.strideY;
    const insideX = i + 1 < this.sizeX;
    const insideY = j + 1 < this.sizeY;
    offsets[0] = i >= 0 && j >= 0 ? first : -1;
    offsets[1] = insideX && j >= 0 ? first + this.strideX : -1;
    offsets[2] = i >= 0 && insideY ? first + this.strideY : -1;
    offsets[3] = insideX && insideY ? first + this.strideX + this.strideY : -1;
    const scale = this.moving ? this.weightRate : weight;
    weights[0] = scale * (1 - fx) * (1 - fy);
    weights[1] = scale * fx * (1 - fy);
    weights[2] = scale * (1 - fx) * fy;
    weights[3] = scale * fx * fy;
    if (!this.moving) return true;
    const rateX = weight * (this.shiftX + depth * this.turnX);
    const rateY = weight * (this.shiftY + depth * this.turnY);
    weights[0]! -= rateX * (1 - fy) + rateY * (1 - fx);
    weights[1]! += rateX * (1 - fy) - rateY * fx;
    weights[2]! += rateY * (1 - fx) - rateX * fy;
    weights[3]! += rateX * fy + rateY * fx;
    return true;
  }
}
