import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileBytes } from "../file.ts";
import { hasSharedData, loadShared, sharedData } from "../sharedData.testkit.ts";
import { completeGeometry, readDicomRadiograph, readDicomVolume } from "./index.ts";

function filesBelow(path: string): FileBytes[] {
  if (!statSync(join(sharedData, path)).isDirectory()) return [loadShared(path)];
  const entries = readdirSync(join(sharedData, path)).sort();
  return entries.flatMap((entry) => filesBelow(join(path, entry)));
}

function sumOf(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum;
}

/**
 * What each series must become: size, sum of all HU and one voxel, computed with other software
 * (pydicom, imagecodecs), and the codes of its warnings; or the reason why it is refused.
 */
interface Expected {
  readonly path: string;
  readonly size?: readonly number[];
  readonly sum?: number;
  readonly voxel?: readonly [i: number, j: number, k: number, value: number];
  readonly warnings?: readonly string[];
  readonly refused?: RegExp;
}

const volumes: readonly Expected[] = [
  {
    path: "ct_dicom_cptac",
    size: [512, 512, 35],
    sum: -4969050997,
    voxel: [300, 200, 1, -112],
    warnings: ["pixel-padding"],
  },
  {
    path: "ct_totalseg/example_ct_dicom",
    size: [512, 512, 20],
    sum: -3272217339,
    voxel: [300, 200, 1, 123],
    warnings: [],
  },
  {
    path: "dicom_bad/failing/gantrytilting/001",
    size: [512, 512, 4],
    sum: -940644109,
    voxel: [256, 256, 3, -973],
    warnings: ["gantry-tilt"],
  },
  { path: "dicom_bad/failing/notavolume/001", refused: /4 pictures at 1 place/ },
  { path: "dicom_bad/failing/sliceincrement/001", refused: /missing slices.*5\.000 to 10\.000 mm apart/ },
  { path: "dicom_bad/failing/sliceincrement/002", refused: /missing slices.*0\.750 to 1\.499 mm apart/ },
  { path: "dicom_bad/CT_small.dcm", size: [128, 128, 1], warnings: ["single-slice"] },
  { path: "dicom_bad/J2K_pixelrep_mismatch.dcm", size: [512, 512, 1], warnings: ["single-slice"] },
  { path: "dicom_bad/MR_small_bigendian.dcm", size: [64, 64, 1], warnings: ["not-ct", "single-slice"] },
  {
    path: "dicom_bad/MR_small_padded.dcm",
    size: [64, 64, 1],
    warnings: ["not-ct", "pixel-data-padded", "single-slice"],
  },
  { path: "dicom_bad/MR_truncated.dcm", refused: /PixelData.*8130 bytes; expected 8192 bytes/ },
  { path: "dicom_bad/badVR.dcm", refused: /NumberOfFrames \(0028,0008\); got "1A"/ },
  { path: "dicom_bad/ExplVR_BigEnd.dcm", refused: /no slices/ },
  { path: "dicom_bad/image_dfl.dcm", refused: /no slices/ },
  { path: "dicom_bad/no_meta.dcm", refused: /no DICM mark/ },
  { path: "dicom_ts/CT1_UNC", size: [512, 512, 1], warnings: ["pixel-padding", "single-slice"] },
  { path: "dicom_ts/CT1_JLSL", size: [512, 512, 1], warnings: ["pixel-padding", "single-slice"] },
  { path: "dicom_xray/GH342_surview_sanitised.dcm", refused: /a localiser/ },
];

interface ExpectedXray {
  readonly path: string;
  readonly size?: readonly [number, number];
  /** Sum of stored values after rescaling, computed with other software. */
  readonly sum?: number;
  readonly known?: readonly string[];
  readonly missing?: readonly string[];
  readonly warnings?: readonly string[];
  readonly refused?: RegExp;
}

const sddOnly = { known: ["sourceToDetectorMm"], missing: ["--pixel-spacing"] } as const;
const nothing = { known: [], missing: ["--sdd", "--pixel-spacing"] } as const;
const doubtful = ["handedness-unknown", "kind-unknown", "not-exposed"] as const;

