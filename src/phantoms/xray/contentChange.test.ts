import { describe, expect, test } from "vitest";
import { createRandom } from "../../random.ts";
import { chamferDistanceMm } from "./chamferDistance.ts";
import { type ContentChange, changeContent } from "./contentChange.ts";
import { paintedCt } from "./solids.testkit.ts";

const pocket = [-35, -20, 0] as const;
const body = paintedCt([60, 44, 40], [3, 3, 4], (x, y, z) => {
  if (Math.hypot(x / 80, y / 58) > 1) return -1000;
  if (Math.hypot(x, y - 20) < 16) return 500;
  if (Math.hypot(x - pocket[0], y - pocket[1], z - pocket[2]) < 12) return -950;
  return Math.round(30 + 40 * Math.sin(x / 9) * Math.cos(z / 11) - 30 * Math.sin(y / 8));
});
const none: ContentChange = { removeGas: 0, addGas: [0, 0], deformMm: 0, clearMm: 6 };
const change = (options: Partial<ContentChange>, seed = 1): Float32Array =>
  Float32Array.from(changeContent(body, { ...none, ...options }, createRandom(seed)).data);
const before = Float32Array.from(body.data);
const gasVoxels = (hu: Float32Array): number => hu.filter((value) => value < -400 && value > -990).length;

test("nothing asked, nothing changed; the input is never written to", () => {
  const copy = body.data.slice();
  expect(change({})).toEqual(before);
  change({ removeGas: 1, addGas: [3, 3], deformMm: 10 });
  expect(body.data).toEqual(copy);
});

test("gas inside the body goes, air around it stays", () => {
  const after = change({ removeGas: 1 });
  expect(gasVoxels(before)).toBeGreaterThan(100);
  expect(gasVoxels(after)).toBe(0);
  expect(before.every((value, n) => value !== -1000 || after[n] === -1000)).toBe(true);
});

test("new gas appears inside soft tissue", () => {
  expect(gasVoxels(change({ addGas: [4, 4] }))).toBeGreaterThan(gasVoxels(before) + 100);
});

describe("bone", () => {
  test.each([1, 2, 3])("and its surroundings keep their values exactly (seed %d)", (seed) => {
    const after = change({ removeGas: 0.5, addGas: [4, 8], deformMm: 12 }, seed);
    const bone = Uint8Array.from(before, (value) => (value > 180 ? 1 : 0));
    const distance = chamferDistanceMm(bone, body.size, [3, 3, 4]);
    expect(distance.every((mm, n) => mm >= 6 || after[n] === before[n])).toBe(true);
  });
});

test("soft tissue far from bone moves, within its range of values", () => {
  const after = change({ deformMm: 8 });
  const moved = after.filter((value, n) => Math.abs(value - before[n]!) > 5).length;
  expect(moved).toBeGreaterThan(3000);
  expect(Math.min(...after)).toBeGreaterThanOrEqual(-1000);
  expect(Math.max(...after)).toBe(500);
});

test("labelled voxels are kept though they are soft", () => {
  const labels = {
    ...body,
    quantity: "label" as const,
    data: Uint8Array.from(before, (_, n) => (n % 60 < 20 ? 1 : 0)),
  };
  const after = changeContent(body, { ...none, deformMm: 12 }, createRandom(1), labels).data;
  expect(labels.data.every((label, n) => label === 0 || after[n] === before[n])).toBe(true);
});

test.each([
  [[1, 1, 1] as const, 1.13],
  [[1, 1, 2] as const, 1.2],
])("chamfer distance (%j) is never short of the Euclidean, at most %f times it", (spacing, most) => {
  const mask = new Uint8Array(31 * 31 * 21);
  mask[15 + 31 * (15 + 31 * 10)] = 1;
  const ratios = chamferDistanceMm(mask, [31, 31, 21], spacing).map((mm, n) => {
    const index = [(n % 31) - 15, (Math.floor(n / 31) % 31) - 15, Math.floor(n / 961) - 10];
    const exact = Math.hypot(...index.map((value, a) => value * spacing[a]!));
    return exact === 0 ? 1 + mm : mm / exact;
  });
  expect(Math.min(...ratios)).toBeGreaterThan(0.9999);
  expect(Math.max(...ratios)).toBeLessThan(most);
});
