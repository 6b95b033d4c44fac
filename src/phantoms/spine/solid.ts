import type { Vec3 } from "../../geometry/vec3.ts";

/** An axis-aligned box in mm, corner to corner, in the frame of whatever owns it. */
export interface Box {
  readonly min: Vec3;
  readonly max: Vec3;
}

/**
 * A shape given by an implicit function in its own frame (mm): negative inside, zero on the
 * surface, close to the Euclidean distance near it. `box` holds every point with distance <= 0.
 */
export interface Solid {
  readonly box: Box;
  distance(x: number, y: number, z: number): number;
}

/** The smallest box around points, grown by `marginMm` on every side. */
export function boxAround(points: readonly Vec3[], marginMm = 0): Box {
  const bound = (axis: 0 | 1 | 2, pick: (...values: number[]) => number, sign: number): number =>
    pick(...points.map((p) => p[axis])) + sign * marginMm;
  return {
    min: [bound(0, Math.min, -1), bound(1, Math.min, -1), bound(2, Math.min, -1)],
    max: [bound(0, Math.max, 1), bound(1, Math.max, 1), bound(2, Math.max, 1)],
  };
}

/** The eight corners of a box. */
export function boxCorners(box: Box): Vec3[] {
  const corners: Vec3[] = [];
  for (const x of [box.min[0], box.max[0]]) {
    for (const y of [box.min[1], box.max[1]]) {
      for (const z of [box.min[2], box.max[2]]) corners.push([x, y, z]);
    }
  }
  return corners;
}

/** Ellipsoid with axes along the frame; first-order distance k0 (k0 - 1) / k1 (exact for spheres). */
export function ellipsoid(centre: Vec3, radii: Vec3): Solid {
  const [cx, cy, cz] = centre;
  const [ix, iy, iz] = [1 / radii[0], 1 / radii[1], 1 / radii[2]];
  const inner = -Math.min(...radii);
  return {
    box: {
      min: [cx - radii[0], cy - radii[1], cz - radii[2]],
      max: [cx + radii[0], cy + radii[1], cz + radii[2]],
    },
    distance(x, y, z) {
      const px = (x - cx) * ix;
      const py = (y - cy) * iy;
      const pz = (z - cz) * iz;
      const k0 = Math.sqrt(px * px + py * py + pz * pz);
      const qx = px * ix;
      const qy = py * iy;
      const qz = pz * iz;
      const k1 = Math.sqrt(qx * qx + qy * qy + qz * qz);
      return k1 < 1e-9 ? inner : (k0 * (k0 - 1)) / k1;
    },
  };
}

/** Both operands at once: the smaller distance. */
export function unionOf(solids: readonly Solid[]): Solid {
  return {
    box: boxAround(solids.flatMap((s) => [s.box.min, s.box.max])),
    distance(x, y, z) {
      let d = Number.POSITIVE_INFINITY;
      for (const solid of solids) d = Math.min(d, solid.distance(x, y, z));
      return d;
    },
  };
}

/** `solid` where it is also inside `keep`. */
export function intersectionOf(solid: Solid, keep: Solid): Solid {
  return {
    box: solid.box,
    distance: (x, y, z) => Math.max(solid.distance(x, y, z), keep.distance(x, y, z)),
  };
}

/** Quadratic smooth minimum with blending width `k` in mm (k > 0). */
export function smoothMin(a: number, b: number, k: number): number {
  const h = Math.min(1, Math.max(0, 0.5 + (0.5 * (b - a)) / k));
  return b + (a - b) * h - k * h * (1 - h);
}

/** Quadratic smooth maximum with blending width `k` in mm (k > 0). */
export function smoothMax(a: number, b: number, k: number): number {
  return -smoothMin(-a, -b, k);
}

/** Hermite step from 0 at `low` to 1 at `high`. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
