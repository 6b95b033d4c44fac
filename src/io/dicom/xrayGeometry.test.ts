import { describe, expect, test } from "vitest";
import { completeGeometry } from "./completeGeometry.ts";
import type { WrittenSet } from "./dicomWriter.testkit.ts";
import { readDicomRadiograph } from "./dicomRadiograph.ts";
import { dicomFile, xraySet } from "./series.testkit.ts";
import type { XrayGeometry } from "./xrayGeometry.ts";

async function geometryOf(changes: WrittenSet): Promise<{ geometry: XrayGeometry; codes: string[] }> {
  const { geometry, warnings } = await readDicomRadiograph(dicomFile(xraySet(changes)));
  return { geometry, codes: warnings.map(({ code }) => code) };
}

const distances: WrittenSet = { "0018,1110": ["DS", [1000]], "0018,1111": ["DS", [700]] };
const imager: WrittenSet = { "0018,1164": ["DS", [0.3, 0.2]] };
const plane: WrittenSet = { "0028,0030": ["DS", [0.6, 0.4]] };

describe("distances", () => {
  test("come from their own attributes, each named", async () => {
    const { geometry } = await geometryOf(distances);
    expect(geometry.sourceToDetectorMm).toEqual({
      value: 1000,
      source: "DistanceSourceToDetector (0018,1110)",
    });
    expect(geometry.sourceToIsocentreMm).toEqual({
      value: 700,
      source: "DistanceSourceToPatient (0018,1111)",
    });
  });

  test("the isocentre follows from the magnification where its own attribute is absent", async () => {
    const set: WrittenSet = { "0018,1110": ["DS", [1200]], "0018,1114": ["DS", [1.5]] };
    const { geometry } = await geometryOf(set);
    expect(geometry.sourceToIsocentreMm?.value).toBe(800);
    expect(geometry.sourceToIsocentreMm?.source).toMatch(/\(0018,1110\) \/ .*\(0018,1114\)/);
    expect((await geometryOf({ ...distances, "0018,1114": ["DS", [2]] })).codes).toContain(
      "magnification-disagrees",
    );
  });

  test("an enhanced file's isocentre comes before the distance of the patient", async () => {
    const inGroup: WrittenSet = { "0018,1110": ["DS", [1200]], "0018,9402": ["FL", [785.5]] };
    const set: WrittenSet = {
      "0018,1111": ["DS", [700]],
      "5200,9229": ["SQ", [{ "0018,9476": ["SQ", [inGroup]] }]],
    };
    const { geometry } = await geometryOf(set);
    expect(geometry.sourceToIsocentreMm).toEqual({
      value: 785.5,
      source: "DistanceSourceToIsocenter (0018,9402)",
    });
    expect(geometry.sourceToDetectorMm?.value).toBe(1200);
  });

  test.each<[string, WrittenSet, string, number | undefined]>([
    ["zero", { "0018,1110": ["DS", [0]] }, "impossible-value", undefined],
    ["negative", { "0018,1110": ["DS", [-1000]] }, "impossible-value", undefined],
    ["in centimetres", { "0018,1110": ["DS", [100]] }, "implausible-distance", 100],
    [
      "nearer than the patient",
      { "0018,1110": ["DS", [600]], "0018,1111": ["DS", [700]] },
      "impossible-value",
      600,
    ],
  ])("a detector distance %s is pointed out", async (_, set, code, value) => {
    const { geometry, codes } = await geometryOf(set);
    expect(codes).toContain(code);
    expect(geometry.sourceToDetectorMm?.value).toBe(value);
    expect(geometry.sourceToIsocentreMm).toBeUndefined();
  });
});

