import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invertAffine, transformPoint } from "../geometry/mat4.ts";
import { distance } from "../geometry/vec3.ts";
import { gridOfSpacing, isSheared, sameGrid, worldAlignedGrid } from "./grid.ts";
import { orientationLetters, reorientToLps } from "./orientation.ts";
import { cropVolume, resampleToSize, resampleToSpacing, resampleVolume } from "./resample.ts";
import { type Volume, volumeCentreMm, volumeCornersMm, voxelSpacingMm } from "./volume.ts";
import { obliqueAffine, ramp, volumeOf, worstError } from "./volumes.testkit.ts";

const volume = volumeOf([13, 11, 9], obliqueAffine, ramp);
const interior =
  (size: readonly number[], margin: number) =>
  (index: readonly number[]): boolean =>
    index.every((value, axis) => value >= margin && value < size[axis]! - margin);

describe("resampleVolume", () => {
  it.each(["linear", "area"] as const)(
    "%s keeps a world ramp on finer, coarser and other grids",
    (interpolation) => {
      for (const size of [
        [26, 22, 18],
        [7, 6, 5],
        [5, 17, 4],
      ] as const) {
        const resized = resampleToSize(volume, size, { interpolation });
        expect(worstError(resized, ramp, interior(size, 1))).toBeLessThan(1e-4);
        expect(distance(volumeCentreMm(resized), volumeCentreMm(volume))).toBeLessThan(1e-9);
      }
    },
  );

  it("keeps the box of space exactly when only the size changes", () => {
    const corners = volumeCornersMm(resampleToSize(volume, [4, 7, 20]));
    volumeCornersMm(volume).forEach((corner, i) => expect(distance(corner, corners[i]!)).toBeLessThan(1e-9));
  });

  it("isotropic spacing covers the volume and keeps centre and axes", () => {
    const isotropic = resampleToSpacing(volume, 1.1);
    voxelSpacingMm(isotropic).forEach((s) => expect(s).toBeCloseTo(1.1, 9));
    expect(distance(volumeCentreMm(isotropic), volumeCentreMm(volume))).toBeLessThan(1e-9);
    expect(worstError(isotropic, ramp, interior(isotropic.size, 3))).toBeLessThan(1e-4);
  });

  it("an oblique target agrees with the ramp inside and is background outside", () => {
    const grid = worldAlignedGrid(volume, [1, 1, 1]);
    const turned = resampleVolume(volume, grid, { interpolation: "linear", background: -7 });
    const voxelFromWorld = invertAffine(volume.worldFromVoxel);
    let inside = 0;
    let outside = 0;
    let p = 0;
    for (let k = 0; k < grid.size[2]; k++) {
      for (let j = 0; j < grid.size[1]; j++) {
        for (let i = 0; i < grid.size[0]; i++, p++) {
          const world = transformPoint(grid.worldFromVoxel, [i, j, k]);
          const index = transformPoint(voxelFromWorld, world);
          if (index.every((value, axis) => value > 0 && value < volume.size[axis]! - 1)) {
            inside++;
            expect(Math.abs(turned.data[p]! - ramp(world))).toBeLessThan(1e-4);
          } else if (index.some((value, axis) => value < -0.51 || value > volume.size[axis]! - 0.49)) {
            outside++;
            expect(turned.data[p]).toBe(-7);
          }
        }
      }
    }
    expect(inside).toBeGreaterThan(500);
    expect(outside).toBeGreaterThan(500);
  });

  it("separable and oblique paths agree for area averaging", () => {
    const grid = gridOfSpacing(volume, 4);
    const nudge = 1e-5;
    const nudged = grid.worldFromVoxel.map((value, i) => (i === 1 ? value + nudge : value));
    const aligned = resampleVolume(volume, grid);
    const oblique = resampleVolume(volume, { ...grid, worldFromVoxel: nudged });
    expect(worstError(oblique, ramp, interior(grid.size, 1))).toBeLessThan(1e-3);
    expect(worstError(aligned, ramp, interior(grid.size, 1))).toBeLessThan(1e-3);
  });

  it("area averaging is the mean of what a coarse voxel covers, fractions included", () => {
    const line: Volume = {
      data: Float32Array.of(1, 2, 4, 8, 16),
      size: [5, 1, 1],
      worldFromVoxel: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      quantity: "unknown",
    };
    const halves = resampleToSize(line, [2, 1, 1]);
    const interpolated = (x: number): number => {
      const clamped = Math.min(4, Math.max(0, x));
      const low = Math.min(3, Math.floor(clamped));
      return line.data[low]! + (line.data[low + 1]! - line.data[low]!) * (clamped - low);
    };
    const mean = (from: number, to: number): number => {
      const steps = 20_000;
      let sum = 0;
      for (let i = 0; i < steps; i++) sum += interpolated(from + ((i + 0.5) / steps) * (to - from));
      return sum / steps;
    };
    expect(halves.data[0]).toBeCloseTo(mean(-0.5, 2), 4);
    expect(halves.data[1]).toBeCloseTo(mean(2, 4.5), 4);
    expect(resampleToSize(line, [1, 1, 1]).data[0]).toBeCloseTo(31 / 5, 6);
  });

  it("the mean over the volume survives area averaging (property)", () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    const property = fc.property(
      sizes,
      sizes,
      fc.infiniteStream(fc.float({ min: -10, max: 10, noNaN: true })),
      (from, to, values) => {
        fc.pre(to.every((n, a) => n <= from[a]!));
        const source: Volume = {
          data: Float32Array.from(
            { length: from[0] * from[1] * from[2] },
            () => values.next().value as number,
          ),
          size: from,
          worldFromVoxel: obliqueAffine,
          quantity: "unknown",
        };
        const mean = (data: ArrayLike<number>): number =>
          Array.from(data).reduce((sum, v) => sum + v, 0) / data.length;
        expect(mean(resampleToSize(source, to).data)).toBeCloseTo(mean(source.data), 4);
      },
    );
    fc.assert(property, { seed: 1, numRuns: 60 });
  });

  it("nearest keeps labels and their type, background where nothing is", () => {
    const labels: Volume = {
      ...volume,
      data: Uint8Array.from(volume.data, (_, i) => i % 5),
      quantity: "label",
    };
    const finer = resampleToSize(labels, [26, 22, 18]);
    expect(finer.data).toBeInstanceOf(Uint8Array);
    expect(finer.data[0]).toBe(labels.data[0]);
    expect(finer.data[1 + 26 * (1 + 22)]).toBe(labels.data[0]);
    const far = {
      size: [2, 2, 2] as const,
      worldFromVoxel: volume.worldFromVoxel.map((v, i) => (i === 3 ? 1e4 : v)),
    };
    expect([...resampleVolume(labels, far).data]).toEqual(new Array(8).fill(0));
    const hu: Volume = { ...volume, quantity: "hu" };
    expect([...resampleVolume(hu, far).data]).toEqual(new Array(8).fill(-1000));
  });

  it("a sheared grid becomes an upright one that covers it", () => {
    const sheared = volumeOf([8, 8, 8], [1, 0, 0, 0, 0, 1, 0.4, 0, 0, 0, 1, 0, 0, 0, 0, 1], ramp);
    expect(isSheared(sheared)).toBe(true);
    const upright = resampleToSpacing(sheared, 0.5);
    expect(isSheared(upright)).toBe(false);
    const middle = interior(upright.size, 7);
    expect(worstError(upright, ramp, middle)).toBeLessThan(1e-4);
  });

  it("refuses impossible spacings and sizes in a sentence", () => {
    expect(() => resampleToSpacing(volume, 0)).toThrow(/Voxel spacing; got 0/);
    expect(() => resampleToSpacing(volume, 1e-6)).toThrow(/Size of a voxel grid/);
    expect(() => resampleToSize(volume, [0, 3, 3])).toThrow(/Size of a voxel grid; got 0 x 3 x 3/);
  });
});

