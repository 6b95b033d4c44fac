import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { presetGeometry } from "../src/geometry/presets.ts";
import { projectPoint } from "../src/geometry/camera.ts";
import { cameraFromPose } from "../src/geometry/carm.ts";
import { fromRows } from "../src/geometry/mat4.ts";
import { zeroPose } from "../src/geometry/pose.ts";
import type { Vec3 } from "../src/geometry/vec3.ts";
import { attenuationFromHu } from "../src/image/attenuation.ts";
import { volumeCentreMm } from "../src/image/volume.ts";
import { readDicomVolume } from "../src/io/dicom/index.ts";
import { ctFiles, dicomFile, patient, pixelModule, xraySet } from "../src/io/dicom/series.testkit.ts";
import { parseGeometry } from "../src/io/geometryFile.ts";
import { writeImageLandmarks } from "../src/io/imageLandmarks.ts";
import { readLandmarksCsv } from "../src/io/landmarksCsv.ts";
import { readMarkups, writeMarkups } from "../src/io/markups.ts";
import { readNifti } from "../src/io/nifti/readNifti.ts";
import { writeNifti } from "../src/io/nifti/writeNifti.ts";
import { parseResult } from "../src/io/resultFile.ts";
import { hasSharedData, listShared, loadShared, sharedData } from "../src/io/sharedData.testkit.ts";
import { readTransformFile } from "../src/io/transformFile.ts";
import { createReferenceProjector } from "../src/projector/reference.ts";
import { type ProcessOutcome, sopi } from "./cliProcess.ts";
import { targetOffsets } from "./targetOffsets.ts";

/** What of `inspect --json` is looked at. */
interface Inspections {
  readonly files: readonly {
    readonly dicom: { geometry?: { missing: { needed: string; option: string }[] } };
    readonly geometry?: object;
  }[];
  readonly pair?: object;
}

let folder = "";
const at = (...names: string[]): string => join(folder, ...names);
const run = (...words: string[]): Promise<ProcessOutcome> => sopi(words, { cwd: folder });
const text = (name: string): Promise<string> => readFile(at(name), "utf8");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-hospital-"));
  await mkdir(at("ct"));
  const series = ctFiles(
    Array.from({ length: 10 }, (_, k) => 2 * k),
    pixelModule(4, 3),
  );
  for (const { name, bytes } of series) await writeFile(at("ct", name), bytes);
  await writeFile(at("xray.dcm"), dicomFile(xraySet({ "0018,1110": ["DS", [1000]] })).bytes);
  const made = await run(
    "phantom",
    "--out",
    "case",
    "--spacing-mm",
    "4",
    "--detector-px",
    "128",
    "--seed",
    "7",
  );
  expect(made).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("inspect", () => {
  test("names the attribute of each number, what is missing, and no person", async () => {
    const { exitCode, stdout } = await run("inspect", "ct", "xray.dcm");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /spacing +0\.25 x 0\.5 x 2 mm {2}\[PixelSpacing \(0028,0030\), distances of Image/,
    );
    expect(stdout).toMatch(/source to detector +1000 mm {2}\[DistanceSourceToDetector \(0018,1110\)\]/);
    expect(stdout).toMatch(/missing to register +pixel spacing at the detector: .*give --pixel-spacing/);
    expect(stdout).toMatch(/registration +needs the whole CT .*--pixel-spacing/);
    for (const secret of [patient.name, patient.id, patient.date, patient.uid])
      expect(stdout).not.toContain(secret);
    expect((await run("inspect", "xray.dcm", "--show-phi")).stdout).toContain(patient.name);
  });

  test("says the same to programs", async () => {
    const { stdout } = await run("inspect", "ct", "xray.dcm", "--json");
    const { files, pair } = JSON.parse(stdout) as {
      files: { dicom: { geometry?: { sourceToDetectorMm: object } } }[];
      pair: { registrable: boolean; missing: { option: string }[] };
    };
    expect(files[1]!.dicom.geometry!.sourceToDetectorMm).toEqual({
      value: 1000,
      source: "DistanceSourceToDetector (0018,1110)",
    });
    expect([pair.registrable, pair.missing.map(({ option }) => option)]).toEqual([
      false,
      ["the whole CT", "--pixel-spacing"],
    ]);
  });

  test("numbers that are given count as found, and make the camera", async () => {
    const given = ["--sdd", "1200", "--pixel-spacing", "0.4,0.4"];
    const { stdout } = await run("inspect", "xray.dcm", ...given);
    expect(stdout).toMatch(/source to detector +1200 mm {2}\[--sdd\]/);
    expect(stdout).toMatch(/pitch at detector +0\.4 x 0\.4 mm {2}\[--pixel-spacing\]/);
    expect(stdout).not.toMatch(/missing to register/);
    expect(stdout).toMatch(
      /camera +1200 mm to pixels of 0\.4 x 0\.4 mm, 830\.\d+ mm to the isocentre \(assumed\)/,
    );
  });

  test.skipIf(!hasSharedData)(
    "of real C-arm frames names exactly what is missing to register them",
    async () => {
      const frames = ["20", "30", "34", "42"].map((n) => join(sharedData, `dicom_xray/IM-0001-00${n}.dcm`));
      const read = async (...words: string[]): Promise<Inspections> =>
        JSON.parse((await run("inspect", ...words, "--json")).stdout) as Inspections;
      const { files } = await read(...frames);
      const toRegister = files.map(({ dicom }) =>
        dicom.geometry!.missing.filter(({ needed }) => needed === "to register").map(({ option }) => option),
      );
      expect(toRegister).toEqual(frames.map(() => ["--pixel-spacing"]));
      const given = ["--sdd", "1000", "--pixel-spacing", "0.2,0.2"];
      const complete = await read(...frames, ...given);
      const detector = {
        width: 1024,
        height: 1024,
        pixelSpacingMm: [0.2, 0.2],
        principalPointPx: [511.5, 511.5],
      };
      for (const { geometry } of complete.files) {
        expect(geometry).toMatchObject({ sourceToDetectorMm: 1000, detector });
      }
      const ct = join(sharedData, "ct_dicom_cptac");
      expect((await read(ct, frames[0]!)).pair).toMatchObject({
        registrable: false,
        missing: [{ option: "--pixel-spacing" }],
      });
      expect((await read(ct, frames[0]!, ...given)).pair).toMatchObject({
        registrable: true,
        startFromDicom: false,
      });
    },
    240_000,
  );

  test("a broken series is exit code 3 with the reason; it can be allowed", async () => {
    await mkdir(at("gap"));
    for (const { name, bytes } of ctFiles([0, 2, 6, 8])) await writeFile(at("gap", name), bytes);
    const refused = await run("inspect", "gap");
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toMatch(/missing slices.*--gaps interpolate/);
    expect((await run("inspect", "gap", "--gaps", "interpolate")).exitCode).toBe(0);
  });
});

