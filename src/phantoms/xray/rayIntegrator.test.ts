import { expect, test } from "vitest";
import { refineVolume } from "./fineVolume.ts";
import { createRayIntegrator } from "./rayIntegrator.ts";
import { apView, paintedCt, testCamera } from "./solids.testkit.ts";

const camera = testCamera(41, 1);

function pathsOf(hu: (x: number, y: number, z: number) => number, u: number, v: number, stepMm = 0.4) {
  const fine = refineVolume(paintedCt([80, 80, 80], [1, 1, 1], hu), 1);
  const out = new Float64Array(3);
  createRayIntegrator(fine, camera, apView(), stepMm).traceRow(Float64Array.of(u), v, [0.5], out);
  return [...out];
}

test("a ball of water gives its chord", () => {
  const inside = (x: number, y: number, z: number): number => (Math.hypot(x, y, z) < 30 ? 0 : -1000);
  for (const [u, v] of [
    [20, 20],
    [30, 20],
    [12, 33],
  ] as const) {
    const direction = [(u - 20) * 1, (v - 20) * 1, 1000];
    const length = Math.hypot(...direction);
    const offset = 700 * Math.sqrt(1 - (1000 / length) ** 2);
    const [soft, bone, metal] = pathsOf(inside, u, v);
    expect(Math.abs(soft! - 2 * Math.sqrt(900 - offset * offset))).toBeLessThan(0.6);
    expect([bone, metal]).toEqual([0, 0]);
  }
});

test("HU split into soft, bone and metal parts that add up", () => {
  const slab =
    (value: number) =>
    (_x: number, y: number, _z: number): number =>
      Math.abs(y) < 10 ? value : -1000;
  const [softOf600, boneOf600, metalOf600] = pathsOf(slab(600), 20, 20);
  expect(softOf600! + boneOf600! + metalOf600!).toBeCloseTo(1.6 * 20, 0);
  expect(boneOf600! / softOf600!).toBeCloseTo(0.5 / 1.1, 1);
  const [, bone, metal] = pathsOf(slab(3000), 20, 20);
  expect(metal! / bone!).toBeCloseTo(1 / 1.9, 1);
});

test("finer steps converge", () => {
  const wavy = (x: number, y: number, z: number): number =>
    Math.round(100 * Math.sin(x / 4) + 80 * Math.cos(y / 3 + z / 5));
  const [reference] = pathsOf(wavy, 26, 15, 0.05);
  const [coarse] = pathsOf(wavy, 26, 15, 0.9);
  expect(Math.abs(coarse! / reference! - 1)).toBeLessThan(2e-3);
});

test("rays beside the volume cross nothing", () => {
  expect(pathsOf(() => 0, 500, 20)).toEqual([0, 0, 0]);
});
