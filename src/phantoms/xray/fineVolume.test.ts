import { expect, test } from "vitest";
import { transformPoint } from "../../geometry/mat4.ts";
import { refineVolume, storeAlong } from "./fineVolume.ts";
import { paintedCt } from "./solids.testkit.ts";

const ramp = paintedCt([9, 8, 7], [3, 2, 5], (x, y, z) => Math.round(200 + 4 * x - 3 * y + 2 * z));

test("refinement keeps every linear ramp at its world position", () => {
  const fine = refineVolume(ramp, 1);
  expect(fine.size).toEqual([9 * 3 + 2, 8 * 2 + 2, 7 * 4 + 2]);
  const [nx, ny, nz] = fine.size;
  let worst = 0;
  for (let k = 9; k < nz - 9; k++) {
    for (let j = 5; j < ny - 5; j++) {
      for (let i = 7; i < nx - 7; i++) {
        const [x, y, z] = transformPoint(fine.worldFromFine, [i, j, k]);
        worst = Math.max(worst, Math.abs(fine.data[i + nx * (j + ny * k)]! - (200 + 4 * x - 3 * y + 2 * z)));
      }
    }
  }
  expect(worst).toBeLessThan(1.2);
});

test("a border of air surrounds it and the occupied box is tight", () => {
  const ct = paintedCt([10, 10, 10], [1, 1, 1], (x, y, z) =>
    Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) < 2 ? 50 : -1000,
  );
  const fine = refineVolume(ct, 1);
  expect(fine.size).toEqual([12, 12, 12]);
  expect(fine.data[0]).toBe(-1000);
  expect(fine.occupied).toEqual([
    [3, 8],
    [3, 8],
    [3, 8],
  ]);
});

test("nothing but air has an empty box", () => {
  const fine = refineVolume(
    paintedCt([4, 4, 4], [1, 1, 1], () => -1000),
    1,
  );
  expect(fine.occupied).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

test.each([0, 1, 2] as const)("storing along axis %d moves no voxel", (axis) => {
  const stored = storeAlong(ramp, axis);
  expect(stored.size[0]).toBe(ramp.size[axis]);
  const [nx, ny] = stored.size;
  for (let n = 0; n < stored.data.length; n++) {
    const index = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / (nx * ny))] as const;
    const [x, y, z] = transformPoint(stored.worldFromVoxel, index);
    expect(stored.data[n]).toBe(Math.round(200 + 4 * x - 3 * y + 2 * z));
  }
});

test("values beyond 16 bits and NaN are clamped", () => {
  const ct = paintedCt([3, 3, 3], [1, 1, 1], () => 0);
  const wild = {
    ...ct,
    data: Float32Array.from(ct.data, (_, n) => (n === 13 ? 1e9 : n === 0 ? Number.NaN : -5000)),
  };
  const fine = refineVolume(wild, 1);
  expect(Math.max(...fine.data)).toBe(32767);
  expect(Math.min(...fine.data)).toBe(-1000);
});
