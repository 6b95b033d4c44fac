import { gunzipSync } from "fflate";
import * as oracle from "nifti-reader-js";
import { describe, expect, it } from "vitest";
import { transformPoint } from "../../geometry/mat4.ts";
import { orientationLetters, reorientToLps } from "../../image/orientation.ts";
import { type Volume, voxelSpacingMm } from "../../image/volume.ts";
import type { FileBytes } from "../file.ts";
import { isGzip } from "../inflate.ts";
import { hasSharedData, listShared, loadShared } from "../sharedData.testkit.ts";
import { parseNiftiHeader } from "./niftiHeader.ts";
import { readNifti } from "./readNifti.ts";
import { writeNifti } from "./writeNifti.ts";

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map((w) => w.code);

/** Number of elements that differ; `toEqual` takes seconds on large arrays. */
function differences(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = Math.abs(a.length - b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (!Object.is(a[i], b[i])) count++;
  return count;
}

/** Values (scaled) and affine (RAS) as another implementation reads them. */
function readByOracle(file: FileBytes): { values: number[]; affine: number[][]; dims: number[] } {
  const raw = isGzip(file.bytes) ? gunzipSync(file.bytes) : file.bytes;
  const buffer = raw.slice().buffer;
  const header = oracle.readHeader(buffer)!;
  const image = new DataView(oracle.readImage(header, buffer));
  const le = header.littleEndian;
  const get: Record<number, (i: number) => number> = {
    2: (i) => image.getUint8(i),
    4: (i) => image.getInt16(2 * i, le),
    8: (i) => image.getInt32(4 * i, le),
    16: (i) => image.getFloat32(4 * i, le),
  };
  const dims = header.dims.slice(1, 4);
  const count = dims[0]! * dims[1]! * dims[2]!;
  const scale = header.scl_slope === 0 ? 1 : header.scl_slope;
  const inter = header.scl_slope === 0 ? 0 : header.scl_inter;
  const values = Array.from({ length: count }, (_, i) => scale * get[header.datatypeCode]!(i) + inter);
  return { values, affine: header.affine, dims };
}

function expectSameAsOracle(volume: Volume, file: FileBytes): void {
  const { values, affine, dims } = readByOracle(file);
  expect([...volume.size]).toEqual(dims);
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = Math.abs(volume.data[i]! - values[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  const range = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expect(worst / range).toBeLessThan(1e-6);
  const signs = [-1, -1, 1];
  for (let row = 0; row < 3; row++) {
    for (let c = 0; c < 4; c++) {
      expect(volume.worldFromVoxel[4 * row + c]).toBeCloseTo(signs[row]! * affine[row]![c]!, 4);
    }
  }
}

describe.skipIf(!hasSharedData)("NIfTI files of other programs", () => {
  it.each([
    "anatomical.nii",
    "big.nii.gz",
    "little.nii.gz",
    "low_res.nii.gz",
    "reoriented_anat_moved.nii",
    "shear.nii.gz",
  ])("%s has the voxels and affine that nifti-reader-js reads", async (name) => {
    const file = loadShared(`nifti/${name}`);
    const { volume, spacingKnown } = await readNifti(file);
    expectSameAsOracle(volume, file);
    expect(spacingKnown).toBe(true);
  });

  it("big and little endian are the same image", async () => {
    const big = (await readNifti(loadShared("nifti/big.nii.gz"))).volume;
    const little = (await readNifti(loadShared("nifti/little.nii.gz"))).volume;
    expect(differences(little.data, big.data)).toBe(0);
    expect({ ...little, data: 0 }).toEqual({ ...big, data: 0 });
  });

  it("all 48 orientations become one canonical volume, world positions too", async () => {
    const names = listShared("nifti/nifti_space");
    expect(names).toHaveLength(48);
    const reference = reorientToLps((await readNifti(loadShared("nifti/nifti_space/RAS.nii.gz"))).volume);
    expect(orientationLetters(reference.worldFromVoxel)).toBe("LPS");
    for (const name of names) {
      const file = loadShared(`nifti/nifti_space/${name}`);
      const { volume } = await readNifti(file);
      expect(orientationLetters(volume.worldFromVoxel)).toBe(name.slice(0, 3));
      const canonical = reorientToLps(volume);
      expect(canonical.size).toEqual(reference.size);
      expect(differences(canonical.data, reference.data)).toBe(0);
      canonical.worldFromVoxel.forEach((value, i) =>
        expect(value).toBeCloseTo(reference.worldFromVoxel[i]!, 3),
      );
    }
  });

  it("a header without sform and qform is read with its spacing and a warning", async () => {
    const { volume, warnings, spacingKnown } = await readNifti(loadShared("nifti/minimal.nii.gz"));
    expect(volume.size).toEqual([64, 64, 10]);
    expect(voxelSpacingMm(volume)).toEqual([3, 3, 3]);
    expect(transformPoint(volume.worldFromVoxel, [1, 1, 1])).toEqual([-3, -3, 3]);
    expect(codes(warnings)).toEqual(["no-orientation"]);
    expect(spacingKnown).toBe(false);
  });

  it("a sheared sform is kept as an affine, with warnings", async () => {
    const { warnings } = await readNifti(loadShared("nifti/shear.nii.gz"));
    expect(codes(warnings)).toEqual(["sform-qform-disagree", "sheared-grid"]);
  });

  it("files whose sform and qform agree raise no warning", async () => {
    expect((await readNifti(loadShared("nifti/anatomical.nii"))).warnings).toEqual([]);
    expect((await readNifti(loadShared("nifti/big.nii.gz"))).warnings).toEqual([]);
  });

  it.each([
    ["ras.hdr", "ras.img", [62, 41, 34]],
    ["air.hdr.gz", "air.img.gz", [79, 67, 64]],
  ])("the pair %s + %s is one volume", async (header, image, size) => {
    const { volume, format } = await readNifti(loadShared(`nifti/${header}`));
    expect(volume.size).toEqual(size);
    expect(format).toMatch(/^NIfTI-1 pair/);
    const raw = loadShared(`nifti/${image}`).bytes;
    const bytes = isGzip(raw) ? gunzipSync(raw) : raw;
    const read = new Uint8Array(volume.data.buffer, volume.data.byteOffset, volume.data.byteLength);
    expect(differences(read, bytes)).toBe(0);
  });

  it("a pair without access to its data says what is missing", async () => {
    const { name, bytes } = loadShared("nifti/ras.hdr");
    await expect(readNifti({ name, bytes })).rejects.toThrow(/ras\.hdr.*ras\.img/);
  });

  it.each([
    ["5D_small.nii", /5-dimensional image of 1 x 2 x 3 x 1 x 3/],
    ["example_nifti2.nii.gz", /4-dimensional image of 32 x 20 x 12 x 2/],
    ["complex.nii.gz", /complex64.*datatype 32/],
    ["not-nifti.nii", /not NIfTI, whatever its name says/],
  ])("%s is refused in one sentence", async (name, message) => {
    const failure = await readNifti(loadShared(`nifti/${name}`)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "SopiError", code: "bad-input" });
    expect(String(failure)).toMatch(message);
  });

  it("NIfTI-2: the first volume of the series agrees with nifti-reader-js", async () => {
    const bytes = gunzipSync(loadShared("nifti/example_nifti2.nii.gz").bytes);
    new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(16 + 8 * 4, 1n, true);
    const file = { name: "first.nii", bytes };
    const { volume, format } = await readNifti(file);
    expect(format).toBe("NIfTI-2");
    expectSameAsOracle(volume, file);
  });

  it("CT and labels are where the reference says, and the CT is recognised as HU", async () => {
    const ct = (await readNifti(loadShared("ct_totalseg/example_ct.nii.gz"))).volume;
    expect(ct.quantity).toBe("hu");
    expect(orientationLetters(ct.worldFromVoxel)).toBe("RAS");
    const crop = await readNifti(loadShared("ct_tptbox/sub-ct_label-22_ct.nii.gz"));
    expect(orientationLetters(crop.volume.worldFromVoxel)).toBe("PIR");
  });
});

describe("NIfTI headers", () => {
  const volume: Volume = {
    data: Int16Array.from({ length: 24 }, (_, i) => i * 7 - 30),
    size: [2, 3, 4],
    worldFromVoxel: [-0.5, 0, 0, 10, 0, 0, 0.75, -20, 0, 2, 0, 30, 0, 0, 0, 1],
    quantity: "unknown",
  };
  const patched = (change: (view: DataView) => void): FileBytes => {
    const bytes = writeNifti(volume, { gzip: false });
    change(new DataView(bytes.buffer));
    return { name: "patched.nii", bytes };
  };

  it("the qform alone gives the same grid as the sform", async () => {
    const { volume: read, warnings } = await readNifti(patched((view) => view.setInt16(254, 0, true)));
    read.worldFromVoxel.forEach((value, i) => expect(value).toBeCloseTo(volume.worldFromVoxel[i]!, 5));
    expect(warnings).toEqual([]);
  });

  it("a shifted qform is a warning with the distance, and the sform wins", async () => {
    const { volume: read, warnings } = await readNifti(patched((view) => view.setFloat32(268, -7, true)));
    expect(codes(warnings)).toEqual(["sform-qform-disagree"]);
    expect(warnings[0]!.message).toContain("3.0 mm");
    expect(read.worldFromVoxel[3]).toBeCloseTo(10, 6);
  });

  it("a broken sform falls back to the qform", async () => {
    const { volume: read, warnings } = await readNifti(
      patched((view) => view.setFloat32(280, Number.NaN, true)),
    );
    expect(codes(warnings)).toContain("sform-unusable");
    read.worldFromVoxel.forEach((value, i) => expect(value).toBeCloseTo(volume.worldFromVoxel[i]!, 5));
  });

  it("slope and intercept scale, slope 0 and NaN do not", async () => {
    const scaled = await readNifti(
      patched((view) => {
        view.setFloat32(112, 2, true);
        view.setFloat32(116, -1024, true);
      }),
    );
    expect([...scaled.volume.data.subarray(0, 3)]).toEqual([-1084, -1070, -1056]);
    const plain = await readNifti(patched((view) => view.setFloat32(112, 0, true)));
    expect(plain.volume.data).toEqual(volume.data);
    const broken = await readNifti(patched((view) => view.setFloat32(112, Number.NaN, true)));
    expect(broken.volume.data).toEqual(volume.data);
    expect(codes(broken.warnings)).toEqual(["scaling-ignored"]);
  });

  it("metres and micrometres become millimetres", async () => {
    const metres = await readNifti(patched((view) => view.setUint8(123, 1)));
    expect(voxelSpacingMm(metres.volume)[0]).toBeCloseTo(500, 4);
    const microns = await readNifti(patched((view) => view.setUint8(123, 3)));
    expect(voxelSpacingMm(microns.volume)[0]).toBeCloseTo(0.0005, 8);
  });

  it.each<[string, (view: DataView) => void, RegExp]>([
    ["zero size", (v) => v.setInt16(44, 0, true), /2 x 0 x 4/],
    ["negative size", (v) => v.setInt16(44, -3, true), /2 x -3 x 4/],
    ["a size beyond the data", (v) => v.setInt16(44, 30000, true), /48 bytes.*480000|cut off/],
    [
      "NaN spacing without any usable form",
      (v) => {
        v.setInt16(252, 0, true);
        v.setInt16(254, 0, true);
        v.setFloat32(84, Number.NaN, true);
      },
      /spacing.*NaN/,
    ],
    ["RGB", (v) => v.setInt16(70, 128, true), /colour \(RGB24\)/],
    ["RGBA", (v) => v.setInt16(70, 2304, true), /colour \(RGBA32\)/],
    ["a type that does not exist", (v) => v.setInt16(70, 77, true), /undefined type/],
    ["8 dimensions", (v) => v.setInt16(40, 8, true), /Number of dimensions.*got 8/],
    ["an offset that is not a number", (v) => v.setFloat32(108, Number.NaN, true), /Data offset/],
    ["an offset beyond the end", (v) => v.setFloat32(108, 1e6, true), /cut off/],
    ["ANALYZE 7.5", (v) => v.setUint8(344, 0), /ANALYZE/],
  ])("%s is refused", async (_, change, message) => {
    await expect(readNifti(patched(change))).rejects.toThrow(message);
  });

  it("five dimensions of which the last are 1 are one volume", async () => {
    const file = patched((view) => view.setInt16(40, 5, true));
    expect((await readNifti(file)).volume.size).toEqual([2, 3, 4]);
  });

  it("64-bit integers keep their sign in both byte orders", async () => {
    for (const littleEndian of [true, false]) {
      const bytes = new Uint8Array(352 + 16);
      const view = new DataView(bytes.buffer);
      view.setInt32(0, 348, littleEndian);
      [3, 2, 1, 1].forEach((n, i) => view.setInt16(40 + 2 * i, n, littleEndian));
      view.setInt16(70, 1024, littleEndian);
      view.setInt16(72, 64, littleEndian);
      [1, 1, 1, 1].forEach((n, i) => view.setFloat32(76 + 4 * i, n, littleEndian));
      view.setFloat32(108, 352, littleEndian);
      bytes.set([0x6e, 0x2b, 0x31, 0], 344);
      view.setBigInt64(352, -5_000_000_001n, littleEndian);
      view.setBigInt64(360, 7n, littleEndian);
      const { volume: read } = await readNifti({ name: "wide.nii", bytes });
      expect([...read.data]).toEqual([-5_000_000_001, 7]);
    }
  });

  it("a header cut off is named", () => {
    const bytes = writeNifti(volume, { gzip: false }).slice(0, 200);
    expect(() => parseNiftiHeader(bytes, "short.nii")).toThrow(/200 bytes; expected 348/);
  });

  it("compressed data cut off, damaged or lying about its size is one sentence", async () => {
    const whole = writeNifti(volume);
    const cut = { name: "cut.nii.gz", bytes: whole.slice(0, whole.length - 12) };
    await expect(readNifti(cut)).rejects.toThrow(/gzip data of cut\.nii\.gz/);
    const damaged = whole.slice();
    damaged[damaged.length - 6]! ^= 1;
    await expect(readNifti({ name: "bad.nii.gz", bytes: damaged })).rejects.toThrow(/checksum mismatch/);
  });
});
