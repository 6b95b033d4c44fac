import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { SopiError } from "../errors.ts";
import { createRandom } from "../random.ts";
import { expandZips, isZip, unzipFiles } from "./zipFiles.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function archive(): Uint8Array {
  return zipSync({
    "study/series/a.dcm": text("first ".repeat(100)),
    "study/series/b.dcm": [text("second"), { level: 0 }],
    "study/.DS_Store": text("hidden"),
    "__MACOSX/study/._a.dcm": text("hidden"),
  });
}

describe("zip archives", () => {
  test("give the files of every folder under their base names", () => {
    const files = unzipFiles(archive());
    expect(files.map((file) => file.name)).toEqual(["a.dcm", "b.dcm"]);
    expect(new TextDecoder().decode(files[0]!.bytes)).toBe("first ".repeat(100));
    expect(new TextDecoder().decode(files[1]!.bytes)).toBe("second");
  });

  test("are expanded in place among other files", () => {
    const files = expandZips([
      { name: "c.dcm", bytes: text("third") },
      { name: "x.zip", bytes: archive() },
    ]);
    expect(files.map((file) => file.name)).toEqual(["c.dcm", "a.dcm", "b.dcm"]);
  });

  test("that would unpack to too much are refused before unpacking", () => {
    const bomb = zipSync({ "a.dcm": new Uint8Array(10_000_000) });
    expect(bomb.length).toBeLessThan(20_000);
    expect(() => unzipFiles(bomb, { totalBytes: 1_000_000, entries: 10 })).toThrow(
      /10000000 bytes once unpacked/,
    );
    expect(() => unzipFiles(archive(), { totalBytes: 1e9, entries: 1 })).toThrow(/2 entries/);
  });

  test("that lie about an entry's size are refused", () => {
    const lying = archive();
    const directory = lying.findIndex(
      (_, i) => new DataView(lying.buffer, i).getUint32(0, true) === 0x02014b50,
    );
    new DataView(lying.buffer).setUint32(directory + 24, 0x7fffff00, true);
    expect(() => unzipFiles(lying)).toThrow(/impossible size/);
    new DataView(lying.buffer).setUint32(directory + 24, 599, true);
    expect(() => unzipFiles(lying)).toThrow(/broken archive/);
  });

  test("with any damage end in an error or in files, never in anything else", () => {
    const random = createRandom(7);
    const whole = archive();
    for (let n = 0; n < 2000; n++) {
      const bytes = whole.slice(0, random.next() < 0.3 ? random.integer(whole.length) : whole.length);
      for (let flips = random.integer(4); flips >= 0; flips--)
        bytes[random.integer(bytes.length)] = random.integer(256);
      if (!isZip(bytes)) continue;
      try {
        unzipFiles(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(SopiError);
      }
    }
  });
});
