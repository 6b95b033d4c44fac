import { describe, expect, test } from "vitest";
import { poseExports, poseExportPaths } from "../src/cli/poseExports.ts";
import { registrationPictures } from "../src/evaluation/pictures/registrationPictures.ts";
import { registrationReport } from "../src/evaluation/report/registrationReport.ts";
import { resultDocument } from "../src/evaluation/resultDocument.ts";
import { projectPoint } from "../src/geometry/camera.ts";
import { type CarmFrame, cameraFromPose, poseFromCamera } from "../src/geometry/carm.ts";
import type { Mat4 } from "../src/geometry/mat4.ts";
import { type PoseDegMm, poseFromDegMm } from "../src/geometry/pose.ts";
import type { Vec3 } from "../src/geometry/vec3.ts";
import { expectClose, oddCamera as camera } from "../src/geometry/views.testkit.ts";
import { formatJson } from "../src/io/jsonDocument.ts";
import type { Landmark } from "../src/io/landmark.ts";
import { readImageLandmarks } from "../src/io/imageLandmarks.ts";
import { readImageLandmarksCsv, readLandmarksCsv } from "../src/io/landmarksCsv.ts";
import { readMarkups } from "../src/io/markups.ts";
import { writePoseCsv } from "../src/io/poseCsv.ts";
import { formatResult } from "../src/io/resultFile.ts";
import { readTransformFile } from "../src/io/transformFile.ts";
import { viewDocument } from "../src/io/viewDocument.ts";
import { parseView } from "../src/io/viewFile.ts";
import { initialFromLandmarks } from "../src/registration/initialFromLandmarks.ts";
import type { RegistrationResult } from "../src/registration/result.ts";
import { targetOffsets } from "./targetOffsets.ts";

const frame: CarmFrame = { view: "LAT", centreMm: [12, -80, 310], sourceToIsocentreMm: 690 };
const geometry = { camera, view: frame.view, sourceToIsocentreMm: 690 };

const poses: readonly PoseDegMm[] = [
  { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 },
  { rxDeg: 5.123456789, ryDeg: -8, rzDeg: 20, txMm: 12, tyMm: -7.7, tzMm: 30 },
  { rxDeg: -170, ryDeg: 60, rzDeg: 3, txMm: -90, tyMm: 1 / 3, tzMm: -2 },
];

const landmarks: readonly Landmark[] = targetOffsets.map(([x, y, z], i) => ({
  label: `L${i}, "left"`,
  positionMm: [12 + x, y - 80, z + 310] as const,
}));

function resultAt(cameraFromWorld: Mat4): RegistrationResult {
  return {
    ...{ method: "opt-gc", status: "converged", cameraFromWorld, camera, frame },
    pose: poseFromCamera(cameraFromWorld, frame),
    initial: { cameraFromWorld, source: "dicom" },
    similarity: { name: "gc", initial: 0.125, final: 0.875 },
    timings: { initialiseMs: 1, refineMs: 2, totalMs: 3 },
    ...{ iterations: 7, evaluations: 321, seed: 42, backend: "reference" },
    xray: {
      ...{ polarity: "bone-dark", kindSource: "evidence", logTransformed: true },
      collimation: { blades: [], deadFraction: 0.25 },
      instrumentFraction: 0.125,
    },
    evidence: { content: "all", medium: 0.75, margin: 0.5 },
    ...{ warnings: [], trace: [] },
  };
}

const hash = "0".repeat(64);
const context = {
  ...{ version: "1", loadMs: 1, volumeSha256: hash, xraySha256: hash },
  xrayMirrored: true,
};

/** The motion between two sets of points, as a program without this library finds it: frames on three of them. */
function motionBetween(from: readonly Vec3[], to: readonly Vec3[]): Mat4 {
  const basis = ([a, b, c]: readonly Vec3[]): number[][] => {
    const minus = (p: Vec3, q: Vec3): number[] => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
    const unit = (p: number[]): number[] => p.map((value) => value / Math.hypot(...p));
    const times = (p: number[], q: number[]): number[] => [
      p[1]! * q[2]! - p[2]! * q[1]!,
      p[2]! * q[0]! - p[0]! * q[2]!,
      p[0]! * q[1]! - p[1]! * q[0]!,
    ];
    const x = unit(minus(b!, a!));
    const z = unit(times(x, minus(c!, a!)));
    return [x, times(z, x), z];
  };
  const [f, t] = [basis(from), basis(to)];
  const rotation = [0, 1, 2].map((r) =>
    [0, 1, 2].map((c) => t.reduce((sum, axis, k) => sum + axis[r]! * f[k]![c]!, 0)),
  );
  const rows = rotation.map((row, r) => [
    ...row,
    to[0]![r]! - row.reduce((sum, m, c) => sum + m * from[0]![c]!, 0),
  ]);
  return [...rows.flat(), 0, 0, 0, 1];
}

