import { type Vec3, cross, dot, normalise, scale, subtract } from "../../geometry/vec3.ts";
import { type Solid, boxAround } from "./solid.ts";

/** A tapered rod with an elliptical cross section and rounded ends. */
export interface BarShape {
  readonly from: Vec3;
  readonly to: Vec3;
  /** Half widths in mm along `across` at both ends. */
  readonly halfAcross: readonly [number, number];
  /** Half widths in mm along the third axis (axis x across) at both ends. */
  readonly halfOther: readonly [number, number];
  /** Direction of the first half width; made perpendicular to the axis. */
  readonly across: Vec3;
  /** Ends as long as the wider half width (a tongue) instead of the narrower one (a blunt blade). */
  readonly tongue?: boolean;
}

/** Implicit function of a bar: the first-order distance of its local ellipsoidal cross section. */
export function bar(shape: BarShape): Solid {
  const { from, to, halfAcross, halfOther } = shape;
  const axis = subtract(to, from);
  const length = Math.hypot(...axis) || 1e-6;
  const w = scale(axis, 1 / length);
  const u = normalise(subtract(shape.across, scale(w, dot(shape.across, w))));
  const v = cross(w, u);
  const [fx, fy, fz] = from;
  const [a0, b0] = [halfAcross[0], halfOther[0]];
  const [da, db] = [halfAcross[1] - a0, halfOther[1] - b0];
  const [wx, wy, wz] = w;
  const [ux, uy, uz] = u;
  const [vx, vy, vz] = v;
  const inverseLength = 1 / length;
  const tongue = shape.tongue ?? false;
  return {
    box: boxAround([from, to], Math.max(...halfAcross, ...halfOther)),
    distance(x, y, z) {
      const px = x - fx;
      const py = y - fy;
      const pz = z - fz;
      const s = px * wx + py * wy + pz * wz;
      const t = Math.min(1, Math.max(0, s * inverseLength));
      const a = a0 + da * t;
      const b = b0 + db * t;
      const e = s - t * length;
      const c = a < b === tongue ? b : a;
      const qu = (px * ux + py * uy + pz * uz) / a;
      const qv = (px * vx + py * vy + pz * vz) / b;
      const qe = e / c;
      const k0 = Math.sqrt(qu * qu + qv * qv + qe * qe);
      const ru = qu / a;
      const rv = qv / b;
      const re = qe / c;
      const k1 = Math.sqrt(ru * ru + rv * rv + re * re);
      return k1 < 1e-9 ? -Math.min(a, b) : (k0 * (k0 - 1)) / k1;
    },
  };
}

/** A round rod of one radius. */
export function rod(from: Vec3, to: Vec3, radiusMm: number): Solid {
  const axis = subtract(to, from);
  const across: Vec3 = Math.abs(axis[2]) < Math.abs(axis[0]) ? [0, 0, 1] : [1, 0, 0];
  return bar({ from, to, across, halfAcross: [radiusMm, radiusMm], halfOther: [radiusMm, radiusMm] });
}

/** A chain of round rods through points, radius given at each point. */
export function tube(points: readonly Vec3[], radiiMm: readonly number[]): Solid[] {
  return points.slice(1).map((to, i) => {
    const from = points[i]!;
    const pair: [number, number] = [radiiMm[i]!, radiiMm[i + 1]!];
    const across: Vec3 = Math.abs(to[2] - from[2]) < Math.abs(to[0] - from[0]) ? [0, 0, 1] : [1, 0, 0];
    return bar({ from, to, across, halfAcross: pair, halfOther: pair });
  });
}
