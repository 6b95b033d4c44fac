import { describe, expect, test } from "vitest";
import type { FileBytes } from "../file.ts";
import type { WrittenSet } from "./dicomWriter.testkit.ts";
import { readDicomRadiograph } from "./dicomRadiograph.ts";
import { dicomFile, patient, pixelModule, xraySet } from "./series.testkit.ts";

const xray = (changes: WrittenSet = {}): FileBytes => dicomFile(xraySet(changes));
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);
/** View and orientation of a picture seen from the source, which leaves columns as they are. */
const seenFromSource: WrittenSet = { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "L\\F"] };

describe("what pixels mean", () => {
  test.each([
    ["LIN", 1, "intensity", "dense-is-low", 0],
    ["LIN", -1, "intensity", "dense-is-low", 65535],
    ["LOG", 1, "line-integral", "dense-is-high", 65535],
    ["LOG", -1, "line-integral", "dense-is-high", 0],
    ["DISP", 1, "unknown", "dense-is-low", 0],
    ["DISP", -1, "unknown", "dense-is-high", 0],
  ])("%s with sign %i is %s", async (relationship, sign, kind, polarity, first) => {
    const set: WrittenSet = { "0028,1040": ["CS", relationship], "0028,1041": ["SS", [sign]] };
    const read = await readDicomRadiograph(xray(set));
    expect([read.radiograph.kind, read.polarity]).toEqual([kind, polarity]);
    expect(read.radiograph.data[0]).toBe(first);
    // More attenuation must mean more in a line integral and less in an intensity.
    const rises = read.radiograph.data[11]! > read.radiograph.data[0]!;
    expect(rises).toBe(first === 0);
    expect(read.kindSource).toContain("(0028,1041)");
  });

  test.each([
    ["CR", "MONOCHROME1", "dense-is-low"],
    ["DX", "MONOCHROME2", "dense-is-high"],
    ["XA", "MONOCHROME2", "unknown"],
    ["RF", "MONOCHROME1", "unknown"],
  ])("%s in %s without a relationship: %s", async (modality, photometric, polarity) => {
    const set: WrittenSet = { "0008,0060": ["CS", modality], "0028,0004": ["CS", photometric] };
    const read = await readDicomRadiograph(xray(set));
    expect([read.radiograph.kind, read.polarity]).toEqual(["unknown", polarity]);
    expect(codes(read.warnings)).toContain("kind-unknown");
  });

  test("slope and intercept are applied, lookup tables and windows are not", async () => {
    const set: WrittenSet = {
      "0028,1053": ["DS", [2]],
      "0028,1052": ["DS", [10]],
      "0028,1050": ["DS", [16]],
      "0028,1051": ["DS", [8]],
      "0028,3000": ["SQ", [{ "0028,3002": ["US", [2, 0, 16]] }]],
      "0028,1040": ["CS", "LIN"],
      ...seenFromSource,
    };
    const { radiograph, window, warnings } = await readDicomRadiograph(xray(set));
    expect([...radiograph.data.slice(0, 3)]).toEqual([10, 12, 14]);
    expect(window).toEqual({ center: 16, width: 8 });
    expect(codes(warnings)).toEqual(["modality-lut-not-applied"]);
  });

  test("a window turns round with its pixels", async () => {
    const set: WrittenSet = {
      "0028,1040": ["CS", "LOG"],
      "0028,1050": ["DS", [100]],
      "0028,1051": ["DS", [8]],
    };
    expect((await readDicomRadiograph(xray(set))).window).toEqual({ center: 65435, width: 8 });
  });

  test("colour becomes luminance", async () => {
    const set: WrittenSet = {
      "0008,0060": ["CS", "OT"],
      ...pixelModule(2, 1),
      "0028,0002": ["US", [3]],
      "0028,0004": ["CS", "RGB"],
      "0028,0100": ["US", [8]],
      "0028,0101": ["US", [8]],
      "0028,0102": ["US", [7]],
      "0028,0103": ["US", [0]],
      "7FE0,0010": ["OW", Uint8Array.of(100, 0, 0, 50, 50, 50)],
    };
    const { radiograph, warnings } = await readDicomRadiograph(dicomFile(set));
    expect(radiograph.data[0]).toBeCloseTo(29.9, 4);
    expect(radiograph.data[1]).toBeCloseTo(50, 4);
    expect(codes(warnings)).toContain("colour-to-grey");
  });
});

