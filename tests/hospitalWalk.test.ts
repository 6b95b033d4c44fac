import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Camera, detectorCentre, projectPoint } from "../src/geometry/camera.ts";
import { cameraFromCarmAngles } from "../src/geometry/carmAngles.ts";
import { type Mat4, fromRows, transformPoint } from "../src/geometry/mat4.ts";
import { type Vec3, distance } from "../src/geometry/vec3.ts";
import { type Volume, volumeCentreMm, voxelSpacingMm } from "../src/image/volume.ts";
import { type WrittenSet, writeDicom } from "../src/io/dicom/dicomWriter.testkit.ts";
import { patient, pixelModule } from "../src/io/dicom/series.testkit.ts";
import { readImageLandmarksCsv } from "../src/io/landmarksCsv.ts";
import { writeMarkups } from "../src/io/markups.ts";
import { writeNifti } from "../src/io/nifti/writeNifti.ts";
import { parseResult } from "../src/io/resultFile.ts";
import { readTransformFile } from "../src/io/transformFile.ts";
import { createSpinePhantom } from "../src/phantoms/spinePhantom.ts";
import { simulateXray } from "../src/phantoms/xraySimulator.ts";
import { sopi } from "./cliProcess.ts";
import { codeBlocks } from "./readmeBlocks.ts";
import { root } from "./sourceFiles.ts";
import { targetOffsets } from "./targetOffsets.ts";

/*
 * docs/hospital-files.md, walked from top to bottom: a CT as DICOM slices, a C-arm frame as DICOM that is stored as seen from the detector, and
 * the truth known.
 */

const page = "docs/hospital-files.md";
const size = 128;
const angles = { primaryDeg: 12, secondaryDeg: -6 };
const camera: Camera = {
  ...{ width: size, height: size, sourceToDetectorMm: 1100, pixelSpacingMm: [1.6, 1.6] },
  principalPointPx: detectorCentre(size, size),
};
const mirrored = ([u, v]: readonly [number, number]): [number, number] => [size - 1 - u, v];

let folder = "";
let truth: Mat4 = [];
let targets: Vec3[] = [];
const at = (...names: string[]): string => join(folder, ...names);
const text = (...names: string[]): Promise<string> => readFile(at(...names), "utf8");

/** 16-bit values as the writer takes them. */
const words = (values: ArrayLike<number>): number[] =>
  Array.from(values, (value) => (value > 32767 ? value - 65536 : value));

/** One axial slice of a volume whose axes run to left, posterior and superior. */
function sliceSet(
  { data, size: [nx, ny], worldFromVoxel: m }: Volume,
  k: number,
  spacingMm: number,
): WrittenSet {
  return {
    "0008,0060": ["CS", "CT"],
    "0010,0010": ["PN", patient.name],
    "0018,0050": ["DS", [spacingMm]],
    "0020,000E": ["UI", patient.uid],
    "0020,0032": ["DS", [m[3]!, m[7]!, m[11]! + k * spacingMm]],
    "0020,0037": ["DS", [1, 0, 0, 0, 1, 0]],
    ...pixelModule(nx, ny),
    "0028,0030": ["DS", [spacingMm, spacingMm]],
    "0028,1052": ["DS", [-1024]],
    "0028,1053": ["DS", [1]],
    "7FE0,0010": [
      "OW",
      Array.from(data.subarray(k * nx * ny, (k + 1) * nx * ny), (hu) => Math.round(hu) + 1024),
    ],
  };
}

/** The frame as C-arms store it: seen from the detector. */
function frameSet(counts: ArrayLike<number>): WrittenSet {
  const stored = Array.from({ length: size * size }, (_, p) => {
    const [u, v] = mirrored([p % size, Math.floor(p / size)]);
    return Math.round(counts[u + size * v]!);
  });
  return {
    "0008,0060": ["CS", "XA"],
    "0010,0010": ["PN", patient.name],
    ...pixelModule(size, size),
    "0028,0103": ["US", [0]],
    "0028,1040": ["CS", "LIN"],
    "0028,1041": ["SS", [1]],
    "7FE0,0010": ["OW", words(stored)],
  };
}

