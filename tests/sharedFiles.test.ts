import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SopiError } from "../src/errors.ts";
import { orientationLetters, reorientToLps } from "../src/image/orientation.ts";
import { type Volume, voxelSpacingMm } from "../src/image/volume.ts";
import type { FormatWarning } from "../src/io/file.ts";
import { readRadiograph } from "../src/io/readRadiograph.ts";
import { readVolume } from "../src/io/readVolume.ts";
import { hasSharedData, loadFile, sharedData } from "../src/io/sharedData.testkit.ts";

/** What one file, or all files that fit a pattern, must become when it is read as a volume and as an X-ray. */
interface FilePromise {
  readonly files: RegExp;
  /** Size, spacing (mm), orientation, quantity and warnings; or the reason why it is refused. */
  readonly volume: string | RegExp;
  /** Size, kind and warnings; or the reason. */
  readonly xray: string | RegExp;
  /** All files of the row are one volume together, too: its summary, or the reason why not. */
  readonly together?: string | RegExp;
  /** The same voxels at the same places, once the axes run the same way, as this file. */
  readonly like?: string;
}

const slice = /a CT slice/;
const volume3d = /a volume of \d+ x \d+ x \d+/;
const noSlice = /no slices, only: a picture without ImagePositionPatient/;
const noThickness = /SliceThickness \(0018,0050\); got nothing/;
const noImage = /an unknown format|JSON text/;
const doubtful = "handedness-unknown kind-unknown";

const table: readonly FilePromise[] = [
  // Documents beside the images.
  { files: /\.(json|txt|md|py)$/, volume: noImage, xray: noImage },
  // CTs, label maps, a plain series, a JPEG 2000 series.
  { files: /^ct_totalseg\/example_ct\.nii/, volume: "122x101x112 3x3x3 RAS hu", xray: volume3d },
  {
    files: /^ct_totalseg\/(totalseg.*|example_seg_fast_force_split)\.nii/,
    ...{ volume: "122x101x112 3x3x3 RAS unknown", xray: volume3d },
  },
  {
    files: /^ct_totalseg\/example_seg_dicom/,
    ...{ volume: "512x512x20 0.9766x0.9766x2 LAS unknown", xray: volume3d },
  },
  {
    files: /^ct_totalseg\/example_ct_dicom\//,
    ...{ volume: "512x512x1 0.9766x0.9766x3 LPS hu single-slice", xray: slice },
    together: "512x512x20 0.9766x0.9766x2 LPS hu",
  },
  {
    files: /^ct_dicom_cptac\//,
    ...{ volume: "512x512x1 0.8594x0.8594x5 LPS hu pixel-padding single-slice", xray: slice },
    together: "512x512x35 0.8594x0.8594x5 LPS hu pixel-padding",
  },
  { files: /^ct_tptbox\/.*_ct\.nii/, volume: "73x47x73 1.5x1.5x1.5 PIR hu", xray: volume3d },
  { files: /^ct_tptbox\/.*_msk\.nii/, volume: "73x47x73 1.5x1.5x1.5 PIR unknown", xray: volume3d },
  // One picture through every codec.
  {
    files: /^dicom_ts\/CT1/,
    volume: "512x512x1 0.6615x0.6615x5 LPS hu pixel-padding single-slice",
    ...{ xray: slice, like: "dicom_ts/CT1_UNC" },
  },
  {
    files: /^dicom_ts\/XA1/,
    ...{ volume: noSlice, xray: `1024x1024 unknown ${doubtful} not-exposed`, like: "dicom_ts/XA1_UNC" },
  },
  // X-rays.
  { files: /^dicom_xray\/IM-/, volume: noSlice, xray: `1024x1024 unknown ${doubtful} not-exposed` },
  {
    files: /^dicom_xray\/GH342/,
    ...{ volume: /only: a localiser/, xray: `512x512 unknown ${doubtful} scanned-projection` },
  },
  {
    files: /^dicom_xray\/RG3/,
    volume: noSlice,
    xray: "1760x1760 unknown kind-unknown lossy mirrored not-exposed",
  },
  // Broken or unsuitable DICOM: the reason is named, or what was done about it.
  { files: /bad\/CT_small/, volume: "128x128x1 0.6615x0.6615x5 LPS hu single-slice", xray: slice },
  { files: /bad\/ExplVR_BigEnd/, volume: noSlice, xray: /US, which is no X-ray projection/ },
  { files: /bad\/J2K_pixelrep/, volume: "512x512x1 0.431x0.431x5 LPS hu single-slice", xray: slice },
  {
    files: /bad\/MR_small_bigendian/,
    ...{ volume: "64x64x1 0.3125x0.3125x0.8 LPS unknown not-ct single-slice", xray: /MR, which is no X-ray/ },
  },
  {
    files: /bad\/MR_small_padded/,
    volume: "64x64x1 0.3125x0.3125x0.8 LPS unknown not-ct pixel-data-padded single-slice",
    xray: /MR, which is no X-ray/,
  },
  { files: /bad\/MR_truncated/, volume: /PixelData .*8130 bytes; expected 8192/, xray: /MR, which/ },
  { files: /bad\/badVR/, volume: /NumberOfFrames \(0028,0008\); got "1A"/, xray: /RTDOSE, which/ },
  { files: /bad\/image_dfl/, volume: noSlice, xray: `512x512 unknown ${doubtful}` },
  { files: /bad\/no_meta/, volume: /no DICM mark/, xray: /no DICM mark/ },
  {
    files: /gantrytilting/,
    ...{ volume: noThickness, xray: slice, together: "512x512x4 0.418x0.418x5 LPS hu gantry-tilt" },
  },
  { files: /notavolume/, volume: noThickness, xray: slice, together: /4 pictures at 1 place/ },
  {
    files: /sliceincrement\/001/,
    volume: noThickness,
    xray: slice,
    together: /1 slice\(s\) missing.*5.000 to 10/,
  },
  {
    files: /sliceincrement\/002/,
    volume: noThickness,
    xray: slice,
    together: /1 slice\(s\) missing.*0.750 to 1.499/,
  },
  // NIfTI.
  {
    files: /^nifti\/nifti_space\//,
    ...{
      volume: /^\d+x\d+x\d+ [\d.x]+ [LRAPSI]{3} unknown$/,
      xray: volume3d,
      like: "nifti/nifti_space/RAS.nii.gz",
    },
  },
  { files: /5D_small/, volume: /a 5-dimensional image/, xray: /a 5-dimensional image/ },
  { files: /complex/, volume: /complex64/, xray: /complex64/ },
  { files: /example_nifti2/, volume: /a 4-dimensional image of 32 x 20 x 12 x 2/, xray: /a 4-dimensional/ },
  { files: /not-nifti/, volume: /header size -1428999419/, xray: /header size/ },
  { files: /\/air\.(hdr|img)/, volume: "79x67x64 2.39x2.366x2.385 AIR unknown", xray: volume3d },
  { files: /\/ras\.(hdr|img)/, volume: "62x41x34 2.385x2.39x2.366 RAS unknown", xray: volume3d },
  {
    files: /\/(big|little)\.nii/,
    ...{ volume: "64x64x21 4x4x6 LAS unknown", xray: volume3d, like: "nifti/little.nii.gz" },
  },
  { files: /\/anatomical/, volume: "33x41x25 2x2x2 LAS hu", xray: volume3d },
  { files: /\/low_res/, volume: "7x5x3 2x2x2 RAS unknown", xray: volume3d },
  { files: /\/minimal/, volume: "64x64x10 3x3x3 RAS unknown no-orientation", xray: volume3d },
  { files: /\/reoriented_anat/, volume: "21x26x22 4x4x4 RAS unknown", xray: volume3d },
  {
    files: /\/shear/,
    volume: "306x422x54 0.4824x0.4824x2.371 RAS hu sform-qform-disagree sheared-grid",
    xray: volume3d,
  },
  { files: /\/mha\.mha/, volume: "64x64x37 3.438x3.438x3.8 LAS unknown", xray: volume3d },
  // Renderings of another program.
  { files: /mu\.nii/, volume: "122x101x112 3x3x3 LPS attenuation", xray: volume3d },
  { files: /\.pfm$/, volume: /a single picture \(PFM\)/, xray: "192x160 unknown" },
];

