import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { SopiError } from "../../errors.ts";
import { type WrittenSet, concat, writeDicom } from "./dicomWriter.testkit.ts";
import { isDicom, parseHeader } from "./header.ts";
import { inflateBounded } from "./inflate.ts";
import { shownFileName } from "./privacy.ts";
import { ctSlice, dicomFile } from "./series.testkit.ts";
import { tags } from "./tags.ts";
import { numberValue, numberValues, sequenceItems, textValue, textValues } from "./values.ts";

const root = "1.2.840.10008.1.2";

describe("DICOM headers", () => {
  test.each([
    ["implicit little endian", root],
    ["explicit little endian", `${root}.1`],
    ["explicit big endian", `${root}.2`],
    ["deflated", `${root}.1.99`],
  ])("%s holds the same attributes", (_, syntax) => {
    const header = parseHeader(dicomFile(ctSlice(7), { syntax }));
    expect(numberValue(header, tags.rows)).toBe(3);
    expect(numberValues(header, tags.imagePosition)).toEqual([-10, 20, 7]);
    expect(textValues(header, tags.imageType)).toEqual(["ORIGINAL", "PRIMARY", "AXIAL"]);
    expect(textValue(header, tags.modality)).toBe("CT");
    expect(header.warnings).toEqual([]);
  });

  test.each([root, `${root}.1`])("without meta information is read by its first element (%s)", (syntax) => {
    const bytes = writeDicom(ctSlice(7), { syntax, meta: false });
    expect(isDicom(bytes)).toBe(true);
    const header = parseHeader({ name: "bare", bytes });
    expect(header.syntax.uid).toBe(syntax);
    expect(header.warnings.map(({ code }) => code)).toEqual(["no-meta-header"]);
    expect(numberValue(header, tags.columns)).toBe(4);
  });

  test("sequences are found, and only their own attributes", () => {
    const set: WrittenSet = { ...ctSlice(1), "0020,9113": ["SQ", [{ "0020,0032": ["DS", [1, 2, 3]] }]] };
    const [item] = sequenceItems(parseHeader(dicomFile(set)), tags.planePosition);
    expect(numberValues(item!, tags.imagePosition)).toEqual([1, 2, 3]);
    expect(numberValues(item!, tags.rows)).toBeUndefined();
  });

  test.each([
    ["text that is no DICOM", new TextEncoder().encode("hello, this is not an image at all"), /no DICM mark/],
    ["nothing", new Uint8Array(0), /no DICM mark/],
    [
      "an unregistered syntax",
      writeDicom(ctSlice(1), { syntax: "1.2.276.0.99.1" }),
      /an unregistered transfer syntax/,
    ],
    [
      "video",
      writeDicom(ctSlice(1), { syntax: `${root}.4.102` }),
      /1\.2\.840\.10008\.1\.2\.4\.102; expected one of/,
    ],
    ["a header cut short", writeDicom(ctSlice(1)).slice(0, 300), /malformed or runs past the end/],
  ])("%s is a named error", (_, bytes, message) => {
    expect(() => parseHeader({ name: "x.dcm", bytes })).toThrow(message);
  });

  test("numbers that are none are errors naming the tag", () => {
    const header = parseHeader(dicomFile(ctSlice(1, { "0028,0030": ["DS", "0.5\\wide"] })));
    expect(() => numberValues(header, tags.pixelSpacing)).toThrow(
      /PixelSpacing \(0028,0030\); got "0\.5\\wide"/,
    );
  });

  test("sequences nested a hundred thousand deep end in an error", () => {
    const level = Uint8Array.of(
      0xfe,
      0xff,
      0x00,
      0xe0,
      0xff,
      0xff,
      0xff,
      0xff,
      8,
      0,
      0x40,
      0x11,
      0x53,
      0x51,
      0,
      0,
      0xff,
      0xff,
      0xff,
      0xff,
    );
    const start = Uint8Array.of(8, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff);
    const deep = concat([start, ...new Array<Uint8Array>(100_000).fill(level)]);
    const bytes = concat([writeDicom({}), deep]);
    expect(() => parseHeader({ name: "deep.dcm", bytes })).toThrow(/nested too deep/);
  });

  test("a deflate bomb is stopped at the limit", () => {
    const bomb = deflateSync(new Uint8Array(10_000_000));
    expect(bomb.length).toBeLessThan(20_000);
    expect(() => inflateBounded(bomb, "bomb.dcm", 1_000_000)).toThrow(/more than 1000000 bytes/);
    expect(() => inflateBounded(Uint8Array.of(0x07, 1, 2), "broken.dcm")).toThrow(SopiError);
  });
});

test("file names lose UIDs and dates but stay recognisable", () => {
  expect(shownFileName("/data/CT.1.3.12.2.1107.5.1.4.60064.3000")).toBe("CT.[uid]");
  expect(shownFileName("scan_20230115_a.dcm")).toBe("scan_[date]_a.dcm");
  expect(shownFileName("IM-0001-0007-0001.dcm")).toBe("IM-0001-0007-0001.dcm");
});