const geometryTags: WrittenSet = {
  "0018,1110": ["DS", [1100]],
  "0018,1111": ["DS", [760]],
  "0018,1164": ["DS", [1.6, 1.6]],
  "0018,1510": ["DS", [angles.primaryDeg]],
  "0018,1511": ["DS", [angles.secondaryDeg]],
  "0020,0020": ["CS", "L\\F"],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-walk-"));
  const spacingMm = 4;
  const { ct, labels } = createSpinePhantom({ seed: 3, spacingMm });
  voxelSpacingMm(ct).forEach((mm) => expect(mm).toBeCloseTo(spacingMm, 9));
  await mkdir(at("ct"));
  for (let k = 0; k < ct.size[2]; k++)
    await writeFile(at("ct", `${k}`), writeDicom(sliceSet(ct, k, spacingMm)));
  await writeFile(at("vertebrae.nii.gz"), writeNifti(labels));

  const [x, y, z] = volumeCentreMm(ct);
  const stand = { isocentreMm: [x + 12, y + 25, z - 10], sourceToIsocentreMm: 760 } as const;
  truth = cameraFromCarmAngles({ ...angles, rollDeg: 1.5 }, stand);
  const { radiograph } = simulateXray({ ct, labels, camera, cameraFromWorld: truth, seed: 3 });
  await writeFile(at("carm.dcm"), writeDicom({ ...frameSet(radiograph.data), ...geometryTags }));
  await writeFile(at("bare.dcm"), writeDicom(frameSet(radiograph.data)));

  targets = targetOffsets.map(([dx, dy, dz]) => [x + dx, y + dy, z + dz]);
  const named = targets.map((positionMm, i) => ({ label: `P${i}`, positionMm }));
  await writeFile(at("ct.mrk.json"), writeMarkups(named));
  // Clicked in Slicer: millimetres on the stored picture.
  const clicked = named.map(({ label, positionMm }) => {
    const [u, v] = mirrored(projectPoint(camera, truth, positionMm));
    return { label, positionMm: [1.6 * u, 1.6 * v, 0] as const };
  });
  await writeFile(at("carm.mrk.json"), writeMarkups(clicked));
  const detector = { width: size, height: size, pixelSpacingMm: [1.6, 1.6] };
  const geometry = { sourceToDetectorMm: 1100, sourceToIsocentreMm: 760, view: "PA", detector };
  await writeFile(at("view-geometry.json"), JSON.stringify(geometry));
  const plastimatch = {
    ...{ normal: [0, -1, 0], viewUp: [0, 0, 1], isocentreMm: [0, 0, 0] },
    ...{ sadMm: 600, sidMm: 1000, sizePx: [192, 160], sizeMm: [288, 240] },
  };
  await writeFile(at("calibration.json"), JSON.stringify({ plastimatch }));
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Mean distance of the targets between the pose found and the true one, mm. */
const mtre = async (name: string): Promise<number> => {
  const result = parseResult(await text(name, "result.json"));
  const found = fromRows(result.cameraFromWorld as number[][]);
  const apart = targets.map((point) => distance(transformPoint(found, point), transformPoint(truth, point)));
  return apart.reduce((sum, mm) => sum + mm, 0) / apart.length;
};

describe("docs/hospital-files.md", () => {
  const lines = codeBlocks(page)
    .filter(({ language }) => language === "sh")
    .flatMap(({ code }) => code.replace(/\\\n\s*/g, " ").split("\n"));

  test("every command line ends with exit code 0, or 4 where the page says so, in order", async () => {
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) {
      const { exitCode, stderr } = await sopi(line.trim().split(/\s+/).slice(2), { cwd: folder });
      const good = exitCode === 0 || (exitCode === 4 && line.includes("--labels L1-L4"));
      expect({ line, good, stderr: good ? "" : stderr }).toEqual({ line, good: true, stderr: "" });
    }
  }, 600_000);

  test.each(["result", "bare-result", "from-landmarks"])("%s is the true pose", async (name) => {
    expect(await mtre(name)).toBeLessThan(2);
  });

  test("compared by four segmented vertebrae alone, of voxels of 4 mm, it is near", async () => {
    expect(await mtre("spine-only")).toBeLessThan(10);
  });

  test("what is handed on is the pose of the result", async () => {
    const { cameraFromWorld, image } = parseResult(await text("from-landmarks", "result.json"));
    expect(image).toEqual({ width: size, height: size, mirrored: true });
    const pose = fromRows(cameraFromWorld as number[][]);
    const { fixedFromMoving } = readTransformFile(await text("from-landmarks", "pose.tfm"));
    fixedFromMoving.forEach((value, i) => expect(Math.abs(value - pose[i]!)).toBeLessThan(1e-9));
    readImageLandmarksCsv(await text("from-landmarks", "landmarks.csv")).forEach(({ pixel }, i) => {
      const expected = mirrored(projectPoint(camera, pose, targets[i]!));
      pixel.forEach((value, axis) => expect(value).toBeCloseTo(expected[axis]!, 6));
    });
    const own = parseResult(await text("result", "result.json"));
    const again = readTransformFile(await text("again.tfm")).fixedFromMoving;
    own.cameraFromWorld.flat().forEach((value, i) => expect(Math.abs(value - again[i]!)).toBeLessThan(1e-9));
  });

  test("tells nothing about the patient", async () => {
    for (const name of ["result.json", "report.html", "pose.tfm"]) {
      const written = await text("result", name);
      for (const secret of [patient.name, patient.uid]) expect(written).not.toContain(secret);
    }
  });

  test("every file it names exists", async () => {
    const links = [...(await readFile(join(root, page), "utf8")).matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)];
    expect(links.map(([, path]) => path!).filter((path) => !existsSync(join(root, "docs", path)))).toEqual(
      [],
    );
  });
});
