import { gzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { guessLabelScheme } from "../image/labelScheme.ts";
import { applyMask, selectLabels } from "../image/mask.ts";
import { detectFormat } from "./detect.ts";
import type { FileBytes } from "./file.ts";
import { bytesOf, sampleVolume } from "./images.testkit.ts";
import { writeMetaImage } from "./metaimage/writeMetaImage.ts";
import { writeNifti } from "./nifti/writeNifti.ts";
import { writeNpy } from "./npy.ts";
import { writeNrrd } from "./nrrd/writeNrrd.ts";
import { writePng } from "./png.ts";
import { readRadiograph } from "./readRadiograph.ts";
import { readVolume } from "./readVolume.ts";
import { hasSharedData, listShared, loadShared } from "./sharedData.testkit.ts";

const volume = sampleVolume(Int16Array.of(-1000, 50, 300, 1200));
const file = (name: string, bytes: Uint8Array): FileBytes => ({ name, bytes });

describe("detectFormat", () => {
  it.each<[string, Uint8Array, string]>([
    ["ct.nii.gz", writeNifti(volume), "nifti"],
    ["ct.nrrd", writeNrrd(volume), "nrrd"],
    ["ct.mha", writeMetaImage(volume), "metaimage"],
    ["ct.npy", writeNpy(volume), "npy"],
    ["x.png", writePng({ data: new Float32Array(4), width: 2, height: 2 }).bytes, "png"],
    ["x.pfm", bytesOf("Pf\n1 1\n-1\n1234"), "pfm"],
    ["x.dcm", bytesOf(`${"\0".repeat(128)}DICM`), "dicom"],
    ["bare", bytesOf("\x08\0\x05\0CS\n\0ISO_IR 100"), "dicom"],
    ["slices.zip", bytesOf("PK\x03\x04 and more"), "dicom"],
    ["x.img", bytesOf("\x07\x07\x07\x07"), "nifti-image"],
  ])("%s: by content, whatever it is called", (name, bytes, format) => {
    expect(detectFormat(file(name, bytes))).toEqual({ format, warnings: [] });
    if (format !== "nifti-image") expect(detectFormat(file("nameless", bytes)).format).toBe(format);
  });

  it("content wins against the name, with a warning", () => {
    const { format, warnings } = detectFormat(file("ct.nrrd", writeNifti(volume)));
    expect([format, warnings[0]!.code]).toEqual(["nifti", "name-differs"]);
  });

  it.each([
    ["ct.nii", "\xff\xd8\xff\xe0", /a JPEG picture/],
    ["x.tif", "II*\0", /a TIFF picture/],
    ["x.png", "GIF89a", /a GIF picture/],
    ["ct.nii", "<!doctype html>", /XML or HTML text/],
    ["x", '{"a": 1}', /JSON text/],
    ["x", "hello", /an unknown format; expected an image: NIfTI/],
    ["x.nii", "", /an empty file \(0 bytes\)/],
  ])("%s holding %j is named for what it is", (name, text, message) => {
    expect(() => detectFormat(file(name, bytesOf(text)))).toThrow(message);
  });
});

describe("readVolume", () => {
  it("takes the quantity asked for, guesses HU otherwise", async () => {
    const ct = file("ct.nii.gz", writeNifti(volume));
    expect((await readVolume(ct)).volume.quantity).toBe("hu");
    expect((await readVolume(ct, { quantity: "label" })).volume.quantity).toBe("label");
  });

  it("a header and its data given together are one volume, in any order", async () => {
    const whole = writeNifti(volume, { gzip: false });
    const header = whole.slice(0, 348);
    header.set(bytesOf("ni1\0"), 344);
    new DataView(header.buffer).setFloat32(108, 0, true);
    const pair = [file("ct.img.gz", gzipSync(whole.slice(352))), file("ct.hdr.gz", gzipSync(header))];
    for (const files of [pair, [...pair].reverse()]) {
      const { volume: read, format } = await readVolume(files);
      expect([...read.data]).toEqual([...volume.data]);
      expect(format).toMatch(/^NIfTI-1 pair/);
    }
  });

  it("the data half of a pair leads to its header", async () => {
    const whole = writeNifti(volume, { gzip: false });
    const header = whole.slice(0, 348);
    header.set(bytesOf("ni1\0"), 344);
    const sibling = async (name: string): Promise<Uint8Array> => {
      if (name === "ct.hdr") return header;
      throw new Error("none");
    };
    new DataView(header.buffer).setFloat32(108, 0, true);
    const { volume: read } = await readVolume({ name: "ct.img", bytes: whole.slice(352), sibling });
    expect([...read.data]).toEqual([...volume.data]);
  });

  it("two volumes, a picture or nothing are refused", async () => {
    const ct = file("ct.nii.gz", writeNifti(volume));
    await expect(readVolume([ct, file("b.nrrd", writeNrrd(volume))])).rejects.toThrow(
      /2 files of which 2 are images/,
    );
    await expect(readVolume([])).rejects.toThrow(/no file/);
    const png = file("x.png", writePng({ data: new Float32Array(4), width: 2, height: 2 }).bytes);
    await expect(readVolume(png)).rejects.toThrow(/a single picture \(PNG\)/);
  });
});

describe.skipIf(!hasSharedData)("real files", () => {
  it("the labelled spine cuts the CT", async () => {
    const ct = (await readVolume(loadShared("ct_totalseg/example_ct.nii.gz"))).volume;
    const labels = (await readVolume(loadShared("ct_totalseg/totalseg.nii.gz"), { quantity: "label" }))
      .volume;
    expect(guessLabelScheme(labels)).toBe("totalsegmentator");
    const spine = applyMask(ct, selectLabels(labels, "T12-S1"));
    const kept = spine.data.filter((value) => value !== -1000).length / ct.data.length;
    expect(kept).toBeGreaterThan(0.005);
    expect(kept).toBeLessThan(0.05);
    const mean = (label: string): number => {
      const mask = selectLabels(labels, label).data;
      const values = [...ct.data].filter((_, p) => mask[p]);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    for (const level of ["L1", "L3", "L5"]) expect(mean(level)).toBeGreaterThan(80);
  });

  it("VerSe labels of the L3 crop", async () => {
    const labels = (await readVolume(loadShared("ct_tptbox/sub-ct_seg-vert_label-22_msk.nii.gz"))).volume;
    expect(selectLabels(labels, "L3", "verse").data.filter((value) => value === 1).length).toBeGreaterThan(
      1000,
    );
    expect(() => selectLabels(labels, "L3")).toThrow(/labels present/);
  });

  it("every file of the NIfTI set ends in an image or one sentence, as an X-ray too", async () => {
    const outcomes = new Map<string, string>();
    const names = [
      "5D_small.nii",
      "air.hdr.gz",
      "air.img.gz",
      "anatomical.nii",
      "big.nii.gz",
      "complex.nii.gz",
    ];
    names.push(
      "example_nifti2.nii.gz",
      "little.nii.gz",
      "low_res.nii.gz",
      "mha.mha",
      "minimal.nii.gz",
      "not-nifti.nii",
    );
    names.push("ras.hdr", "ras.img", "reoriented_anat_moved.nii", "shear.nii.gz");
    for (const name of names) {
      const outcome = await readVolume(loadShared(`nifti/${name}`)).then(
        ({ volume: read }) => read.size.join("x"),
        (error: { code: string }) => error.code,
      );
      outcomes.set(name, outcome);
      await expect(readRadiograph(loadShared(`nifti/${name}`))).rejects.toMatchObject({ code: "bad-input" });
    }
    expect(Object.fromEntries(outcomes)).toEqual({
      "5D_small.nii": "bad-input",
      "air.hdr.gz": "79x67x64",
      "air.img.gz": "79x67x64",
      "anatomical.nii": "33x41x25",
      "big.nii.gz": "64x64x21",
      "complex.nii.gz": "bad-input",
      "example_nifti2.nii.gz": "bad-input",
      "little.nii.gz": "64x64x21",
      "low_res.nii.gz": "7x5x3",
      "mha.mha": "64x64x37",
      "minimal.nii.gz": "64x64x10",
      "not-nifti.nii": "bad-input",
      "ras.hdr": "62x41x34",
      "ras.img": "62x41x34",
      "reoriented_anat_moved.nii": "21x26x22",
      "shear.nii.gz": "306x422x54",
    });
  });

  it("DICOM comes through the same two doors", async () => {
    const folder = "ct_totalseg/example_ct_dicom";
    const {
      volume: ct,
      format,
      dicom,
    } = await readVolume(listShared(folder).map((name) => loadShared(`${folder}/${name}`)));
    expect([ct.size, ct.quantity]).toEqual([[512, 512, 20], "hu"]);
    expect(format).toMatch(/^DICOM/);
    expect(dicom!.series).toBeDefined();
    const xray = await readRadiograph(loadShared("dicom_xray/IM-0001-0020.dcm"), { kind: "intensity" });
    expect([xray.radiograph.width, xray.radiograph.height, xray.radiograph.kind]).toEqual([
      1024,
      1024,
      "intensity",
    ]);
    expect(xray.dicom!.geometry).toBeDefined();
  });

  it("every DICOM file is recognised by its content, one that starts with a stray byte by its name", () => {
    const folders = ["ct_dicom_cptac", "dicom_ts", "dicom_xray", "dicom_bad"];
    for (const path of folders.flatMap((folder) => listShared(folder).map((name) => `${folder}/${name}`))) {
      if (path === "dicom_bad/failing" || path === "dicom_bad/no_meta.dcm") continue;
      expect(detectFormat({ ...loadShared(path), name: "x" }).format, path).toBe("dicom");
    }
    expect(detectFormat(loadShared("dicom_bad/no_meta.dcm")).format).toBe("dicom");
  });
});
