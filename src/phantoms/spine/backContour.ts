import { transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Skeleton } from "./skeleton.ts";
import { spinousTip } from "./vertebralArch.ts";

/** Soft tissue behind the most posterior bone at every height, mm. */
const coverMm = 8;
const stepMm = 4;
const smoothingMm = 18;

interface Knot {
  readonly y: number;
  readonly z: number;
}

/**
 * Where the back (under the fat) runs at height z: a smooth curve behind every spinous process, the
 * sacral crest and the posterior iliac spines. World mm.
 */
export function backContour(skeleton: Skeleton): (z: number) => number {
  const knots = posteriorKnots(skeleton).sort((a, b) => a.z - b.z);
  const low = knots[0]!.z;
  const count = Math.max(2, Math.ceil((knots.at(-1)!.z - low) / stepMm) + 1);
  const raw = Float64Array.from({ length: count }, (_, n) => interpolate(knots, low + n * stepMm));
  const smooth = raw.map((_, n) => gaussianMean(raw, n));
  const at = (z: number): number => {
    const p = Math.min(count - 1, Math.max(0, (z - low) / stepMm));
    const n = Math.min(count - 2, Math.floor(p));
    return smooth[n]! + (p - n) * (smooth[n + 1]! - smooth[n]!);
  };
  const short = Math.max(0, ...knots.map((knot) => knot.y - at(knot.z)));
  return (z) => at(z) + short;
}

function posteriorKnots({ vertebrae, worldFromPelvis, variation }: Skeleton): Knot[] {
  const s = variation.skeletonScale;
  const s1 = vertebrae.at(-1)!.worldFromVertebra;
  const sacral: Vec3[] = [
    [0, 36, -14],
    [0, 22, -58],
  ];
  const points = [
    ...vertebrae.slice(0, -1).map((v) => transformPoint(v.worldFromVertebra, spinousTip(v.morphometry))),
    ...sacral.map((p) => transformPoint(s1, [0, p[1] * s, p[2] * s])),
    transformPoint(worldFromPelvis, [0, 65 * s, -12 * s]),
  ];
  return points.map(([, y, z]) => ({ y: y + coverMm, z }));
}

function interpolate(knots: readonly Knot[], z: number): number {
  const upper = knots.findIndex((knot) => knot.z >= z);
  if (upper <= 0) return knots.at(upper)!.y;
  const [a, b] = [knots[upper - 1]!, knots[upper]!];
  return a.y + ((z - a.z) / Math.max(1e-6, b.z - a.z)) * (b.y - a.y);
}

function gaussianMean(values: Float64Array, n: number): number {
  let [sum, total] = [0, 0];
  const reach = Math.ceil((3 * smoothingMm) / stepMm);
  for (let d = -reach; d <= reach; d++) {
    const weight = Math.exp(-((d * stepMm) ** 2) / (2 * smoothingMm ** 2));
    sum += weight * values[Math.min(values.length - 1, Math.max(0, n + d))]!;
    total += weight;
  }
  return sum / total;
}