describe("frames", () => {
  const movie = xray({
    "0028,0008": ["IS", [3]],
    "7FE0,0010": ["OW", Array.from({ length: 36 }, (_, i) => i)],
  });

  test("the first is taken with a warning, or the representative one", async () => {
    const first = await readDicomRadiograph(movie);
    expect(first.radiograph.data[0]).toBe(0);
    expect(first.frames).toEqual({ count: 3, first: 1, last: 1 });
    expect(codes(first.warnings)).toContain("multi-frame");
    const set: WrittenSet = {
      "0028,0008": ["IS", [3]],
      "0028,6010": ["US", [3]],
      "7FE0,0010": ["OW", Array.from({ length: 36 }, (_, i) => i)],
    };
    expect((await readDicomRadiograph(xray(set))).radiograph.data[0]).toBe(24);
  });

  test("one or the mean of a range can be asked for", async () => {
    const second = await readDicomRadiograph(movie, { frame: 2 });
    expect(second.radiograph.data[0]).toBe(12);
    expect(codes(second.warnings)).not.toContain("multi-frame");
    const mean = await readDicomRadiograph(movie, { frame: { first: 2, last: 3 } });
    expect(mean.radiograph.data[0]).toBe(18);
    for (const frame of [0, 4, 1.5, { first: 3, last: 2 }]) {
      await expect(readDicomRadiograph(movie, { frame })).rejects.toThrow(/expected 1 to 3/);
    }
  });

  test("a moving C-arm has the angles of the chosen frame", async () => {
    const set: WrittenSet = {
      "0018,1500": ["CS", "DYNAMIC"],
      "0018,1510": ["DS", [10]],
      "0018,1520": ["DS", [0, 2, 4]],
      "0018,1511": ["DS", [-5]],
      "0028,0008": ["IS", [3]],
      "7FE0,0010": ["OW", Array.from({ length: 36 }, (_, i) => i)],
    };
    const { geometry } = await readDicomRadiograph(xray(set), { frame: 3 });
    expect(geometry.primaryAngleDeg?.value).toBe(14);
    expect(geometry.primaryAngleDeg?.source).toMatch(/\(0018,1510\) \+ .*\(0018,1520\)/);
    expect(geometry.secondaryAngleDeg?.value).toBe(-5);
  });
});

