import { describe, expect, test } from "vitest";
import { transformPoint } from "../../geometry/mat4.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { readNifti } from "../../io/nifti/readNifti.ts";
import { hasSharedData, loadShared } from "../../io/sharedData.testkit.ts";
import { selectLabels } from "../mask.ts";
import { orientationLetters } from "../orientation.ts";
import { type Volume, createVolume, volumeCentreMm, voxelSpacingMm } from "../volume.ts";
import { approximateSpineMask } from "./approximateSpineMask.ts";
import { enclosedInSlices } from "./fillSlices.ts";
import { cropToLumbarCube } from "./lumbarCube.ts";

/** 2 |A and B| / (|A| + |B|) over the voxels where `counts` holds. */
function dice(a: Volume, b: Volume, counts: (p: number) => boolean = () => true): number {
  let [both, sum] = [0, 0];
  for (let p = 0; p < a.data.length; p++) {
    if (!counts(p)) continue;
    const [x, y] = [a.data[p] ? 1 : 0, b.data[p] ? 1 : 0];
    both += x & y;
    sum += x + y;
  }
  return (2 * both) / sum;
}

function voxels({ data }: Volume): number {
  let count = 0;
  for (let p = 0; p < data.length; p++) if (data[p]) count++;
  return count;
}

async function load(path: string, quantity: "hu" | "label"): Promise<Volume> {
  const { volume } = await readNifti(loadShared(path), { quantity });
  return volume;
}

/**
 * A trunk of soft tissue with a column of vertebra-like tubes (shell 400 HU, marrow 150 HU, canal 20 HU) and two
 * distant bones, at 3 mm; the column leans. Axes as asked for.
 */
function phantom(letters: "LPS" | "RAS"): { ct: Volume; column: Volume } {
  const size = [80, 60, 50] as const;
  const hu = new Int16Array(80 * 60 * 50).fill(-1000);
  const truth = new Uint8Array(hu.length);
  const sign = letters === "LPS" ? 1 : -1;
  for (let k = 0, p = 0; k < 50; k++) {
    const lean = 4 * Math.sin(k / 15);
    for (let j = 0; j < 60; j++) {
      for (let i = 0; i < 80; i++, p++) {
        const [x, y] = [3 * (sign === 1 ? i - 39.5 : 39.5 - i), 3 * (sign === 1 ? j - 29.5 : 29.5 - j)];
        if ((x / 110) ** 2 + (y / 80) ** 2 > 1) continue;
        hu[p] = 40;
        const body = Math.hypot(x - lean, y - 20);
        const canal = Math.hypot(x - lean, y - 50);
        if (body < 21 || canal < 15) truth[p] = 1;
        if (body < 21) hu[p] = body > 16 ? 400 : 150;
        else if (canal < 15) hu[p] = canal > 10 ? 400 : 20;
        if (canal <= 10 && body >= 21) truth[p] = 0;
        if (Math.hypot(Math.abs(x) - 85, y - 10) < 9) hu[p] = 500;
      }
    }
  }
  const m = [3 * sign, 0, 0, -118.5 * sign, 0, 3 * sign, 0, -88.5 * sign, 0, 0, 3, 0, 0, 0, 0, 1];
  const grid = { size, worldFromVoxel: m };
  return {
    ct: createVolume({ ...grid, data: hu, quantity: "hu" }),
    column: createVolume({ ...grid, data: truth, quantity: "label" }),
  };
}

describe("the approximate spine mask", () => {
  test.each(["LPS", "RAS"] as const)("finds a leaning column, not the bones beside it (%s)", (letters) => {
    const { ct, column } = phantom(letters);
    const mask = approximateSpineMask(ct);
    expect(mask.worldFromVoxel).toEqual(ct.worldFromVoxel);
    expect(dice(mask, column)).toBeGreaterThan(0.95);
  });

  test("needs HU and a spine", () => {
    const { ct } = phantom("LPS");
    expect(() => approximateSpineMask({ ...ct, quantity: "unknown" })).toThrow(/a volume of unknown/);
    const soft = { ...ct, data: ct.data.map((value) => Math.min(value, 60)) } as Volume;
    expect(() => approximateSpineMask(soft)).toThrow(/no bone of the size of a vertebra/);
  });

  test("marrow is what is enclosed in some slice", () => {
    // A shell of 5 x 5 x 5 that is open towards +z: closed in the slices across z only where it has walls all round.
    const data = new Uint8Array(343);
    for (let k = 1; k <= 5; k++) {
      for (let j = 1; j <= 5; j++) {
        for (let i = 1; i <= 5; i++) {
          const shell = i === 1 || i === 5 || j === 1 || j === 5 || k === 1;
          if (shell) data[i + 7 * (j + 7 * k)] = 1;
        }
      }
    }
    const enclosed = enclosedInSlices({ data, size: [7, 7, 7] });
    expect(enclosed.reduce((sum, value) => sum + value, 0)).toBe(3 * 3 * 4);
    expect(enclosed[3 + 7 * (3 + 7 * 5)]).toBe(1);
    expect(enclosed[3 + 7 * (3 + 7 * 6)]).toBe(0);
  });

  test.skipIf(!hasSharedData)("agrees with the labels of a real lumbar CT to a Dice of 0.8", async () => {
    const ct = await load("ct_totalseg/example_ct.nii.gz", "hu");
    const labels = selectLabels(await load("ct_totalseg/totalseg.nii.gz", "label"));
    const mask = approximateSpineMask(ct);
    const plane = ct.size[0] * ct.size[1];
    let first = 0;
    while (!labels.data[first]) first++;
    const whole = dice(mask, labels);
    // The labels stop at S1; below it the mask goes on along the sacrum.
    const labelled = dice(mask, labels, (p) => p >= Math.floor(first / plane) * plane);
    console.log(
      `Dice against TotalSegmentator labels: ${whole.toFixed(3)}, at their heights ${labelled.toFixed(3)}`,
    );
    expect(whole).toBeGreaterThan(0.8);
    expect(labelled).toBeGreaterThan(0.82);
  });

  test.skipIf(!hasSharedData)("agrees with the labels of a small crop around L3", async () => {
    const ct = await load("ct_tptbox/sub-ct_label-22_ct.nii.gz", "hu");
    const labels = selectLabels(await load("ct_tptbox/sub-ct_seg-vert_label-22_msk.nii.gz", "label"));
    const score = dice(approximateSpineMask(ct), labels);
    console.log(`Dice against TPTBox labels: ${score.toFixed(3)}`);
    expect(score).toBeGreaterThan(0.69);
  });
});

