import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import type { Radiograph } from "../image/radiograph.ts";
import { createRandom } from "../random.ts";
import { crc32 } from "./crc32.ts";
import type { FileBytes } from "./file.ts";
import { bytesOf, joined, sampleVolume } from "./images.testkit.ts";
import { writeMetaImage } from "./metaimage/writeMetaImage.ts";
import { writeNifti } from "./nifti/writeNifti.ts";
import { writeNpy } from "./npy.ts";
import { writeNrrd } from "./nrrd/writeNrrd.ts";
import { readPfm, writePfm } from "./pfm.ts";
import { readPng, writePng } from "./png.ts";
import { readRadiograph } from "./readRadiograph.ts";
import { hasSharedData, listShared, loadShared } from "./sharedData.testkit.ts";

const random = createRandom(9);
const [width, height] = [7, 5];
const radiograph: Radiograph = {
  data: Float32Array.from({ length: width * height }, () => random.normal(3, 2)),
  width,
  height,
  kind: "line-integral",
};
const file = (name: string, bytes: Uint8Array): FileBytes => ({ name, bytes });

describe("PNG", () => {
  it.each([8, 16] as const)("%i bits: values come back through the scale to half a step", (bits) => {
    const { bytes, scale } = writePng(radiograph, { bits });
    const { radiograph: again, format } = readPng(file("x.png", bytes));
    expect([again.width, again.height, format]).toEqual([width, height, `PNG (${bits} bit)`]);
    const step = (scale.maximum - scale.minimum) / (2 ** bits - 1);
    again.data.forEach((pixel, p) => {
      expect(Math.abs(scale.minimum + pixel * step - radiograph.data[p]!)).toBeLessThanOrEqual(
        0.5 * step * (1 + 1e-5),
      );
    });
    expect(Math.min(...again.data)).toBe(0);
    expect(Math.max(...again.data)).toBe(2 ** bits - 1);
  });

  it("a constant image, NaN and values outside the range have defined pixels", () => {
    const image = { data: Float32Array.of(2, 2, Number.NaN, 9), width: 2, height: 2 };
    const { bytes } = writePng(image, { bits: 8, range: [0, 4] });
    expect([...readPng(file("x.png", bytes)).radiograph.data]).toEqual([128, 128, 0, 255]);
    const flat = writePng({ data: new Float32Array(4).fill(7), width: 2, height: 2 });
    expect(flat.scale).toEqual({ bits: 16, minimum: 7, maximum: 7 });
    expect([...readPng(file("x.png", flat.bytes)).radiograph.data]).toEqual([0, 0, 0, 0]);
  });

  it("grey stored as RGB is itself, colour becomes luma with a warning, alpha is ignored", () => {
    const grey = encode({
      width: 2,
      height: 1,
      data: Uint8Array.of(9, 9, 9, 200, 200, 200),
      depth: 8,
      channels: 3,
    });
    const same = readPng(file("x.png", grey));
    expect([[...same.radiograph.data], same.warnings]).toEqual([[9, 200], []]);
    const red = encode({ width: 1, height: 1, data: Uint8Array.of(100, 0, 0, 30), depth: 8, channels: 4 });
    const luma = readPng(file("x.png", red));
    expect(luma.radiograph.data[0]).toBeCloseTo(21.26, 4);
    expect(luma.warnings.map((w) => w.code)).toEqual(["colour-converted"]);
    const alpha = encode({
      width: 2,
      height: 1,
      data: Uint16Array.of(500, 1, 60000, 2),
      depth: 16,
      channels: 2,
    });
    expect([...readPng(file("x.png", alpha)).radiograph.data]).toEqual([500, 60000]);
  });

  it("damage, truncation and lies about the size are one sentence", () => {
    const { bytes } = writePng(radiograph);
    const broken = bytes.slice();
    broken[bytes.length - 20]! ^= 255;
    expect(() => readPng(file("x.png", broken))).toThrow(/PNG x\.png; got a wrong checksum in its "IDAT"/);
    expect(() => readPng(file("x.png", bytes.slice(0, -9)))).toThrow(/cut off/);
    const lie = bytes.slice();
    const view = new DataView(lie.buffer);
    view.setUint32(16, 9000);
    view.setUint32(20, 9000);
    view.setUint32(29, crc32(lie.subarray(12, 29)));
    expect(() => readPng(file("x.png", lie))).toThrow(/bytes of pixels instead of 162009000/);
    view.setUint32(16, 0);
    view.setUint32(29, crc32(lie.subarray(12, 29)));
    expect(() => readPng(file("x.png", lie))).toThrow(/Size in x\.png; got 0 x 9000/);
  });
});