describe("the exposed area", () => {
  test.each<[string, WrittenSet, number[]]>([
    [
      "rectangular collimator",
      {
        "0018,1700": ["CS", "RECTANGULAR"],
        "0018,1702": ["IS", [2]],
        "0018,1704": ["IS", [3]],
        "0018,1706": ["IS", [0]],
        "0018,1708": ["IS", [2]],
      },
      [0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0],
    ],
    [
      "circular shutter",
      { "0018,1600": ["CS", "CIRCULAR"], "0018,1610": ["IS", [2, 2]], "0018,1612": ["IS", [1]] },
      [0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0],
    ],
    [
      "polygonal shutter",
      { "0018,1600": ["CS", "POLYGONAL"], "0018,1620": ["IS", [0, 0, 0, 9, 9, 0]] },
      [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ],
    [
      "both a collimator and a shutter",
      {
        "0018,1700": ["CS", "RECTANGULAR"],
        "0018,1702": ["IS", [2]],
        "0018,1704": ["IS", [9]],
        "0018,1706": ["IS", [0]],
        "0018,1708": ["IS", [9]],
        "0018,1600": ["CS", "POLYGONAL"],
        "0018,1620": ["IS", [0, 0, 0, 5, 5, 0]],
      },
      [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ],
  ])("%s", async (_, set, expected) => {
    const { exposed } = await readDicomRadiograph(xray(set));
    expect(exposed ? [...exposed] : new Array(12).fill(1)).toEqual(expected);
  });

  test("a border burned into the pixels is found, the same value inside is kept", async () => {
    const width = 40;
    const inside = (x: number, y: number): boolean => (x - 20) ** 2 + (y - 20) ** 2 < 300;
    const hole = (x: number, y: number): boolean => x > 18 && x < 22 && y > 18 && y < 22;
    const pixels = Array.from({ length: width * width }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return inside(x, y) && !hole(x, y) ? 100 + x : 0;
    });
    const set = { ...xraySet(), ...pixelModule(width, width), "7FE0,0010": ["OW", pixels] as const };
    const { exposed, warnings, radiograph } = await readDicomRadiograph(dicomFile(set), {
      hideUnexposed: true,
    });
    for (let i = 0; i < pixels.length; i++) {
      const shown = inside(i % width, Math.floor(i / width)) ? 1 : 0;
      expect(exposed![i]).toBe(shown);
      expect(Number.isNaN(radiograph.data[i])).toBe(shown === 0);
    }
    expect(warnings.find(({ code }) => code === "not-exposed")?.message).toMatch(
      /constant border in the pixels/,
    );
  });
});

describe("pictures seen from the detector", () => {
  const angles = (primary: number): WrittenSet => ({
    "0018,1510": ["DS", [primary]],
    "0018,1511": ["DS", [0]],
  });

  test.each<[string, WrittenSet, boolean | undefined]>([
    ["AP, left of the patient to the right", seenFromSource, false],
    [
      "PA, left of the patient to the right",
      { "0018,5101": ["CS", "PA"], "0020,0020": ["CS", "L\\F"] },
      true,
    ],
    [
      "AP, right of the patient to the right",
      { "0018,5101": ["CS", "AP"], "0020,0020": ["CS", "R\\F"] },
      true,
    ],
    ["detector in front (0 degrees), usual display", { ...angles(0), "0020,0020": ["CS", "L\\F"] }, true],
    ["detector behind (180 degrees)", { ...angles(180), "0020,0020": ["CS", "L\\F"] }, false],
    [
      "detector at the left (90 degrees), anterior left",
      { ...angles(90), "0020,0020": ["CS", "P\\F"] },
      true,
    ],
    ["no orientation", angles(0), undefined],
    ["no view", { "0020,0020": ["CS", "L\\F"] }, undefined],
    ["columns along the beam", { ...angles(90), "0020,0020": ["CS", "L\\F"] }, undefined],
  ])("%s", async (_, set, expected) => {
    const read = await readDicomRadiograph(xray(set));
    expect(read.geometry.handedness.mirrored).toBe(expected);
    expect(read.mirrored).toBe(expected === true);
    expect([...read.radiograph.data.slice(0, 4)]).toEqual(expected ? [3, 2, 1, 0] : [0, 1, 2, 3]);
    const warned = codes(read.warnings).filter(
      (code) => code === "mirrored" || code === "handedness-unknown",
    );
    expect(warned).toEqual(expected === undefined ? ["handedness-unknown"] : expected ? ["mirrored"] : []);
  });

  test("can be left alone or turned round regardless", async () => {
    const set: WrittenSet = { "0018,5101": ["CS", "PA"], "0020,0020": ["CS", "L\\F"] };
    const never = await readDicomRadiograph(xray(set), { mirror: "never" });
    expect([never.mirrored, never.radiograph.data[0]]).toEqual([false, 0]);
    const always = await readDicomRadiograph(xray(seenFromSource), { mirror: "always" });
    expect([always.mirrored, always.radiograph.data[0]]).toEqual([true, 3]);
  });
});

describe("what is no X-ray", () => {
  test.each<[string, FileBytes, RegExp]>([
    ["a CT slice", xray({ "0008,0060": ["CS", "CT"] }), /Modality.*a CT slice/],
    ["ultrasound", xray({ "0008,0060": ["CS", "US"] }), /US, which is no X-ray projection/],
    ["a file without an image", dicomFile({ "0008,0060": ["CS", "XA"] }), /PixelData.*none/],
    ["a palette picture", xray({ "0028,0004": ["CS", "PALETTE COLOR"] }), /PhotometricInterpretation/],
  ])("%s is a named error", async (_, file, message) => {
    await expect(readDicomRadiograph(file)).rejects.toThrow(message);
  });

  test("names stay out of results and errors unless asked for", async () => {
    const read = await readDicomRadiograph(xray());
    expect(JSON.stringify({ ...read, radiograph: undefined })).not.toContain(patient.name);
    expect((await readDicomRadiograph(xray(), { showPhi: true })).identity?.patientName).toBe(patient.name);
  });
});