describe("cropVolume", () => {
  it("keeps every value at its world position", () => {
    const crop = cropVolume(volume, [2, 3, 1], [5, 4, 6]);
    expect(crop.size).toEqual([5, 4, 6]);
    expect(worstError(crop, ramp)).toBeLessThan(1e-4);
  });

  it("refuses a box that leaves the volume", () => {
    expect(() => cropVolume(volume, [10, 0, 0], [5, 4, 4])).toThrow(/within 13 x 11 x 9/);
  });
});

describe("reorientToLps", () => {
  const axisCodes = fc.tuple(
    fc.constantFrom(...permutations()),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  );

  function permutations(): number[][] {
    return [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
  }

  it("gives L, P, S and moves no value in the world, for every axis order, tilt included (property)", () => {
    const property = fc.property(
      axisCodes,
      fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      ([order, signs], tilt) => {
        const [c, s] = [Math.cos(tilt), Math.sin(tilt)];
        const axes = [
          [c, s, 0],
          [-s, c, 0],
          [0, 0, 1],
        ];
        const spacing = [0.7, 1.3, 2.1];
        const m = new Array<number>(16).fill(0);
        for (let column = 0; column < 3; column++) {
          for (let row = 0; row < 3; row++) {
            m[4 * row + column] = axes[order[column]!]![row]! * spacing[column]! * (signs[column] ? -1 : 1);
          }
        }
        [m[3], m[7], m[11], m[15]] = [5, -6, 7, 1];
        const source = volumeOf([3, 4, 5], m, ramp);
        const turned = reorientToLps(source);
        expect(orientationLetters(turned.worldFromVoxel)).toBe("LPS");
        expect(worstError(turned, ramp)).toBeLessThan(1e-4);
        expect([...turned.data].sort()).toEqual([...source.data].sort());
        expect(reorientToLps(turned)).toBe(turned);
      },
    );
    fc.assert(property, { seed: 2, numRuns: 100 });
  });
});

describe("sameGrid", () => {
  it("tells a shift of a hundredth of a millimetre", () => {
    const shifted = {
      ...volume,
      worldFromVoxel: volume.worldFromVoxel.map((v, i) => (i === 3 ? v + 0.01 : v)),
    };
    expect(sameGrid(volume, { ...volume })).toBe(true);
    expect(sameGrid(volume, shifted)).toBe(false);
  });
});