describe("prepare", () => {
  test("crops to the cube of the labels, or of an approximate mask and says so", async () => {
    const labelled = [
      "prepare",
      "case/ct.nii.gz",
      "--mask",
      "case/labels.nii.gz",
      "--labels",
      "lumbar",
      "--size",
      "32",
    ];
    expect(await run(...labelled, "--out", "cube")).toMatchObject({ exitCode: 0, stderr: "" });
    const { volume } = await readNifti({
      name: "v.nii.gz",
      bytes: await readFile(at("cube", "volume.nii.gz")),
    });
    expect(volume.size).toEqual([32, 32, 32]);
    expect(volume.quantity).toBe("hu");
    expect(JSON.parse(await text("cube/prepare.json"))).toMatchObject({ mask: "labels", labels: "lumbar" });
    const approximate = await run("prepare", "case/ct.nii.gz", "--size", "32", "--out", "rough");
    expect(approximate.exitCode).toBe(0);
    expect(approximate.stderr).toMatch(/approximation/);
    expect((await run(...labelled, "--out", "cube")).exitCode).toBe(2);
    const { levelsInMask } = JSON.parse(await text("cube/prepare.json")) as { levelsInMask: string[] };
    expect(levelsInMask).toEqual(["L5", "L4", "L3", "L2", "L1"]);
    const unmasked = await run("prepare", "case/ct.nii.gz", "--labels", "lumbar", "--out", "no");
    expect([unmasked.exitCode, unmasked.stderr]).toEqual([
      2,
      expect.stringMatching(/--labels; got no --mask/),
    ]);
  });

  test("knows VerSe's numbers from TotalSegmentator's, and says what is not in the map", async () => {
    const { volume } = await readNifti(
      { name: "labels.nii.gz", bytes: await readFile(at("case", "labels.nii.gz")) },
      { quantity: "label" },
    );
    // TotalSegmentator's 28 (L4) to 31 (L1) become VerSe's 23 to 20; L5 is taken away.
    const data = volume.data.map((label: number) => (label >= 28 && label <= 31 ? 51 - label : 0));
    await writeFile(at("verse.nii.gz"), writeNifti({ ...volume, data }, { type: "uint8" }));
    for (const labels of ["lumbar", "20-24"]) {
      const made = await run(
        ...["prepare", "case/ct.nii.gz", "--mask", "verse.nii.gz", "--labels", labels],
        ...["--size", "16", "--out", `verse-${labels}`],
      );
      expect([made.exitCode, made.stderr]).toEqual([
        0,
        expect.stringMatching(/Not in the label map: 24 \(L5\)/),
      ]);
      expect(made.stdout).toMatch(/from the label map: L1, L2, L3, L4/);
    }
  }, 240_000);
});

