import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { transformPoint } from "../geometry/mat4.ts";
import { type Vec3, distance } from "../geometry/vec3.ts";
import { createRandom } from "../random.ts";
import { connectedComponents, fillHoles, largestComponent } from "./components.ts";
import { distanceToMask } from "./distanceTransform.ts";
import { closeMask, dilateMask, erodeMask, openMask } from "./morphology.ts";
import type { Volume } from "./volume.ts";
import { obliqueAffine } from "./volumes.testkit.ts";

function randomMask(seed: number, size: readonly [number, number, number], density: number): Volume {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: size[0] * size[1] * size[2] }, () =>
    random.next() < density ? 1 : 0,
  );
  return { data, size, worldFromVoxel: obliqueAffine, quantity: "label" };
}

function total(mask: Volume): number {
  return Array.from(mask.data).reduce((sum, value) => sum + value, 0);
}

function positions(mask: Volume): Vec3[] {
  const [nx, ny] = mask.size;
  return Array.from(mask.data, (_, p) =>
    transformPoint(mask.worldFromVoxel, [p % nx, Math.floor(p / nx) % ny, Math.floor(p / (nx * ny))]),
  );
}

describe("distanceToMask", () => {
  it("agrees with the definition on anisotropic, oblique grids", () => {
    for (const density of [0.02, 0.3]) {
      const mask = randomMask(11, [9, 7, 6], density);
      const at = positions(mask);
      const inside = at.filter((_, p) => mask.data[p]);
      expect(inside.length).toBeGreaterThan(0);
      distanceToMask(mask).forEach((d, p) => {
        expect(d).toBeCloseTo(Math.min(...inside.map((point) => distance(point, at[p]!))), 4);
      });
    }
  });

  it("is infinite for an empty mask", () => {
    expect(distanceToMask(randomMask(1, [3, 3, 3], 0)).every((d) => d === Number.POSITIVE_INFINITY)).toBe(
      true,
    );
  });
});

describe("mask morphology", () => {
  it("dilation takes the voxels within the radius and no others", () => {
    const mask = randomMask(4, [12, 9, 8], 0.01);
    const at = positions(mask);
    const inside = at.filter((_, p) => mask.data[p]);
    const grown = dilateMask(mask, 2.6).data;
    at.forEach((point, p) => {
      const nearest = Math.min(...inside.map((other) => distance(other, point)));
      expect(grown[p]).toBe(nearest <= 2.6 ? 1 : 0);
    });
  });

  it("erosion is the dilation of the outside, opening and closing are idempotent (property)", () => {
    const cases = fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(0, 0.9, 1.7, 3.1));
    const property = fc.property(cases, ([seed, radius]) => {
      const mask = randomMask(seed, [7, 6, 5], 0.6);
      const outside = { ...mask, data: mask.data.map((value) => 1 - value) };
      const grown = dilateMask(outside, radius).data;
      expect([...erodeMask(mask, radius).data]).toEqual([...grown.map((value) => 1 - value)]);
      const opened = openMask(mask, radius);
      expect(openMask(opened, radius).data).toEqual(opened.data);
      expect(opened.data.every((value, p) => value <= mask.data[p]!)).toBe(true);
      const closed = closeMask(mask, radius);
      expect(closeMask(closed, radius).data).toEqual(closed.data);
      expect(closed.data.every((value, p) => value >= mask.data[p]!)).toBe(true);
    });
    fc.assert(property, { seed: 3, numRuns: 40 });
  });

  it("an empty mask stays empty, a bad radius is refused", () => {
    const empty = randomMask(1, [3, 3, 3], 0);
    expect(dilateMask(empty, 5).data.every((value) => value === 0)).toBe(true);
    expect(() => dilateMask(empty, Number.NaN)).toThrow(/Radius of a mask operation; got NaN/);
  });
});

describe("connectedComponents", () => {
  /** Flood fill, the definition. */
  function byFloodFill(mask: Volume, reach: number): number[] {
    const [nx, ny, nz] = mask.size;
    const seen = new Set<number>();
    const sizes: number[] = [];
    for (let start = 0; start < mask.data.length; start++) {
      if (!mask.data[start] || seen.has(start)) continue;
      const queue = [start];
      seen.add(start);
      for (const p of queue) {
        const [i, j, k] = [p % nx, Math.floor(p / nx) % ny, Math.floor(p / (nx * ny))];
        for (const [di, dj, dk] of neighbours(reach)) {
          const [x, y, z] = [i + di, j + dj, k + dk];
          if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue;
          const q = x + nx * (y + ny * z);
          if (mask.data[q] && !seen.has(q)) {
            seen.add(q);
            queue.push(q);
          }
        }
      }
      sizes.push(queue.length);
    }
    return sizes.sort((a, b) => b - a);
  }

  function neighbours(reach: number): Vec3[] {
    const steps = [-1, 0, 1];
    const all = steps.flatMap((a) => steps.flatMap((b) => steps.map((c): Vec3 => [a, b, c])));
    return all.filter((n) => Math.abs(n[0]) + Math.abs(n[1]) + Math.abs(n[2]) <= reach);
  }

  it("agrees with flood fill for 6 and 26 neighbours (property)", () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.constantFrom(0.2, 0.35, 0.6),
      (seed, density) => {
        const mask = randomMask(seed, [8, 7, 6], density);
        expect(connectedComponents(mask, 6).sizes).toEqual(byFloodFill(mask, 1));
        const { sizes, labels } = connectedComponents(mask, 26);
        expect(sizes).toEqual(byFloodFill(mask, 3));
        expect(total(largestComponent(mask))).toBe(sizes[0] ?? 0);
        expect(labels.every((label, p) => label > 0 === mask.data[p]! > 0)).toBe(true);
      },
    );
    fc.assert(property, { seed: 7, numRuns: 60 });
  });

  it("fillHoles fills cavities and leaves bays open", () => {
    const size = [5, 5, 5] as const;
    const shell = new Uint8Array(125);
    for (let p = 0; p < 125; p++) {
      const index = [p % 5, Math.floor(p / 5) % 5, Math.floor(p / 25)];
      shell[p] = index.some((n) => n === 1 || n === 3) && index.every((n) => n >= 1 && n <= 3) ? 1 : 0;
    }
    const mask: Volume = { data: shell, size, worldFromVoxel: obliqueAffine, quantity: "label" };
    const middle = 2 + 5 * (2 + 5 * 2);
    expect(shell[middle]).toBe(0);
    expect(fillHoles(mask).data[middle]).toBe(1);
    expect(total(fillHoles(mask))).toBe(27);
    const pierced = { ...mask, data: shell.map((value, p) => (p === 2 + 5 * (2 + 5 * 1) ? 0 : value)) };
    expect(fillHoles(pierced).data[middle]).toBe(0);
  });
});