const xrays: readonly ExpectedXray[] = [
  {
    path: "dicom_xray/IM-0001-0020.dcm",
    size: [1024, 1024],
    sum: 22359233842,
    ...sddOnly,
    warnings: doubtful,
  },
  {
    path: "dicom_xray/IM-0001-0030.dcm",
    size: [1024, 1024],
    sum: 21730027356,
    ...sddOnly,
    warnings: doubtful,
  },
  {
    path: "dicom_xray/IM-0001-0034.dcm",
    size: [1024, 1024],
    sum: 21632661310,
    ...sddOnly,
    warnings: doubtful,
  },
  {
    path: "dicom_xray/IM-0001-0042.dcm",
    size: [1024, 1024],
    sum: 25912212252,
    ...sddOnly,
    warnings: doubtful,
  },
  {
    path: "dicom_xray/GH342_surview_sanitised.dcm",
    size: [512, 512],
    sum: 265949833 - 1024 * 512 * 512,
    ...nothing,
    warnings: ["handedness-unknown", "kind-unknown", "scanned-projection"],
  },
  {
    path: "dicom_xray/RG3_J2KI",
    size: [1760, 1760],
    sum: 1030622924,
    ...nothing,
    // The R marker in this picture is reversed, as its view and orientation say.
    warnings: ["kind-unknown", "lossy", "mirrored", "not-exposed"],
  },
  { path: "dicom_ts/XA1_UNC", size: [1024, 1024], sum: 112478027, ...nothing, warnings: doubtful },
  { path: "dicom_ts/XA1_JPLL", size: [1024, 1024], sum: 112478027, ...nothing, warnings: doubtful },
  {
    path: "dicom_bad/image_dfl.dcm",
    size: [512, 512],
    ...nothing,
    warnings: ["handedness-unknown", "kind-unknown"],
  },
  { path: "dicom_bad/ExplVR_BigEnd.dcm", refused: /US, which is no X-ray projection/ },
  { path: "dicom_bad/CT_small.dcm", refused: /a CT slice/ },
  { path: "dicom_bad/badVR.dcm", refused: /RTDOSE/ },
  { path: "dicom_bad/MR_truncated.dcm", refused: /MR, which/ },
  { path: "dicom_bad/no_meta.dcm", refused: /no DICM mark/ },
];

describe.skipIf(!hasSharedData)("real DICOM files", () => {
  test.each(volumes)("as a volume: $path", async ({ path, size, sum, voxel, warnings, refused }) => {
    const outcome = readDicomVolume(filesBelow(path));
    if (refused) return expect(outcome).rejects.toThrow(refused);
    const { volume, warnings: found } = await outcome;
    expect(volume.size).toEqual(size);
    expect(found.map(({ code }) => code).sort()).toEqual(warnings);
    if (sum !== undefined) expect(sumOf(volume.data)).toBe(sum);
    if (!voxel) return undefined;
    const [i, j, k, value] = voxel;
    return expect(volume.data[i + volume.size[0] * (j + volume.size[1] * k)]).toBe(value);
  });

  test.each(xrays)("as an X-ray: $path", async ({ path, size, sum, known, missing, warnings, refused }) => {
    const outcome = readDicomRadiograph(loadShared(path));
    if (refused) return expect(outcome).rejects.toThrow(refused);
    const { radiograph, geometry, warnings: found } = await outcome;
    expect([radiograph.width, radiograph.height]).toEqual(size);
    if (sum !== undefined) expect(sumOf(radiograph.data)).toBe(sum);
    const given = ["sourceToDetectorMm", "sourceToIsocentreMm", "pixelSpacingMm", "primaryAngleDeg"] as const;
    expect(given.filter((name) => geometry[name] !== undefined)).toEqual(known);
    const toRegister = geometry.missing.filter(({ needed }) => needed === "to register");
    expect(toRegister.map(({ option }) => option)).toEqual(missing);
    return expect(found.map(({ code }) => code).sort()).toEqual([...warnings!].sort());
  });

  test("interpolation makes a volume of the series with a missing slice", async () => {
    const files = filesBelow("dicom_bad/failing/sliceincrement/001");
    const { volume } = await readDicomVolume(files, { gaps: "interpolate" });
    const slice = (k: number): number => sumOf(volume.data.slice(k * 512 * 512, (k + 1) * 512 * 512));
    expect(volume.size).toEqual([512, 512, 5]);
    expect(slice(0) + slice(1) + slice(2) + slice(4)).toBe(-940515096);
    // Halves are rounded up, half a unit at most and a quarter on average.
    const excess = (slice(3) - (slice(2) + slice(4)) / 2) / 512 ** 2;
    expect(excess).toBeGreaterThanOrEqual(0);
    expect(excess).toBeLessThanOrEqual(0.5);
  });

  test("a C-arm frame loads once the missing numbers are given", async () => {
    const { geometry } = await readDicomRadiograph(loadShared("dicom_xray/IM-0001-0020.dcm"));
    expect(() => completeGeometry(geometry)).toThrow(/pixel spacing.*Give --pixel-spacing, or/);
    const { camera } = completeGeometry(geometry, { pixelSpacingMm: [0.22, 0.22] });
    expect(camera).toMatchObject({ width: 1024, sourceToDetectorMm: 1000, principalPointPx: [511.5, 511.5] });
  });
});