const names = (): string[] =>
  readFileSync(join(sharedData, "SHA256SUMS"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.slice(line.indexOf("./") + 2))
    .sort();

const codes = (warnings: readonly FormatWarning[]): string[] => warnings.map(({ code }) => code).sort();
const file = (name: string): ReturnType<typeof loadFile> => loadFile(join(sharedData, name));

async function volumeSummary(files: readonly string[]): Promise<string> {
  const { volume, warnings } = await readVolume(files.map(file));
  const spacing = voxelSpacingMm(volume).map((mm) => Number(mm.toPrecision(4)));
  const letters = orientationLetters(volume.worldFromVoxel);
  return [volume.size.join("x"), spacing.join("x"), letters, volume.quantity, ...codes(warnings)].join(" ");
}

async function xraySummary(name: string): Promise<string> {
  const { radiograph, warnings } = await readRadiograph(file(name));
  return [`${radiograph.width}x${radiograph.height}`, radiograph.kind, ...codes(warnings)].join(" ");
}

/** The summary, or the one sentence of the error; any other error fails the test. */
async function outcome(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SopiError)) throw error;
    expect(error.message).not.toMatch(/\n/);
    return error.message;
  }
}

function keeps(found: string, promised: string | RegExp): void {
  if (typeof promised === "string") expect(found).toBe(promised);
  else expect(found).toMatch(promised);
}

/** Pixels and places, whichever way the axes are stored. */
async function contents(name: string): Promise<Pick<Volume, "data" | "worldFromVoxel">> {
  if (name.includes("XA1"))
    return { data: (await readRadiograph(file(name))).radiograph.data, worldFromVoxel: [] };
  return reorientToLps((await readVolume(file(name))).volume);
}

describe.skipIf(!hasSharedData)("every shared file", () => {
  test("has one row of the table", () => {
    const odd = names().filter((name) => table.filter(({ files }) => files.test(name)).length !== 1);
    expect(odd).toEqual([]);
    expect(table.filter(({ files }) => !names().some((name) => files.test(name)))).toEqual([]);
  });

  test.each(table)("$files ends as it must", async ({ files, volume, xray, together, like }) => {
    const all = names().filter((name) => files.test(name));
    for (const name of all) {
      keeps(await outcome(() => volumeSummary([name])), volume);
      keeps(await outcome(() => xraySummary(name)), xray);
    }
    if (together !== undefined) keeps(await outcome(() => volumeSummary(all)), together);
    if (like === undefined) return;
    const model = await contents(like);
    for (const name of all) {
      const { data, worldFromVoxel } = await contents(name);
      expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(model.data.buffer))).toBe(0);
      worldFromVoxel.forEach((value, i) => expect(value).toBeCloseTo(model.worldFromVoxel[i]!, 3));
    }
  });
});