describe("the lumbar cube", () => {
  test.each(["LPS", "RAS"] as const)("keeps world positions, whatever the axes of the CT (%s)", (letters) => {
    const { ct, column } = phantom(letters);
    const cube = cropToLumbarCube(ct, column, { size: 64, marginMm: 6 });
    expect(cube.volume.size).toEqual([64, 64, 64]);
    expect(orientationLetters(cube.volume.worldFromVoxel)).toBe("LPS");
    // 50 slices of 3 mm are the longest side of the mask.
    expect(cube.spacingMm).toBeCloseTo((150 + 12) / 64, 9);
    voxelSpacingMm(cube.volume).forEach((s) => expect(s).toBeCloseTo(cube.spacingMm, 9));
    const centre = volumeCentreMm(cube.volume);
    expect(centre[2]).toBeCloseTo(73.5, 6);
    // A point of the phantom keeps its value: the middle of the marrow at the height of the leaning's zero.
    const at = (point: Vec3): number => {
      const m = cube.volume.worldFromVoxel;
      const v = [0, 1, 2].map((axis) => Math.round((point[axis]! - m[4 * axis + 3]!) / m[5 * axis]!));
      return cube.volume.data[v[0]! + 64 * (v[1]! + 64 * v[2]!)]!;
    };
    expect(at([0, 20, 3])).toBeCloseTo(150, 0);
    expect(at([0, 20, -7])).toBe(-1000);
    const share = (voxels(cube.mask) * cube.spacingMm ** 3) / (voxels(column) * 27);
    expect(share).toBeGreaterThan(0.95);
    expect(share).toBeLessThan(1.05);
  });

  test("is 128^3 by default and refuses an empty mask", () => {
    const { ct, column } = phantom("LPS");
    expect(cropToLumbarCube(ct, column).volume.size).toEqual([128, 128, 128]);
    const empty = { ...column, data: new Uint8Array(column.data.length) };
    expect(() => cropToLumbarCube(ct, empty)).toThrow(/mask without any voxel/);
    expect(() => cropToLumbarCube(ct, column, { size: 3 })).toThrow(/8 to 1024/);
  });

  test("a tilted stack is cut along the world's axes", () => {
    const { ct, column } = phantom("LPS");
    const sheared = [...ct.worldFromVoxel];
    sheared[6] = 1;
    const tilt = (volume: Volume): Volume => ({ ...volume, worldFromVoxel: sheared });
    const cube = cropToLumbarCube(tilt(ct), tilt(column), { size: 64 });
    const m = cube.volume.worldFromVoxel;
    expect([m[1], m[2], m[4], m[6], m[8], m[9]].map((value) => Math.abs(value!) < 1e-9)).not.toContain(false);
    expect(transformPoint(m, [31.5, 31.5, 31.5])[2]).toBeCloseTo(73.5, 0);
  });

  test.skipIf(!hasSharedData)("of a real CT holds the vertebrae that were asked for", async () => {
    const ct = await load("ct_totalseg/example_ct.nii.gz", "hu");
    const lumbar = selectLabels(await load("ct_totalseg/totalseg.nii.gz", "label"), "lumbar");
    const { volume, mask, spacingMm } = cropToLumbarCube(ct, lumbar);
    expect((voxels(mask) * spacingMm ** 3) / (voxels(lumbar) * 27)).toBeCloseTo(1, 1);
    let sum = 0;
    for (let p = 0; p < mask.data.length; p++) if (mask.data[p]) sum += volume.data[p]!;
    expect(sum / voxels(mask)).toBeGreaterThan(100);
    expect(spacingMm).toBeLessThan(2.2);
  });
});
