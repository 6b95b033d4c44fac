import { describe, expect, test } from "vitest";
import { type Camera, projectPoint } from "../geometry/camera.ts";
import { cameraFromPose } from "../geometry/carm.ts";
import { zeroPose } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { type Vec3, add } from "../geometry/vec3.ts";
import { readDicomRadiograph } from "../io/dicom/index.ts";
import type { WrittenSet } from "../io/dicom/dicomWriter.testkit.ts";
import { dicomFile, xraySet } from "../io/dicom/series.testkit.ts";
import { type DicomPose, initialFromDicom } from "./initialFromDicom.ts";

const { camera } = presetGeometry("perlove-plx118f");
const centreMm: Vec3 = [12, -80, 310];
const distances: WrittenSet = { "0018,1110": ["DS", [1000]], "0018,1111": ["DS", [700]] };
const angles = (primary: number, secondary: number): WrittenSet => ({
  "0018,1510": ["DS", [primary]],
  "0018,1511": ["DS", [secondary]],
});

async function startOf(set: WrittenSet): Promise<DicomPose & { mirrored: boolean }> {
  const { geometry, mirrored } = await readDicomRadiograph(dicomFile(xraySet(set)));
  return { ...initialFromDicom(geometry, { centreMm, sourceToDetectorMm: 1011.7, mirrored }), mirrored };
}

/** Which way (in pixels) a step of 10 mm from the centre goes in the picture as it is stored. */
function storedStep(
  start: { cameraFromWorld: DicomPose["cameraFromWorld"]; mirrored: boolean },
  step: Vec3,
): [number, number] {
  const cam: Camera = camera;
  const [u0, v0] = projectPoint(cam, start.cameraFromWorld, centreMm);
  const [u1, v1] = projectPoint(cam, start.cameraFromWorld, add(centreMm, step));
  return [start.mirrored ? u0 - u1 : u1 - u0, v1 - v0];
}

const left: Vec3 = [10, 0, 0];
const anterior: Vec3 = [0, -10, 0];
const head: Vec3 = [0, 0, 10];

describe("a start from DICOM attributes", () => {
  test("detector in front, usual display: the tube is behind, the patient's left on the right of the picture", async () => {
    const start = await startOf({ ...distances, ...angles(0, 0), "0020,0020": ["CS", "L\\F"] });
    expect(start.mirrored).toBe(true);
    const behind = cameraFromPose(zeroPose, { view: "PA", centreMm, sourceToIsocentreMm: 700 });
    start.cameraFromWorld.forEach((value, i) => expect(value).toBeCloseTo(behind[i]!, 9));
    expect(storedStep(start, left)[0]).toBeGreaterThan(1);
    expect(storedStep(start, head)[1]).toBeLessThan(-1);
    expect(start.warnings).toEqual([]);
    expect(start.sources).toEqual([
      "LAO 0.00 CRA 0.00: PositionerPrimaryAngle (0018,1510), PositionerSecondaryAngle (0018,1511)",
      "isocentre: DistanceSourceToPatient (0018,1111)",
    ]);
  });

  test.each<[string, WrittenSet, Vec3, 0 | 1, 1 | -1]>([
    [
      "AP, patient's left on the right",
      { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "L\\F"] },
      left,
      0,
      1,
    ],
    ["AP, shown from behind", { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "R\\F"] }, left, 0, -1],
    ["AP, feet up", { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "R\\H"] }, head, 1, 1],
    ["AP, head to the right", { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "H\\L"] }, head, 0, 1],
    ["left lateral", { "0018,5101": ["CS", "LL"], "0020,0020": ["CS", "A\\F"] }, anterior, 0, 1],
    ["LAO 90", { ...angles(90, 0), "0020,0020": ["CS", "P\\F"] }, anterior, 0, -1],
  ])("%s: the picture shows what its orientation says", async (_, set, step, axis, sign) => {
    const start = await startOf({ ...distances, ...set });
    expect(storedStep(start, step)[axis] * sign).toBeGreaterThan(1);
  });

  test("oblique angles move the source about the patient", async () => {
    const start = await startOf({ ...distances, ...angles(30, -20) });
    expect(start.angles).toEqual({ primaryDeg: 30, secondaryDeg: -20, rollDeg: 0 });
    // The centre lies on the principal ray, 700 mm from the source.
    const m = start.cameraFromWorld;
    const inCamera = [0, 4, 8].map(
      (r) => m[r]! * centreMm[0] + m[r + 1]! * centreMm[1] + m[r + 2]! * centreMm[2] + m[r + 3]!,
    );
    [0, 0, 700].forEach((value, i) => expect(inCamera[i]).toBeCloseTo(value, 9));
    expect(start.warnings.map(({ code }) => code)).toEqual(["roll-assumed"]);
  });

  test("what is assumed is said, what is missing refused", async () => {
    const start = await startOf({ ...angles(0, 0), "0018,7032": ["DS", [90]] });
    expect(start.warnings.map(({ code }) => code)).toEqual(["roll-assumed", "isocentre-assumed"]);
    expect(start.warnings[0]!.message).toMatch(/\(0018,7032\)/);
    await expect(startOf(distances)).rejects.toThrow(/neither PositionerPrimaryAngle.*nor ViewPosition/);
  });
});
