import { type Mat4, fromLinearTranslation } from "./mat4.ts";
import { multiply3, transform3, transpose3 } from "./mat3.ts";
import { type Vec3, cross, distance, dot, normalise, scale, subtract } from "./vec3.ts";

type Three<T> = readonly [T, T, T];

/**
 * The poses (up to four) from which three world points (mm) are seen along three unit directions of the camera:
 * Grunert's solution in the form of Haralick et al. 1994. Roots that are complex only by noise count as
 * real, so a pose may be approximate: refine it. Points on a line give none.
 */
export function posesFromThreePoints(pointsMm: Three<Vec3>, directions: Three<Vec3>): Mat4[] {
  const [p1, p2, p3] = pointsMm;
  const [j1, j2, j3] = directions;
  const [a, b, c] = [distance(p2, p3), distance(p1, p3), distance(p1, p2)];
  const [cosA, cosB, cosC] = [dot(j2, j3), dot(j1, j3), dot(j1, j2)];
  const [a2, b2, c2] = [a * a, b * b, c * c];
  if (!(a2 > 0 && b2 > 0 && c2 > 0)) return [];
  const q = (a2 - c2) / b2;
  const s = (a2 + c2) / b2;
  const quartic = [
    (1 + q) ** 2 - ((4 * a2) / b2) * cosC ** 2,
    4 * (-q * (1 + q) * cosB + ((2 * a2) / b2) * cosC ** 2 * cosB - (1 - s) * cosA * cosC),
    2 *
      (q * q -
        1 +
        2 * q * q * cosB ** 2 +
        2 * ((b2 - c2) / b2) * cosA ** 2 -
        4 * s * cosA * cosB * cosC +
        2 * ((b2 - a2) / b2) * cosC ** 2),
    4 * (q * (1 - q) * cosB - (1 - s) * cosA * cosC + ((2 * c2) / b2) * cosA ** 2 * cosB),
    (q - 1) ** 2 - ((4 * c2) / b2) * cosA ** 2,
  ];
  return nearlyRealRoots(quartic).flatMap((v) => {
    const u = ((q - 1) * v * v - 2 * q * cosB * v + 1 + q) / (2 * (cosC - v * cosA));
    const s1 = b / Math.sqrt(1 + v * v - 2 * v * cosB);
    if (!(v > 0 && u > 0 && Number.isFinite(s1) && Number.isFinite(u))) return [];
    const inCamera: Three<Vec3> = [scale(j1, s1), scale(j2, u * s1), scale(j3, v * s1)];
    const pose = alignTriangles(inCamera, pointsMm);
    return pose ? [pose] : [];
  });
}

/** The rigid motion that lays one triangle on another: first corner, first side and plane agree. */
function alignTriangles(to: Three<Vec3>, from: Three<Vec3>): Mat4 | undefined {
  const toFrame = triangleFrame(to);
  const fromFrame = triangleFrame(from);
  if (!toFrame || !fromFrame) return undefined;
  const rotation = multiply3(toFrame, transpose3(fromFrame));
  return fromLinearTranslation(rotation, subtract(to[0], transform3(rotation, from[0])));
}

/** Axes as columns: along the first side, across it in the plane, normal. */
function triangleFrame([a, b, c]: Three<Vec3>): readonly number[] | undefined {
  const x = normalise(subtract(b, a));
  const third = subtract(c, a);
  const across = subtract(third, scale(x, dot(third, x)));
  if (dot(across, across) <= 1e-12 * dot(third, third)) return undefined;
  const y = normalise(across);
  const z = cross(x, y);
  return [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]];
}

/** Real parts of the roots whose imaginary part is small; c[0] + c[1] x + ... by Durand and Kerner's iteration. */
function nearlyRealRoots(c: readonly number[]): number[] {
  const lead = c.at(-1)!;
  const degree = c.length - 1;
  if (!c.every(Number.isFinite) || Math.abs(lead) < 1e-14 * Math.max(...c.map(Math.abs))) return [];
  const roots = Array.from({ length: degree }, (_, i) => ({
    re: Math.cos(0.4 + (2 * Math.PI * i) / degree),
    im: Math.sin(0.4 + (2 * Math.PI * i) / degree),
  }));
  for (let iteration = 0; iteration < 200; iteration++) {
    let largest = 0;
    for (const [i, root] of roots.entries()) {
      let [re, im] = [1, 0];
      for (let k = degree - 1; k >= 0; k--) {
        [re, im] = [re * root.re - im * root.im + c[k]! / lead, re * root.im + im * root.re];
      }
      for (const [j, other] of roots.entries()) {
        if (j === i) continue;
        const [dr, di] = [root.re - other.re, root.im - other.im];
        const size = dr * dr + di * di || 1e-30;
        [re, im] = [(re * dr + im * di) / size, (im * dr - re * di) / size];
      }
      root.re -= re;
      root.im -= im;
      largest = Math.max(largest, Math.hypot(re, im));
    }
    if (largest < 1e-15) break;
  }
  return roots.filter(({ re, im }) => Math.abs(im) < 0.05 * Math.abs(re)).map(({ re }) => re);
}
