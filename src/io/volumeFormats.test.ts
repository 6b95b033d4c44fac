import { zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { transformPoint } from "../geometry/mat4.ts";
import type { Volume } from "../image/volume.ts";
import type { DecodedVolume } from "./decoded.ts";
import type { FileBytes } from "./file.ts";
import { bytesOf, joined, sampleVolume, samples } from "./images.testkit.ts";
import { readMetaImage } from "./metaimage/readMetaImage.ts";
import { writeMetaImage } from "./metaimage/writeMetaImage.ts";
import { readNifti } from "./nifti/readNifti.ts";
import { writeNifti } from "./nifti/writeNifti.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { readNrrd } from "./nrrd/readNrrd.ts";
import { writeNrrd } from "./nrrd/writeNrrd.ts";
import { hasSharedData, loadShared } from "./sharedData.testkit.ts";

const codes = (decoded: DecodedVolume): string[] => decoded.warnings.map((w) => w.code);

interface Format {
  readonly name: string;
  readonly write: (volume: Volume) => Uint8Array;
  readonly read: (file: FileBytes) => Promise<DecodedVolume> | DecodedVolume;
  /** Digits of the affine the format keeps; undefined where it has none. */
  readonly digits?: number;
}

const formats: Format[] = [
  { name: "nii.gz", write: (v) => writeNifti(v), read: readNifti, digits: 4 },
  { name: "nii", write: (v) => writeNifti(v, { gzip: false }), read: readNifti, digits: 4 },
  { name: "nrrd (gzip)", write: (v) => writeNrrd(v), read: readNrrd, digits: 12 },
  { name: "nrrd (raw)", write: (v) => writeNrrd(v, { gzip: false }), read: readNrrd, digits: 12 },
  { name: "mha (zlib)", write: (v) => writeMetaImage(v), read: readMetaImage, digits: 11 },
  {
    name: "mha (raw)",
    write: (v) => writeMetaImage(v, { compress: false }),
    read: readMetaImage,
    digits: 11,
  },
  { name: "npy", write: (v) => writeNpy(v), read: (file) => readNpy(file) },
];

describe.each(formats)("$name: what is written is read again", ({ write, read, digits }) => {
  it.each(samples.map((sample) => [sample.constructor.name, sample] as const))("%s", async (_, sample) => {
    const volume = sampleVolume(sample);
    const { volume: again, warnings, spacingKnown } = await read({ name: "round", bytes: write(volume) });
    expect(again.size).toEqual(volume.size);
    expect(again.data.constructor).toBe(volume.data.constructor);
    expect([...again.data]).toEqual([...volume.data]);
    if (digits === undefined) expect(spacingKnown).toBe(false);
    else {
      expect(warnings).toEqual([]);
      again.worldFromVoxel.forEach((value, i) =>
        expect(value).toBeCloseTo(volume.worldFromVoxel[i]!, digits),
      );
    }
  });
});

describe("writers", () => {
  it("round to integers and refuse what does not fit", async () => {
    const volume = sampleVolume(Float32Array.of(1.4, -2.6, 3, 0));
    const { volume: again } = await readNrrd({ name: "x", bytes: writeNrrd(volume, { type: "int16" }) });
    expect([...again.data.subarray(0, 2)]).toEqual([1, -3]);
    expect(() => writeNifti(volume, { type: "uint8" })).toThrow(
      /Writing values as uint8; got -2\.\d+; expected 0 to 255/,
    );
    expect(() =>
      writeMetaImage(sampleVolume(Float32Array.of(Number.NaN, 0, 0, 0)), { type: "int16" }),
    ).toThrow(/got NaN/);
  });
});

const nrrd = (lines: string[], data: Uint8Array): FileBytes => ({
  name: "x.nrrd",
  bytes: joined(bytesOf(`NRRD0004\n# written by a test\n${lines.join("\n")}\nkey:=a: b\n\n`), data),
});
const basic = ["type: uint8", "dimension: 3", "sizes: 2 1 3", "encoding: raw"];
const six = Uint8Array.of(1, 2, 3, 4, 5, 6);

describe("NRRD", () => {
  it.each([
    ["right-anterior-superior", [-1, -1, 1]],
    ["RAS", [-1, -1, 1]],
    ["LAS", [1, -1, 1]],
    ["left-posterior-superior", [1, 1, 1]],
  ])("space %s becomes LPS", async (space, signs) => {
    const lines = [
      ...basic,
      `space: ${space}`,
      "space directions: (2,0,0) (0,3,0) (0,0,4)",
      "space origin: (10, 20,30)",
    ];
    const { volume, warnings } = await readNrrd(nrrd(lines, six));
    expect(transformPoint(volume.worldFromVoxel, [1, 0, 2])).toEqual([
      12 * signs[0]!,
      20 * signs[1]!,
      38 * signs[2]!,
    ]);
    expect(warnings).toEqual([]);
    expect([...volume.data]).toEqual([...six]);
  });

  it("big-endian, byte skip, line skip and text encodings", async () => {
    const short = ["type: short", "dimension: 3", "sizes: 1 1 2"];
    const big = await readNrrd(
      nrrd([...short, "encoding: raw", "endian: big", "spacings: 1 1 2"], Uint8Array.of(1, 2, 255, 254)),
    );
    expect([...big.volume.data]).toEqual([258, -2]);
    const skipped = nrrd(
      [...short, "encoding: raw", "endian: little", "byte skip: -1"],
      Uint8Array.of(9, 9, 9, 1, 0, 2, 0),
    );
    expect([...(await readNrrd(skipped)).volume.data]).toEqual([1, 2]);
    const lines = nrrd(
      [...short, "encoding: raw", "endian: little", "line skip: 1", "byteskip: 1"],
      joined(bytesOf("abc\n"), Uint8Array.of(9, 1, 0, 2, 0)),
    );
    expect([...(await readNrrd(lines)).volume.data]).toEqual([1, 2]);
    const text = nrrd([...short, "encoding: ascii"], bytesOf("-7\n 12.0 "));
    expect([...(await readNrrd(text)).volume.data]).toEqual([-7, 12]);
  });

  it("detached data are opened by name, and only beside the header", async () => {
    const header = nrrd([...basic, "data file: ./voxels.raw"], new Uint8Array());
    const sibling = async (name: string): Promise<Uint8Array> => {
      if (name !== "voxels.raw") throw new Error(name);
      return six;
    };
    const { volume, format } = await readNrrd({ ...header, name: "x.nhdr", sibling });
    expect([...volume.data]).toEqual([...six]);
    expect(format).toContain("detached");
    await expect(readNrrd(header)).rejects.toThrow(/voxels\.raw beside it/);
    const outside = nrrd([...basic, "data file: ../voxels.raw"], new Uint8Array());
    await expect(readNrrd({ ...outside, sibling })).rejects.toThrow(/in the header's folder/);
  });

  it("an axis of one without direction is dropped; spacing without directions is used with a warning", async () => {
    const list = ["type: uint8", "dimension: 4", "sizes: 1 2 1 3", "encoding: raw", "space: lps"];
    const directions = "space directions: none (2,0,0) (0,2,0) (0,0,2)";
    expect((await readNrrd(nrrd([...list, directions], six))).volume.size).toEqual([2, 1, 3]);
    const plain = await readNrrd(nrrd([...basic, "spacings: 0.5 0.5 2"], six));
    expect(codes(plain)).toEqual(["no-orientation"]);
    expect(plain.spacingKnown).toBe(true);
    expect(plain.volume.worldFromVoxel[10]).toBe(2);
  });

  it.each<[string, string[], RegExp]>([
    ["no type", ["dimension: 3", "sizes: 2 1 3", "encoding: raw"], /no field "type"/],
    ["a block type", ["type: block", ...basic.slice(1)], /Type of x\.nrrd; got "block"/],
    [
      "a real 4D image",
      ["type: uint8", "dimension: 4", "sizes: 1 2 1 3", "encoding: raw"],
      /4-dimensional image of 1 x 2 x 1 x 3/,
    ],
    ["NaN spacing", [...basic, "spacings: 1 nan 1"], /Voxel spacing of x\.nrrd; got 1 nan 1/],
    ["zero size", ["type: uint8", "dimension: 3", "sizes: 2 0 3", "encoding: raw"], /2 x 0 x 3/],
    [
      "too few bytes",
      ["type: uint8", "dimension: 3", "sizes: 2 9 3", "encoding: raw"],
      /6 bytes; expected 54/,
    ],
    ["bzip2", [...basic.slice(0, 3), "encoding: bzip2"], /Encoding.*bzip2/],
    ["a list of slices", [...basic, "data file: LIST"], /one data file/],
    [
      "a huge size",
      ["type: uint8", "dimension: 3", "sizes: 99999 99999 99999", "encoding: raw"],
      /at most 1073741824/,
    ],
    [
      "a missing direction",
      [...basic, "space: lps", "space directions: none (0,1,0) (0,0,1)"],
      /direction for every axis/,
    ],
    ["no endian", ["type: short", "dimension: 3", "sizes: 1 1 3", "encoding: raw"], /no field "endian"/],
    ["a time axis", [...basic, "space: left-posterior-superior-time"], /without time/],
  ])("%s is refused", async (_, lines, message) => {
    await expect(readNrrd(nrrd(lines, six))).rejects.toThrow(message);
  });
});

const meta = (lines: string[], data: Uint8Array, last = "ElementDataFile = LOCAL"): FileBytes => ({
  name: "x.mha",
  bytes: joined(bytesOf(`${["ObjectType = Image", ...lines, last].join("\n")}\n`), data),
});
const metaBasic = ["NDims = 3", "DimSize = 2 1 3", "ElementType = MET_UCHAR"];

describe("MetaImage", () => {
  it("each triple of TransformMatrix is the direction of one axis, Offset the first voxel", async () => {
    const lines = [
      "TransformMatrix = 0 0 1 1 0 0 0 1 0",
      "Offset = 10 20 30",
      "ElementSpacing = 2 3 4",
      ...metaBasic,
    ];
    const { volume, warnings } = await readMetaImage(meta(lines, six));
    expect(warnings).toEqual([]);
    expect(transformPoint(volume.worldFromVoxel, [1, 0, 0])).toEqual([10, 20, 32]);
    expect(transformPoint(volume.worldFromVoxel, [0, 0, 1])).toEqual([10, 24, 30]);
  });

  it("big-endian, header to skip, compressed, detached and text data", async () => {
    const short = [
      "NDims = 3",
      "DimSize = 1 1 2",
      "ElementSpacing = 1 1 1",
      "Offset = 0 0 0",
      "ElementType = MET_SHORT",
    ];
    const big = meta(["BinaryDataByteOrderMSB = True", ...short], Uint8Array.of(1, 2, 255, 254));
    expect([...(await readMetaImage(big)).volume.data]).toEqual([258, -2]);
    const little = Uint8Array.of(2, 1, 254, 255);
    const skipped = meta(["HeaderSize = -1", ...short], joined(Uint8Array.of(7, 7, 7), little));
    expect([...(await readMetaImage(skipped)).volume.data]).toEqual([258, -2]);
    const packed = zlibSync(little);
    const compressed = meta(
      ["CompressedData = True", `CompressedDataSize = ${packed.length}`, ...short],
      joined(packed, Uint8Array.of(0, 0)),
    );
    expect([...(await readMetaImage(compressed)).volume.data]).toEqual([258, -2]);
    const text = meta(["BinaryData = False", ...short], bytesOf("258 -2\n"));
    expect([...(await readMetaImage(text)).volume.data]).toEqual([258, -2]);
    const detached = meta(short, new Uint8Array(), "ElementDataFile = x.zraw");
    expect([...(await readMetaImage({ ...detached, sibling: async () => little })).volume.data]).toEqual([
      258, -2,
    ]);
  });

  it("a centre of rotation is ignored with a warning, no orientation is said", async () => {
    const turned = await readMetaImage(
      meta([...metaBasic, "Offset = 0 0 0", "CenterOfRotation = 1 2 3"], six),
    );
    expect(codes(turned)).toEqual(["centre-of-rotation"]);
    const bare = await readMetaImage(meta(metaBasic, six));
    expect(codes(bare)).toEqual(["no-orientation"]);
    expect(bare.spacingKnown).toBe(false);
  });

  it.each<[string, string[], RegExp]>([
    ["colour", [...metaBasic, "ElementNumberOfChannels = 3"], /MET_UCHAR with 3 channel/],
    ["an unknown type", ["NDims = 3", "DimSize = 2 1 3", "ElementType = MET_OTHER"], /got MET_OTHER/],
    ["a real 4D image", ["NDims = 4", "DimSize = 1 2 1 3", "ElementType = MET_UCHAR"], /4-dimensional/],
    ["NaN spacing", [...metaBasic, "ElementSpacing = 1 nan 1"], /ElementSpacing.*3 finite numbers/],
    ["zero spacing", [...metaBasic, "ElementSpacing = 1 0 1"], /lengths other than 0/],
    ["too few bytes", ["NDims = 3", "DimSize = 2 9 3", "ElementType = MET_UCHAR"], /6 bytes; expected 54/],
    ["a missing size", ["NDims = 3", "ElementType = MET_UCHAR"], /no field DimSize/],
  ])("%s is refused", async (_, lines, message) => {
    await expect(readMetaImage(meta(lines, six))).rejects.toThrow(message);
  });

  it("a pattern of data files is refused", async () => {
    await expect(readMetaImage(meta(metaBasic, six, "ElementDataFile = x%03d.raw 1 3 1"))).rejects.toThrow(
      /one data file/,
    );
  });
});

describe.skipIf(!hasSharedData)("MetaImage of another program", () => {
  it("mha.mha: compressed, flipped second axis", async () => {
    const { volume, warnings } = await readMetaImage(loadShared("nifti/mha.mha"));
    expect(volume.size).toEqual([64, 64, 37]);
    expect(volume.data).toBeInstanceOf(Int16Array);
    expect(warnings).toEqual([]);
    const [x, y, z] = transformPoint(volume.worldFromVoxel, [1, 1, 1]);
    expect(x).toBeCloseTo(-108.281 + 3.4375, 6);
    expect(y).toBeCloseTo(82.3795 - 3.4375, 6);
    expect(z).toBeCloseTo(-47.8356 + 3.8, 6);
  });
});

describe("NPY", () => {
  const npy = (dictionary: string, data: Uint8Array, version = 1): FileBytes => {
    const length = dictionary.length + 1;
    const head = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
    const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...head);
    return { name: "x.npy", bytes: joined(start, bytesOf(`${dictionary}\n`), data) };
  };

  it("Fortran order is the same array, big-endian the same numbers", () => {
    const c = readNpy(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", six)).volume;
    expect([...c.size]).toEqual([3, 2, 1]);
    const f = npy(
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
      Uint8Array.of(1, 4, 2, 5, 3, 6),
      2,
    );
    expect([...readNpy(f).volume.data]).toEqual([...c.data]);
    const big = npy(
      "{'descr': '>i2', 'fortran_order': False, 'shape': (1, 3), }",
      Uint8Array.of(1, 2, 0, 3, 255, 255),
    );
    expect([...readNpy(big).volume.data]).toEqual([258, 3, -1]);
  });

  it("half precision, booleans and 64-bit integers", () => {
    const half = npy(
      "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }",
      Uint8Array.of(0x00, 0x3c, 0x00, 0xc1, 0x01, 0x00),
    );
    expect([...readNpy(half).volume.data]).toEqual([1, -2.5, Math.fround(2 ** -24)]);
    const flags = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 0));
    expect([...readNpy(flags).volume.data]).toEqual([1, 0]);
    const wide = npy(
      "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(8).fill(255),
    );
    expect([...readNpy(wide).volume.data]).toEqual([-1]);
  });

  it.each([
    ["complex numbers", "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", /<c8.*astype/],
    ["text", "{'descr': '<U8', 'fortran_order': False, 'shape': (2, 3), }", /<U8/],
    ["records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", /NPY header/],
    ["four dimensions", "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1, 2, 1), }", /4-dimensional/],
    ["too few bytes", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", /6 bytes; expected 24/],
    ["an empty array", "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", /3 x 0/],
  ])("%s are refused", (_, dictionary, message) => {
    expect(() => readNpy(npy(dictionary, six))).toThrow(message);
  });
});
