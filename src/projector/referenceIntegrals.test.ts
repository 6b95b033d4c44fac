import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import {
  type RayIntegral,
  type VoxelGrid,
  type VoxelRay,
  createRayIntegral,
  integratePlanes,
  integrateSiddon,
  integrateUniform,
} from "./referenceIntegrals.ts";
import { alignedGrid, noiseVolume } from "./scenes.testkit.ts";

const random = createRandom(11);
const grid: VoxelGrid = noiseVolume([12, 9, 10], alignedGrid(1));
/** Rays from far away on the side of `axis` towards a random point of the grid. */
function randomRay(axis: number): VoxelRay {
  const target = grid.size.map((n) => random.uniform(0.1, 0.9) * (n - 1));
  const source = target.map((x, a) => (a === axis ? -300 : x + random.uniform(-90, 90)));
  return {
    source,
    direction: target.map((x, a) => (x - source[a]!) / 300),
    lengthMm: random.uniform(0.8, 1.3),
  };
}

type Integrate = (out: RayIntegral, ray: VoxelRay) => void;
const rules: [string, Integrate][] = [
  ["planes of x", (out, ray) => integratePlanes(out, grid, ray, 0)],
  ["uniform", (out, ray) => integrateUniform(out, grid, ray, 0.61)],
];

describe.each(rules)("%s: gradients are the derivatives of the sum (Float64)", (_, integrate) => {
  it.each(["source", "direction"] as const)("by %s", (part) => {
    for (let trial = 0; trial < 20; trial++) {
      const ray = randomRay(0);
      const [at, moved] = [createRayIntegral(), createRayIntegral()];
      integrate(at, ray);
      expect(at.value).toBeGreaterThan(0);
      for (let axis = 0; axis < 3; axis++) {
        const h = part === "source" ? 1e-6 : 1e-9;
        const value = (step: number): number => {
          const shifted = Array.from(ray[part], (x, a) => (a === axis ? x + step : x));
          integrate(moved, { ...ray, [part]: shifted });
          return moved.value;
        };
        const numeric = (value(h) - value(-h)) / (2 * h);
        const analytic = (part === "source" ? at.bySource : at.byDirection)[axis]!;
        const scale = Math.abs(analytic) + (part === "source" ? 1e-2 : 1);
        expect(Math.abs(numeric - analytic) / scale).toBeLessThan(1e-5);
      }
    }
  });
});

describe("the rules agree where they must", () => {
  const box: VoxelGrid = { data: new Float32Array(8 * 6 * 7).fill(2), size: [8, 6, 7] };
  it("a ray along an axis through a voxel-constant box has length x value", () => {
    const out = createRayIntegral();
    const ray = { source: [-50, 3, 2], direction: [1, 0, 0], lengthMm: 0.5 };
    integrateSiddon(out, box, ray);
    expect(out.value).toBeCloseTo(2 * 8 * 0.5, 10);
    integratePlanes(out, box, ray, 0);
    expect(out.value).toBeCloseTo(2 * 8 * 0.5, 10);
    integrateUniform(out, box, ray, 0.001);
    expect(out.value).toBeCloseTo(2 * 8 * 0.5, 3);
  });

  it("Siddon equals a fine sum over nearest voxels", () => {
    const out = createRayIntegral();
    for (let trial = 0; trial < 20; trial++) {
      const ray = randomRay(trial % 3);
      integrateSiddon(out, grid, ray);
      let sum = 0;
      const step = 2e-3;
      for (let t = 270; t < 330; t += step) {
        const [i, j, k] = [0, 1, 2].map((a) => Math.round(ray.source[a]! + t * ray.direction[a]!));
        const inside = [i, j, k].every((x, a) => x! >= 0 && x! < grid.size[a]!);
        if (inside) sum += step * ray.lengthMm * grid.data[i! + 12 * (j! + 9 * k!)]!;
      }
      expect(Math.abs(out.value - sum)).toBeLessThan(2e-3 * sum + 1e-3 * 0.02);
    }
  });

  it("Siddon along a plane between voxels, outside and from inside", () => {
    const out = createRayIntegral();
    integrateSiddon(out, box, { source: [-50, 2.5, 2], direction: [1, 0, 0], lengthMm: 1 });
    expect(out.value).toBeCloseTo(16, 10);
    integrateSiddon(out, box, { source: [-50, 9, 2], direction: [1, 0, 0], lengthMm: 1 });
    expect(out.value).toBe(0);
    integrateSiddon(out, box, { source: [3.5, 2, 2], direction: [1, 0, 0], lengthMm: 1 });
    expect(out.value).toBeCloseTo(8, 10);
    integrateSiddon(out, box, { source: [50, 2, 2], direction: [1, 0, 0], lengthMm: 1 });
    expect(out.value).toBe(0);
  });
});