describe("landmarks", () => {
  let points: { label: string; positionMm: Vec3 }[] = [];
  let truth: readonly number[] = [];

  beforeAll(async () => {
    const document = JSON.parse(await text("case/truth.json")) as {
      cameraFromWorld: number[][];
      centreMm: Vec3;
    };
    truth = fromRows(document.cameraFromWorld);
    const [x, y, z] = document.centreMm;
    points = targetOffsets.map(([dx, dy, dz], i) => ({
      label: `P${i}`,
      positionMm: [x + dx, y + dy, z + dz] as const,
    }));
    await writeFile(at("ct.mrk.json"), writeMarkups(points));
    const { camera } = parseGeometry(await text("case/geometry.json"));
    const seen = points.map(({ label, positionMm }) => ({
      label,
      pixel: projectPoint(camera, truth, positionMm),
    }));
    await writeFile(at("xray.json"), writeImageLandmarks(seen));
  });

  const words = ["register", "case/ct.nii.gz", "case/xray.png", "--geometry", "case/geometry.json"];

  test("give a start whose residuals are reported", async () => {
    const { exitCode, stderr } = await run(
      ...words,
      "--init",
      "landmarks",
      "ct.mrk.json",
      "xray.json",
      "--out",
      "result",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Start from 7 landmarks, rms 0\.00 px/);
    expect(stderr).toMatch(/P3: 0\.0 px/);
    const result = parseResult(await text("result/result.json"));
    expect(result.initial.source).toBe("landmarks");
    result.initial.cameraFromWorld.flat().forEach((value, i) => expect(value).toBeCloseTo(truth[i]!, 3));
  }, 120_000);

  test("have to be two files, and are asked for by name", async () => {
    const one = await run(...words, "--init", "landmarks", "ct.mrk.json", "--out", "no");
    expect([one.exitCode, one.stderr]).toEqual([2, expect.stringMatching(/1 file\(s\); expected two/)]);
    const extra = await run(...words, "ct.mrk.json", "--out", "no");
    expect([extra.exitCode, extra.stderr]).toEqual([2, expect.stringMatching(/only with --init landmarks/)]);
  });

  test("are exported with a pose, as an ITK transform, moved and projected", async () => {
    const pose = ["convert", "case/truth.json", "--geometry", "case/geometry.json", "--ct", "case/ct.nii.gz"];
    expect((await run(...pose, "--out", "pose.tfm")).exitCode).toBe(0);
    readTransformFile(await text("pose.tfm")).fixedFromMoving.forEach((value, i) =>
      expect(Math.abs(value - truth[i]!)).toBeLessThan(1e-9),
    );
    expect((await run(...pose, "--landmarks", "ct.mrk.json", "--out", "projected.csv")).exitCode).toBe(0);
    expect(readLandmarksCsv(await text("projected.csv"))).toEqual(points);
    expect((await run(...pose, "--landmarks", "ct.mrk.json", "--out", "moved.mrk.json")).exitCode).toBe(0);
    expect(
      readMarkups(await text("moved.mrk.json")).landmarks.every(({ positionMm }) => positionMm[2] > 100),
    ).toBe(true);
  });

  test("every convention printed for a pose gives the pose back", async () => {
    const first = await run(
      "convert",
      "case/truth.json",
      "--geometry",
      "case/geometry.json",
      "--ct",
      "case/ct.nii.gz",
    );
    const document = JSON.parse(first.stdout) as Record<string, unknown>;
    for (const key of ["plastimatch", "diffDrr", "pose", "projection", "carmAngles"]) {
      const { isocentreMm, sourceToIsocentreMm, image, sourceToDetectorMm } = document;
      const part = {
        [key]: document[key],
        isocentreMm,
        sourceToIsocentreMm,
        ...(image as object),
        sourceToDetectorMm,
      };
      await writeFile(at("part.json"), JSON.stringify(part));
      const again = await run(
        "convert",
        "part.json",
        "--geometry",
        "case/geometry.json",
        "--ct",
        "case/ct.nii.gz",
      );
      expect(again.stderr).toBe("");
      const { cameraFromWorld } = JSON.parse(again.stdout) as { cameraFromWorld: number[][] };
      cameraFromWorld.flat().forEach((value, i) => expect(Math.abs(value - truth[i]!)).toBeLessThan(1e-8));
    }
  });
});

test.skipIf(!hasSharedData)("a DICOM series and the NIfTI made of it give the same DRR", async () => {
  const files = listShared("ct_dicom_cptac").map((name) => loadShared(`ct_dicom_cptac/${name}`));
  const { volume } = await readDicomVolume(files);
  const { volume: copy } = await readNifti(
    { name: "ct.nii.gz", bytes: writeNifti(volume) },
    { quantity: "hu" },
  );
  const { camera } = presetGeometry("perlove-plx118f");
  const small = {
    ...camera,
    width: 64,
    height: 64,
    pixelSpacingMm: [6, 6],
    principalPointPx: [31.5, 31.5],
  } as const;
  const frame = { view: "AP", centreMm: volumeCentreMm(volume), sourceToIsocentreMm: 700 } as const;
  const projector = createReferenceProjector();
  const [fromDicom, fromNifti] = [volume, copy].map((ct) =>
    projector.drr(projector.load(attenuationFromHu(ct)), small, cameraFromPose(zeroPose, frame)),
  );
  expect(Math.max(...fromDicom!)).toBeGreaterThan(3);
  fromDicom!.forEach((value, i) => expect(Math.abs(value - fromNifti![i]!)).toBeLessThan(1e-4));
});