/** The 4x4 matrix that the page prints. */
function matrixOnPage(page: string): Mat4 {
  const table = page.slice(page.indexOf("cameraFromWorld (LPS"));
  const cells = [...table.slice(0, table.indexOf("</table>")).matchAll(/<td>([^<]*)<\/td>/g)];
  return cells.map(([, text]) => Number(text));
}

describe.each(poses)("the pose rx $rxDeg ry $ryDeg rz $rzDeg comes back to 1e-9", (pose) => {
  const cameraFromWorld = cameraFromPose(poseFromDegMm(pose), frame);
  const same = (found: Mat4, tolerance = 1e-9): void => {
    expect(found).toHaveLength(16);
    found.forEach((value, i) => expect(Math.abs(value - cameraFromWorld[i]!)).toBeLessThan(tolerance));
  };
  const picture = {
    mirrored: true,
    width: camera.width,
    height: camera.height,
    shownSpacingMm: [0.8, 0.75],
  } as const;
  const files = new Map(
    poseExports("out", { camera, cameraFromWorld }, picture, landmarks).map(({ path, bytes }) => [
      path,
      String(bytes),
    ]),
  );
  const file = (name: string): string => files.get(`out/${name}`)!;

  test("from every file that is announced", () => {
    expect([...files.keys()]).toEqual(poseExportPaths("out", true));
    expect(poseExportPaths("out", false)).toEqual(["out/pose.tfm"]);
  });

  test("from pose.tfm", () => same(readTransformFile(file("pose.tfm")).fixedFromMoving));

  test("from pose.csv, as a view and by the rules of CSV alone", () => {
    const text = writePoseCsv(cameraFromWorld);
    same(parseView(text, { geometry }).cameraFromWorld);
    const [head, row] = text
      .trim()
      .split("\r\n")
      .map((line) => line.split(","));
    expect(Number(row![head!.indexOf("m13")])).toBe(cameraFromWorld[7]);
  });

  test("from the landmarks moved into the camera", () => {
    const { landmarks: moved } = readMarkups(file("landmarks-camera.mrk.json"));
    const pick = (list: readonly Landmark[]): Vec3[] => [0, 3, 5].map((i) => list[i]!.positionMm);
    same(motionBetween(pick(landmarks), pick(moved)));
  });

  test("from the landmarks' projections, in the pixels of the mirrored picture", () => {
    const csv = file("landmarks.csv");
    expect(readLandmarksCsv(csv)).toEqual(landmarks);
    const stored = readImageLandmarksCsv(csv);
    stored.forEach(({ pixel: [u, v] }, i) => {
      const [cu, cv] = projectPoint(camera, cameraFromWorld, landmarks[i]!.positionMm);
      expectClose([camera.width - 1 - u, v], [cu, cv], 9);
    });
    const pairs = landmarks.map((landmark, i) => {
      const [u, v] = stored[i]!.pixel;
      return { ...landmark, pixel: [camera.width - 1 - u, v] as const };
    });
    same(initialFromLandmarks(pairs, camera).cameraFromWorld);
    // 3D Slicer shows the picture at its pitch: the same points in millimetres.
    const { landmarks: shown } = readImageLandmarks(file("landmarks-xray.mrk.json"), "X-ray", [0.8, 0.75]);
    shown.forEach(({ pixel }, i) => expectClose(pixel, stored[i]!.pixel, 9));
  });

  const result = resultAt(cameraFromWorld);

  test("from result.json, which says that the picture was turned round", () => {
    const read = parseView(formatResult(resultDocument(result, context)));
    same(read.cameraFromWorld);
    expect(read.mirrored).toBe(true);
    const plain = { ...context, xrayMirrored: false };
    expect(parseView(formatResult(resultDocument(result, plain))).mirrored).toBe(false);
  });

  test("from the document of all conventions, by each of them", () => {
    const view = { camera, cameraFromWorld, mirrored: true };
    const document = viewDocument(view, frame);
    const whole = parseView(formatJson(document));
    same(whole.cameraFromWorld);
    expect(whole.mirrored).toBe(true);
    const { isocentreMm, sourceToIsocentreMm, image, sourceToDetectorMm, centreMm } = document;
    const around = { isocentreMm, sourceToIsocentreMm, sourceToDetectorMm, ...(image as object) };
    for (const key of ["pose", "carmAngles", "projection", "plastimatch", "diffDrr"]) {
      const part = formatJson({ [key]: document[key], ...around });
      same(parseView(part, { geometry, centreMm: centreMm as Vec3 }).cameraFromWorld);
    }
  });

  test("from report.html", () => {
    const image = { data: new Float32Array(256).map((_, i) => (i * 37) % 23), width: 16, height: 16 };
    const page = registrationReport({
      result,
      pictures: registrationPictures({ xray: image, before: image, after: image }),
      ...{ version: "1", notice: "For research use only." },
    });
    same(matrixOnPage(page));
  });
});
