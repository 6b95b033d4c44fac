import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { transformPoint } from "../../geometry/mat4.ts";
import type { FileBytes } from "../file.ts";
import type { WrittenSet } from "./dicomWriter.testkit.ts";
import { type DicomVolume, listDicomSeries, readDicomVolume } from "./dicomVolume.ts";
import { ctFiles, ctSlice, dicomFile, patient, pixelModule } from "./series.testkit.ts";

const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code).sort();
const other = (changes: WrittenSet): FileBytes => dicomFile(ctSlice(50, changes), {}, "other.dcm");

describe("CT series", () => {
  test("are sorted along the normal whatever the order and instance numbers", async () => {
    const { volume, warnings, format, facts } = await readDicomVolume(ctFiles([4, 0, 6, 2]));
    expect(volume.size).toEqual([4, 3, 4]);
    expect(volume.quantity).toBe("hu");
    expect(volume.data).toBeInstanceOf(Int16Array);
    // Pixel = 100 z + 10 row + column, minus 1024.
    const at = (i: number, j: number, k: number): number => volume.data[i + 4 * (j + 3 * k)]!;
    expect(at(3, 2, 3)).toBe(600 + 23 - 1024);
    expect(at(0, 0, 0)).toBe(-1024);
    // PixelSpacing is row pitch, then column pitch.
    const position = transformPoint(volume.worldFromVoxel, [3, 2, 3]);
    expect(position).toEqual([-10 + 3 * 0.25, 20 + 2 * 0.5, 6]);
    expect(warnings).toEqual([]);
    expect(format).toBe("DICOM series (Explicit VR Little Endian)");
    expect(facts.find(({ name }) => name === "orientation")?.value).toBe("LPS");
  });

  test("that run head to feet come out the same", async () => {
    const down = await readDicomVolume(ctFiles([6, 4, 2, 0]));
    const up = await readDicomVolume(ctFiles([0, 2, 4, 6]));
    expect(down.volume).toEqual(up.volume);
  });

  test("use each slice's own slope and intercept", async () => {
    const files = [
      ...ctFiles([0]),
      dicomFile(ctSlice(2, { "0028,1052": ["DS", [-1000]], "0028,1053": ["DS", [2]] })),
    ];
    const { volume } = await readDicomVolume(files);
    expect([volume.data[1], volume.data[13]]).toEqual([1 - 1024, 2 * 201 - 1000]);
  });

  test("become Float32 where values are fractions or do not fit 16 bits", async () => {
    const fractions = await readDicomVolume([
      ...ctFiles([0]),
      dicomFile(ctSlice(2, { "0028,1053": ["DS", [0.5]] })),
    ]);
    expect(fractions.volume.data).toBeInstanceOf(Float32Array);
    expect([fractions.volume.data[1], fractions.volume.data[13]]).toEqual([1 - 1024, 0.5 * 201 - 1024]);
    const large = await readDicomVolume([
      ...ctFiles([0]),
      dicomFile(ctSlice(2, { "0028,1053": ["DS", [1000]] })),
    ]);
    expect(large.volume.data[13]).toBe(201_000 - 1024);
  });

  test.each([
    ["signed as signed", "SS", -2000, 1],
    ["signed written as unsigned", "US", 63536, 1],
  ])("set padding to air (%s)", async (_, vr, value, representation) => {
    const pixels = [-2000, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -2000];
    const padded: WrittenSet = {
      "0028,0120": [vr, [value]],
      "0028,0103": ["US", [representation]],
      "7FE0,0010": ["OW", pixels],
    };
    const { volume, warnings } = await readDicomVolume(ctFiles([0, 2], padded));
    expect([volume.data[0], volume.data[11], volume.data[1]]).toEqual([-1000, -1000, 5 - 1024]);
    expect(warnings).toEqual([
      { code: "pixel-padding", message: expect.stringMatching(/16\.7 %.*\(0028,0120\)/) },
    ]);
  });

  test("may come as a zip among other things", async () => {
    const entries = Object.fromEntries(ctFiles([0, 2]).map(({ bytes }, i) => [`ct/${i}.dcm`, bytes]));
    const archive = { name: "ct.zip", bytes: zipSync({ ...entries, "ct/readme.txt": new Uint8Array(40) }) };
    const { volume, warnings } = await readDicomVolume([archive]);
    expect(volume.size).toEqual([4, 3, 2]);
    expect(codes(warnings)).toEqual(["not-dicom"]);
  });

  test("report progress and stop when told to", async () => {
    const done: number[] = [];
    await readDicomVolume(ctFiles([0, 2, 4]), { onSlice: (n) => done.push(n) });
    expect(done).toEqual([1, 2, 3]);
    const signal = AbortSignal.abort();
    await expect(readDicomVolume(ctFiles([0, 2]), { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("what is wrong with a series", () => {
  test("other pictures are left out with a warning each", async () => {
    const files = [
      ...ctFiles([0, 2, 4]),
      other({ "0008,0008": ["CS", "ORIGINAL\\PRIMARY\\LOCALIZER"] }),
      other({ "0020,0032": ["DS", ""] }),
      dicomFile({ "0008,0060": ["CS", "SR"] }),
      { name: "notes.txt", bytes: new TextEncoder().encode("some text that is not an image") },
    ];
    const { volume, warnings } = await readDicomVolume(files);
    expect(volume.size[2]).toBe(3);
    expect(codes(warnings)).toEqual(["localiser-dropped", "not-a-slice", "not-an-image", "not-dicom"]);
  });

  test("several series are listed without UIDs, and chosen by number", async () => {
    const second = ctFiles([0, 1], { "0020,000E": ["UI", "1.2.3.99"], "0008,103E": ["LO", "Bone"] });
    const files = [...second, ...ctFiles([0, 2, 4])];
    await expect(readDicomVolume(files)).rejects.toThrow(
      /2 series.*1: "Lumbar spine" CT, 3 slice\(s\) 4x3, z 0 to 4 mm; 2: "Bone" CT, 2 slice\(s\) 4x3, z/,
    );
    expect((await readDicomVolume(files, { series: 2 })).volume.size[2]).toBe(2);
    await expect(readDicomVolume(files, { series: 3 })).rejects.toThrow(/number 3; expected 1 to 2/);
    expect((await listDicomSeries(files)).map(({ number, description }) => [number, description])).toEqual([
      [1, "Lumbar spine"],
      [2, "Bone"],
    ]);
  });

  test.each([
    [
      "sizes",
      [...ctFiles([0, 2]), dicomFile({ ...ctSlice(4), ...pixelModule(3, 4) })],
      /mixed sizes.*1 of 3/,
    ],
    [
      "orientations",
      [...ctFiles([0, 2]), other({ "0020,0037": ["DS", [0, 1, 0, -1, 0, 0]] })],
      /mixed orientations/,
    ],
    ["spacings", [...ctFiles([0, 2]), other({ "0028,0030": ["DS", [0.5, 0.5]] })], /mixed spacings/],
  ])("mixed %s are refused", async (_, files, message) => {
    await expect(readDicomVolume(files)).rejects.toThrow(message);
  });

  test("a slice that is there twice is used once; two pictures of one place are refused", async () => {
    const twice = await readDicomVolume([...ctFiles([0, 2, 4]), ...ctFiles([2])]);
    expect(twice.volume.size[2]).toBe(3);
    expect(codes(twice.warnings)).toEqual(["duplicate-slices"]);
    const phases = [
      ...ctFiles([0, 2]),
      dicomFile(ctSlice(2, { "7FE0,0010": ["OW", new Array(12).fill(3)] })),
    ];
    await expect(readDicomVolume(phases)).rejects.toThrow(/3 pictures at 2 place/);
  });

  test("missing slices are refused, or interpolated where that is allowed", async () => {
    const files = ctFiles([0, 2, 6, 8]);
    await expect(readDicomVolume(files)).rejects.toThrow(
      /missing slices.*1 slice\(s\) missing.*2\.000 to 4\.000/,
    );
    const { volume, warnings } = await readDicomVolume(files, { gaps: "interpolate" });
    expect(volume.size[2]).toBe(5);
    expect(codes(warnings)).toEqual(["missing-slices"]);
    // Pixels are linear in z, so what was interpolated is what would have been there.
    expect(volume.data).toEqual((await readDicomVolume(ctFiles([0, 2, 4, 6, 8]))).volume.data);
  });

  test("uneven spacing: tolerated with a warning, refused, or resampled", async () => {
    const slightly = await readDicomVolume(ctFiles([0, 2, 4.1, 6]));
    expect(codes(slightly.warnings)).toEqual(["uneven-spacing"]);
    expect((await readDicomVolume(ctFiles([0, 2.0001, 4, 6]))).warnings).toEqual([]);
    const uneven = ctFiles([0, 2, 4, 7, 10]);
    await expect(readDicomVolume(uneven)).rejects.toThrow(/uneven spacing.*2\.000 to 3\.000 mm apart/);
    const { volume } = await readDicomVolume(uneven, { gaps: "interpolate" });
    expect(volume.size[2]).toBe(6);
    for (let k = 0; k < 6; k++) {
      const z = transformPoint(volume.worldFromVoxel, [0, 0, k])[2];
      expect(Math.abs(volume.data[12 * k]! - (100 * z - 1024))).toBeLessThanOrEqual(0.5);
    }
  });

  test("gantry tilt keeps every voxel exactly where it was, or is refused", async () => {
    const tilted = [0, 2, 4].map((z) =>
      dicomFile(ctSlice(z, { "0020,0032": ["DS", [-10, 20 + z * 0.25, z]] })),
    );
    const { volume, warnings } = await readDicomVolume(tilted);
    expect(codes(warnings)).toEqual(["gantry-tilt"]);
    expect(warnings[0]!.message).toMatch(/14\.04 degrees/);
    expect(transformPoint(volume.worldFromVoxel, [0, 0, 2])).toEqual([-10, 21, 4]);
    await expect(readDicomVolume(tilted, { tilt: "refuse" })).rejects.toThrow(/gantry tilt/);
    const wandering = [0, 2, 4].map((z) =>
      dicomFile(ctSlice(z, { "0020,0032": ["DS", [z === 2 ? -5 : -10, 20, z]] })),
    );
    await expect(readDicomVolume(wandering)).rejects.toThrow(/5\.00 mm beside the line/);
  });

  test("one slice needs a thickness, and MR is not taken for HU", async () => {
    const one = await readDicomVolume(ctFiles([5]));
    expect(codes(one.warnings)).toEqual(["single-slice"]);
    expect(transformPoint(one.volume.worldFromVoxel, [0, 0, 1])[2]).toBe(7);
    await expect(readDicomVolume(ctFiles([5], { "0018,0050": ["DS", ""] }))).rejects.toThrow(
      /SliceThickness/,
    );
    const mr = await readDicomVolume(ctFiles([0, 2], { "0008,0060": ["CS", "MR"] }));
    expect([mr.volume.quantity, codes(mr.warnings)]).toEqual(["unknown", ["not-ct"]]);
  });

  test.each([
    ["no files", [], /no files/],
    [
      "only an X-ray",
      [dicomFile({ ...ctSlice(0), "0020,0032": ["DS", ""] })],
      /no slices, only: a picture without/,
    ],
    [
      "a skewed orientation",
      ctFiles([0], { "0020,0037": ["DS", [1, 0, 0, 0.5, 1, 0]] }),
      /ImageOrientationPatient/,
    ],
    ["a spacing of zero", ctFiles([0], { "0028,0030": ["DS", [0, 1]] }), /PixelSpacing/],
    [
      "absurd sizes",
      ctFiles([0], { "0028,0010": ["US", [65535]], "0028,0011": ["US", [65535]] }),
      /Rows.*65535 x 65535/,
    ],
    [
      "missing pixels",
      ctFiles([0], { "0028,0010": ["US", [300]] }),
      /PixelData.*24 bytes; expected 2400 bytes/,
    ],
    ["a negative number of frames", ctFiles([0], { "0028,0008": ["IS", [-3]] }), /NumberOfFrames.*-3/],
    ["12 bits in 8", ctFiles([0], { "0028,0100": ["US", [8]] }), /BitsStored.*16; expected 1 to 8/],
  ])("%s is a named error", async (_, files, message) => {
    await expect(readDicomVolume(files)).rejects.toThrow(message);
  });
});

describe("enhanced multi-frame CT", () => {
  const frameGroup = (z: number, slope: number): WrittenSet => ({
    "0020,9113": ["SQ", [{ "0020,0032": ["DS", [-10, 20, z]] }]],
    "0028,9145": ["SQ", [{ "0028,1052": ["DS", [-1024]], "0028,1053": ["DS", [slope]] }]],
  });

  test("gives the volume of the classic series", async () => {
    const heights = [4, 0, 2];
    const shared: WrittenSet = {
      "0020,9116": ["SQ", [{ "0020,0037": ["DS", [1, 0, 0, 0, 1, 0]] }]],
      "0028,9110": ["SQ", [{ "0028,0030": ["DS", [0.5, 0.25]], "0018,0050": ["DS", [2]] }]],
    };
    const pixels = heights.flatMap((z) =>
      Array.from({ length: 12 }, (_, i) => 100 * z + 10 * Math.floor(i / 4) + (i % 4)),
    );
    const file = dicomFile({
      "0008,0018": ["UI", `${patient.uid}.7`],
      "0008,0060": ["CS", "CT"],
      "0020,000E": ["UI", patient.uid],
      "0028,0008": ["IS", [3]],
      ...pixelModule(4, 3),
      "5200,9229": ["SQ", [shared]],
      "5200,9230": ["SQ", heights.map((z) => frameGroup(z, 1))],
      "7FE0,0010": ["OW", pixels],
    });
    const enhanced = await readDicomVolume([file]);
    expect(enhanced.volume).toEqual((await readDicomVolume(ctFiles([0, 2, 4]))).volume);
    expect(enhanced.format).toMatch(/enhanced multi-frame/);
  });
});

describe("privacy", () => {
  const secrets = [patient.name, patient.id, patient.date, patient.uid];

  test("no name, date or UID is in any result or error unless asked for", async () => {
    const outcomes = [
      await readDicomVolume(ctFiles([0, 2])),
      await readDicomVolume([
        ...ctFiles([0, 2]),
        ...ctFiles([0, 1], { "0020,000E": ["UI", "1.2.3.99"] }),
      ]).catch(String),
      await readDicomVolume(ctFiles([0, 2, 9])).catch(String),
      await readDicomVolume([{ name: `CT.${patient.uid}.dcm`, bytes: new Uint8Array(200) }]).catch(String),
      // Warnings end in results: not even the name of the file may be in them.
      await readDicomVolume([
        dicomFile(
          { ...ctSlice(0), "7FE0,0010": ["OW", new Array<number>(40).fill(0)] },
          { meta: false },
          patient.name,
        ),
      ]),
    ];
    expect(codes((outcomes.at(-1) as DicomVolume).warnings)).toEqual([
      "no-meta-header",
      "pixel-data-padded",
      "single-slice",
    ]);
    for (const secret of secrets) expect(JSON.stringify(outcomes)).not.toContain(secret);
    const open = await readDicomVolume(ctFiles([0, 2]), { showPhi: true });
    expect(open.identity).toMatchObject({
      patientName: patient.name,
      patientId: patient.id,
      seriesInstanceUid: patient.uid,
    });
  });
});
