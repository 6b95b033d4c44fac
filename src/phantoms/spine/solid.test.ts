import { describe, expect, test } from "vitest";
import type { Vec3 } from "../../geometry/vec3.ts";
import { createRandom } from "../../random.ts";
import { bar, rod, tube } from "./bar.ts";
import { type Solid, ellipsoid, intersectionOf, smoothMax, smoothMin, smoothStep, unionOf } from "./solid.ts";
import { vertebralBody } from "./vertebralBody.ts";
import { vertebralCanal } from "./vertebralCanal.ts";

const lumbarBody = {
  ...{ heightAnterior: 27, heightPosterior: 24, widthUpper: 46, widthLower: 49, depthUpper: 34 },
  ...{ depthLower: 35, waist: 0.14, concavity: 2, dent: 2.5, lip: 2 },
};
const solids: [string, Solid][] = [
  ["ellipsoid", ellipsoid([3, -2, 5], [12, 7, 20])],
  ["rod", rod([0, 0, 0], [10, 20, -15], 4)],
  [
    "blade",
    bar({ from: [0, 0, 0], to: [5, 25, 3], across: [0, 0, 1], halfAcross: [9, 6], halfOther: [3, 2] }),
  ],
  [
    "tongue",
    bar({
      ...{ from: [0, 0, 0], to: [25, 4, 0], across: [0, 0, 1], halfAcross: [6, 5] },
      halfOther: [3, 2],
      tongue: true,
    }),
  ],
  [
    "chain",
    unionOf(
      tube(
        [
          [0, 0, 0],
          [10, 0, 5],
          [18, 8, 0],
        ],
        [5, 4, 3],
      ),
    ),
  ],
  ["cut", intersectionOf(ellipsoid([0, 0, 0], [10, 10, 10]), ellipsoid([5, 0, 0], [10, 10, 10]))],
  ["vertebral body", vertebralBody(lumbarBody)],
  ["canal", vertebralCanal(14, 24, 17)],
];

describe.each(solids)("%s", (_name, solid) => {
  const random = createRandom(3);
  const point = (margin: number): Vec3 => {
    const along = (a: 0 | 1 | 2): number =>
      random.uniform(solid.box.min[a] - margin, solid.box.max[a] + margin);
    return [along(0), along(1), along(2)];
  };
  test("its box holds everything inside", () => {
    let [outside, inside] = [0, 0];
    for (let n = 0; n < 20000; n++) {
      const p = point(12);
      if (solid.distance(...p) >= 0) continue;
      inside++;
      if (p.some((value, a) => value < solid.box.min[a]! - 1e-9 || value > solid.box.max[a]! + 1e-9))
        outside++;
    }
    expect(inside).toBeGreaterThan(100);
    expect(outside).toBe(0);
  });
  test("its distance is finite, continuous, and of the right size at the surface", () => {
    const slopes: number[] = [];
    for (let n = 0; n < 20000 && slopes.length < 400; n++) {
      const p = point(2);
      const d = solid.distance(...p);
      expect(Number.isFinite(d)).toBe(true);
      if (Math.abs(d) > 0.7) continue;
      const h = 1e-3;
      const gradient = ([0, 1, 2] as const).map((a) => {
        const q: [number, number, number] = [...p];
        q[a] += h;
        return (solid.distance(...q) - d) / h;
      });
      slopes.push(Math.hypot(...gradient));
    }
    slopes.sort((a, b) => a - b);
    expect(slopes.length).toBeGreaterThan(50);
    expect(slopes[Math.floor(slopes.length / 2)]!).toBeGreaterThan(0.75);
    expect(slopes[Math.floor(slopes.length / 2)]!).toBeLessThan(1.3);
    expect(slopes.at(-2)!).toBeLessThan(4);
  });
});

test("spheres and rods have exact distances", () => {
  const ball = ellipsoid([1, 2, 3], [5, 5, 5]);
  expect(ball.distance(1, 2, 10)).toBeCloseTo(2, 12);
  expect(ball.distance(1, 2, 3)).toBeCloseTo(-5, 12);
  const stick = rod([0, 0, 0], [0, 0, 10], 2);
  expect(stick.distance(5, 0, 4)).toBeCloseTo(3, 12);
  expect(stick.distance(0, 0, 15)).toBeCloseTo(3, 12);
});

test("a tongue reaches farther than a blade", () => {
  const shape = {
    from: [0, 0, 0],
    to: [20, 0, 0],
    across: [0, 0, 1],
    halfAcross: [6, 6],
    halfOther: [2, 2],
  } as const;
  expect(bar(shape).distance(24, 0, 0)).toBeGreaterThan(0);
  expect(bar({ ...shape, tongue: true }).distance(24, 0, 0)).toBeLessThan(0);
});

test("smooth extremes bound the sharp ones and meet them away from the joint", () => {
  expect(smoothMin(1, 9, 3)).toBe(1);
  expect(smoothMin(2, 2, 3)).toBeCloseTo(2 - 0.75, 12);
  expect(smoothMax(2, 2, 3)).toBeCloseTo(2.75, 12);
  expect(smoothStep(10, 0, 0)).toBe(1);
  expect(smoothStep(0, 10, 5)).toBe(0.5);
});