describe("pixel spacing", () => {
  test.each<[string, WrittenSet, readonly number[] | undefined, RegExp]>([
    ["ImagerPixelSpacing, column pitch first", imager, [0.2, 0.3], /\(0018,1164\)/],
    ["ImagerPixelSpacing before PixelSpacing", { ...imager, ...plane }, [0.2, 0.3], /\(0018,1164\)/],
    ["PixelSpacing of a radiograph", { ...plane, "0008,0060": ["CS", "CR"] }, [0.4, 0.6], /\(0028,0030\)/],
    [
      "PixelSpacing corrected by a stated factor",
      { ...plane, "0028,0A02": ["CS", "GEOMETRY"], "0018,1114": ["DS", [1.5]] },
      [0.4 * 1.5, 0.6 * 1.5],
      /\(0028,0030\) x .*\(0018,1114\)/,
    ],
    ["never PixelSpacing of an angiogram", plane, undefined, /may lie in the patient/],
    [
      "never a fiducial calibration",
      { ...plane, "0008,0060": ["CS", "DX"], "0028,0A02": ["CS", "FIDUCIAL"] },
      undefined,
      /is calibrated \(FIDUCIAL\)/,
    ],
    [
      "never with a magnification",
      { ...plane, "0008,0060": ["CS", "CR"], "0018,1114": ["DS", [1.3]] },
      undefined,
      /may lie in the patient/,
    ],
    [
      "never a localiser's",
      { ...plane, "0008,0060": ["CS", "CT"], "0008,0008": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER"] },
      undefined,
      /may lie in the patient/,
    ],
    ["nothing", {}, undefined, /no ImagerPixelSpacing .* and no PixelSpacing/],
    ["an impossible one", { "0018,1164": ["DS", [0, 0.2]] }, undefined, /no ImagerPixelSpacing/],
  ])("%s", async (_, set, expected, source) => {
    const { geometry } = await geometryOf(set);
    expect(geometry.pixelSpacingMm?.value).toEqual(expected);
    const missing = geometry.missing.find(({ option }) => option === "--pixel-spacing");
    expect(geometry.pixelSpacingMm?.source ?? missing?.reason).toMatch(source);
    expect(missing === undefined).toBe(expected !== undefined);
  });
});

describe("angles and field of view", () => {
  test("are taken with their attributes, impossible ones are not", async () => {
    const { geometry } = await geometryOf({
      "0018,1510": ["DS", [-30.5]],
      "0018,1511": ["DS", [12]],
      "0018,7032": ["DS", [90]],
      "0018,7034": ["CS", "YES"],
    });
    expect(geometry.primaryAngleDeg).toEqual({ value: -30.5, source: "PositionerPrimaryAngle (0018,1510)" });
    expect(geometry.secondaryAngleDeg?.value).toBe(12);
    expect(geometry.fieldOfViewRotationDeg?.value).toBe(90);
    expect(geometry.fieldOfViewFlipped).toEqual({
      value: true,
      source: "FieldOfViewHorizontalFlip (0018,7034)",
    });
    const wild = await geometryOf({ "0018,1510": ["DS", [400]] });
    expect(wild.geometry.primaryAngleDeg).toBeUndefined();
    expect(wild.codes).toContain("impossible-value");
    expect((await geometryOf({ "0018,1530": ["DS", [3]] })).codes).toContain("detector-tilted");
    expect((await geometryOf({ "0018,7030": ["DS", [128, 0]] })).codes).toContain("field-of-view-offset");
    expect((await geometryOf({ "0018,7030": ["DS", [0, 0]] })).codes).not.toContain("field-of-view-offset");
  });

  test("of an enhanced picture stand in its functional groups", async () => {
    const group: WrittenSet = {
      "0018,9405": ["SQ", [{ "0018,1510": ["DS", [20]], "0018,1511": ["DS", [-4]] }]],
      "0018,9476": ["SQ", [{ "0018,1110": ["DS", [1100]], "0018,1111": ["DS", [750]] }]],
    };
    const { geometry } = await geometryOf({
      "5200,9229": ["SQ", [{ "0028,9443": ["SQ", [{ ...imager, "0028,1040": ["CS", "LIN"] }]] }]],
      "5200,9230": ["SQ", [group]],
    });
    expect(geometry.primaryAngleDeg?.value).toBe(20);
    expect(geometry.sourceToDetectorMm?.value).toBe(1100);
    expect(geometry.pixelSpacingMm?.value).toEqual([0.2, 0.3]);
  });
});

describe("completing a geometry", () => {
  test("a full file needs nothing more", async () => {
    const { geometry } = await geometryOf({
      ...distances,
      ...imager,
      "0018,1510": ["DS", [0]],
      "0018,1511": ["DS", [0]],
    });
    expect(geometry.missing).toEqual([]);
    expect(completeGeometry(geometry)).toEqual({
      camera: {
        width: 4,
        height: 3,
        sourceToDetectorMm: 1000,
        pixelSpacingMm: [0.2, 0.3],
        principalPointPx: [1.5, 1],
      },
      sourceToIsocentreMm: 700,
      view: "PA",
    });
  });

  test("what is missing is named with its option, and the user's numbers come first", async () => {
    const { geometry } = await geometryOf({});
    expect(() => completeGeometry(geometry)).toThrow(
      /no source-to-detector distance.*no pixel spacing.*--sdd and --pixel-spacing/,
    );
    expect(() => completeGeometry(geometry, { sourceToDetectorMm: 1000 })).toThrow(/Give --pixel-spacing,/);
    expect(() => completeGeometry(geometry, { sourceToDetectorMm: -1, pixelSpacingMm: [1, 1] })).toThrow(
      /--sdd; got -1/,
    );
    const full = await geometryOf({ ...distances, ...imager });
    const camera = completeGeometry(full.geometry, {
      sourceToDetectorMm: 900,
      pixelSpacingMm: [1, 2],
      view: "LAT",
    });
    expect([camera.camera.sourceToDetectorMm, camera.camera.pixelSpacingMm, camera.view]).toEqual([
      900,
      [1, 2],
      "LAT",
    ]);
  });
});
