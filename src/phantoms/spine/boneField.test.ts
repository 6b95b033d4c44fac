import { describe, expect, test } from "vitest";
import { identity4 } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { type BonePart, paintBone } from "./boneField.ts";
import { type Canvas, createCanvas, paintSolid } from "./canvas.ts";
import { ellipsoid } from "./solid.ts";

const flat = { cortexRatio: () => 1, texture: () => 0 };

function canvasOf(spacing: Vec3): Canvas {
  const size = spacing.map((s) => Math.round(66 / s)) as [number, number, number];
  const origin = (a: 0 | 1 | 2): number => (-(size[a] - 1) / 2) * spacing[a];
  return createCanvas({ size, spacingMm: spacing, originMm: [origin(0), origin(1), origin(2)] });
}

function shell(options: Partial<BonePart> = {}, radius = 24): BonePart {
  return {
    solid: ellipsoid([0.3, -0.4, 0.2], [radius, radius, radius]),
    ...{ worldFromLocal: identity4, cortexMm: 1, coreHu: 150, blendMm: 2 },
    ...options,
  };
}

/** Sum of (HU + 1000) times the voxel's volume. */
function massOf({ hu, grid }: Canvas): number {
  const [sx, sy, sz] = grid.spacingMm;
  return hu.reduce((sum, value) => sum + value + 1000, 0) * sx * sy * sz;
}

const ball = (r: number): number => (4 / 3) * Math.PI * r ** 3;
const paint = { cortexHu: 1350, label: 7, ...flat };

describe.each<[string, Vec3]>([
  ["1 mm", [1, 1, 1]],
  ["2 mm", [2, 2, 2]],
  ["3 mm", [3, 3, 3]],
  ["thick slices", [1, 1, 5]],
])("a bone ball with a thin shell at %s", (_name, spacing) => {
  const canvas = canvasOf(spacing);
  paintBone(canvas, [shell()], paint);
  test("has the mass of shell and core", () => {
    const expected = 2350 * (ball(24) - ball(23)) + 1150 * ball(23);
    expect(Math.abs(massOf(canvas) / expected - 1)).toBeLessThan(0.025);
  });
  test("is labelled over its volume", () => {
    const voxels = canvas.labels.filter((label) => label === 7).length;
    expect(Math.abs((voxels * spacing[0] * spacing[1] * spacing[2]) / ball(24) - 1)).toBeLessThan(0.05);
  });
});

test("parts join without a wall between them; a cut opens them", () => {
  const centre = (canvas: Canvas): number => {
    const [nx, ny, nz] = canvas.grid.size;
    return canvas.hu[(nx >> 1) + nx * ((ny >> 1) + ny * (nz >> 1))]!;
  };
  const at = (x: number): BonePart["solid"] => ellipsoid([x, 0, 0], [16, 14, 14]);
  const parts = [shell({ solid: at(-10) }), shell({ solid: at(10) })];
  const joined = canvasOf([2, 2, 2]);
  paintBone(joined, parts, paint);
  expect(Math.abs(centre(joined) - 150)).toBeLessThan(1);
  const opened = canvasOf([2, 2, 2]);
  paintBone(opened, [...parts, shell({ solid: ellipsoid([0, 0, 0], [5, 60, 5]), cut: true })], paint);
  expect(centre(opened)).toBe(-1000);
});

test("a bone outside the grid paints nothing", () => {
  const canvas = canvasOf([2, 2, 2]);
  paintBone(canvas, [shell({ solid: ellipsoid([200, 0, 0], [9, 9, 9]) })], paint);
  paintSolid(canvas, identity4, ellipsoid([0, 200, 0], [9, 9, 9]), 50);
  expect(canvas.hu.every((value) => value === -1000)).toBe(true);
});

test("soft solids have their volume, and opacity mixes", () => {
  const solid = ellipsoid([0, 0, 0], [20, 12, 25]);
  for (const spacing of [1, 2.5]) {
    const canvas = canvasOf([spacing, spacing, spacing]);
    paintSolid(canvas, identity4, solid, 0);
    expect(Math.abs(massOf(canvas) / (1000 * (4 / 3) * Math.PI * 20 * 12 * 25) - 1)).toBeLessThan(0.02);
  }
  const half = canvasOf([2, 2, 2]);
  paintSolid(half, identity4, solid, (x) => x, { opacity: 0.5 });
  const middle = half.hu[16 + 33 * (16 + 33 * 16)]!;
  expect(middle).toBeCloseTo(-500, 0);
});