describe("PFM", () => {
  it("keeps every float, top row first, in both byte orders", () => {
    const bytes = writePfm(radiograph);
    expect(readPfm(file("x.pfm", bytes)).radiograph.data).toEqual(radiograph.data);
    const body = new Uint8Array(8);
    new DataView(body.buffer).setFloat32(0, 1.5);
    new DataView(body.buffer).setFloat32(4, -2);
    const big = readPfm(file("x.pfm", joined(bytesOf("Pf\r\n1 2\r\n1.0\n"), body)));
    expect([...big.radiograph.data]).toEqual([1.5, -2]);
  });

  it.each([
    ["three colours", "PF\n1 1\n-1\n", /one channel/],
    ["no scale", "Pf\n1 1\n", /PFM header/],
    ["scale 0", "Pf\n1 1\n0\n", /PFM header/],
    ["a size beyond the data", "Pf\n30 30\n-1\n", /4 bytes; expected 3600/],
    ["zero size", "Pf\n0 30\n-1\n", /0 x 30/],
  ])("%s is refused", (_, head, message) => {
    expect(() => readPfm(file("x.pfm", joined(bytesOf(head), new Uint8Array(4))))).toThrow(message);
  });
});

describe("readRadiograph", () => {
  const slice = sampleVolume(Float32Array.of(1, 2, 3, 4), [4, 3, 1]);

  it.each([
    ["NIfTI", writeNifti(slice)],
    ["NRRD", writeNrrd(slice)],
    ["MetaImage", writeMetaImage(slice)],
  ])("%s with one slice is an X-ray with its pitch", async (_, bytes) => {
    const { radiograph: image } = await readRadiograph(file("x", bytes));
    expect([image.width, image.height, image.kind]).toEqual([4, 3, "unknown"]);
    expect([...image.data]).toEqual([...slice.data]);
    expect(image.pixelSpacingMm![0]).toBeCloseTo(0.75, 5);
    expect(image.pixelSpacingMm![1]).toBeCloseTo(1.5, 5);
  });

  it("the slice may lie along any axis: the faster of the others are columns", async () => {
    const upright = sampleVolume(Float32Array.of(1, 2, 3, 4), [1, 4, 3]);
    const { radiograph: image } = await readRadiograph(file("x.nrrd", writeNrrd(upright)));
    expect([image.width, image.height]).toEqual([4, 3]);
    expect([...image.data]).toEqual([...upright.data]);
  });

  it("NPY of (height, width) keeps its values, states no pitch, and takes the kind asked for", async () => {
    const { radiograph: image, warnings } = await readRadiograph(file("x.npy", writeNpy(radiograph)), {
      kind: "intensity",
    });
    expect(image.data).toEqual(radiograph.data);
    expect([image.width, image.height, image.kind]).toEqual([width, height, "intensity"]);
    expect(image.pixelSpacingMm).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it("a real volume and an image without a finite pixel are refused", async () => {
    const volume = sampleVolume(Float32Array.of(1, 2, 3, 4));
    await expect(readRadiograph(file("ct.nii.gz", writeNifti(volume)))).rejects.toThrow(
      /a volume of 3 x 4 x 5; expected a single image/,
    );
    const empty = { ...radiograph, data: radiograph.data.map(() => Number.NaN) };
    await expect(readRadiograph(file("x.pfm", writePfm(empty)))).rejects.toThrow(/no finite pixel/);
  });

  it.skipIf(!hasSharedData)("reads the reference renders", async () => {
    const folder = "ref_plastimatch/totalseg3mm";
    const names = listShared(folder).filter((name) => name.endsWith(".pfm"));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const { radiograph: image } = await readRadiograph(loadShared(`${folder}/${name}`));
      expect(image.data.every((value) => value >= 0 && value < 5)).toBe(true);
      expect(image.data.some((value) => value > 0.1)).toBe(true);
      expect(image.width * image.height).toBe(image.data.length);
    }
  });
});
