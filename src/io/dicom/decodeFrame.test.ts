import { describe, expect, test } from "vitest";
import { hasSharedData, loadShared } from "../sharedData.testkit.ts";
import { createCodecs } from "./codecs.ts";
import { type DecodedFrame, decodeFrame } from "./decodeFrame.ts";
import { type WriteOptions, type WrittenSet, concat } from "./dicomWriter.testkit.ts";
import { locateFrames } from "./frames.ts";
import { parseHeader } from "./header.ts";
import { readPixelFormat } from "./pixelFormat.ts";
import { dicomFile, pixelModule } from "./series.testkit.ts";
import { rampHeight, rampWidth, ramps, streams } from "./streams.testkit.ts";

const codecs = createCodecs();

async function decode(file: { name: string; bytes: Uint8Array }, frame = 0): Promise<DecodedFrame> {
  const header = parseHeader(file);
  const format = readPixelFormat(header);
  return decodeFrame(header, format, locateFrames(header, format), frame, codecs);
}

function layout(bitsAllocated: number, bitsStored: number, highBit: number, signed: boolean): WrittenSet {
  return {
    "0028,0100": ["US", [bitsAllocated]],
    "0028,0101": ["US", [bitsStored]],
    "0028,0102": ["US", [highBit]],
    "0028,0103": ["US", [signed ? 1 : 0]],
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function pictureOf(set: WrittenSet, options?: WriteOptions): { name: string; bytes: Uint8Array } {
  return dicomFile({ ...pixelModule(rampWidth, rampHeight), ...set }, options);
}

const syntaxRoot = "1.2.840.10008.1.2";

describe("compressed pictures", () => {
  const cases = [
    ["JPEG baseline", ".4.50", "jpegBaseline8", "bits8", 8, 3],
    ["JPEG extended, 12 bits", ".4.51", "jpegExtended12", "bits12", 12, 8],
    ["JPEG lossless, 12 bits", ".4.57", "jpegLossless12", "bits12", 12, 0],
    ["JPEG lossless, 16 bits", ".4.70", "jpegLossless16", "bits16", 16, 0],
    ["JPEG-LS, 8 bits", ".4.80", "jpegLs8", "bits8", 8, 0],
    ["JPEG-LS, 12 bits", ".4.80", "jpegLs12", "bits12", 12, 0],
    ["JPEG 2000", ".4.90", "jpeg2000", "bits12", 12, 0],
  ] as const;

  test.each(cases)("%s", async (_, syntax, stream, ramp, bits, tolerance) => {
    const set = layout(bits > 8 ? 16 : 8, bits, bits - 1, false);
    const options = { syntax: syntaxRoot + syntax, fragments: [streams[stream]] };
    const { samples, complete } = await decode(pictureOf(set, options));
    expect(complete).toBe(true);
    const errors = Array.from(samples, (value, i) =>
      Math.abs(value - ramps[ramp](i % rampWidth, Math.floor(i / rampWidth))),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
  });

  test("colours of JPEG come out interleaved", async () => {
    const set: WrittenSet = {
      ...layout(8, 8, 7, false),
      "0028,0002": ["US", [3]],
      "0028,0004": ["CS", "YBR_FULL_422"],
    };
    const options = { syntax: `${syntaxRoot}.4.50`, fragments: [streams.jpegBaselineRgb] };
    const { samples } = await decode(pictureOf(set, options));
    expect(samples.length).toBe(3 * rampWidth * rampHeight);
    const middle = 3 * (10 * rampWidth + 12);
    const grey = ramps.bits8(12, 10);
    [grey, 255 - grey, grey / 2].forEach((expected, colour) => {
      expect(Math.abs(samples[middle + colour]! - expected)).toBeLessThan(12);
    });
  });

  test("a picture in several pieces, and two pictures in five pieces", async () => {
    const stream = streams.jpegLossless12;
    const pieces = [stream.slice(0, 100), stream.slice(100, 300), stream.slice(300)];
    const set = layout(16, 12, 11, false);
    const options = { syntax: `${syntaxRoot}.4.70`, fragments: pieces };
    const one = await decode(pictureOf(set, options));
    expect(one.samples[25]).toBe(ramps.bits12(1, 1));
    const two = pictureOf(
      { ...set, "0028,0008": ["IS", [2]] },
      { ...options, fragments: [...pieces, stream.slice(0, 200), stream.slice(200)] },
    );
    expect((await decode(two, 1)).samples).toEqual(one.samples);
  });

  test("without its end mark a picture is reported as incomplete", async () => {
    const cut = streams.jpegLs12.slice(0, -2);
    const options = { syntax: `${syntaxRoot}.4.80`, fragments: [cut] };
    const outcome = await decode(pictureOf(layout(16, 12, 11, false), options)).catch(
      (error: Error) => error.message,
    );
    if (typeof outcome === "string") expect(outcome).toMatch(/PixelData/);
    else expect(outcome.complete).toBe(false);
  });

  test("a stream of another size than the header says is refused before decoding", async () => {
    const set = { ...layout(16, 12, 11, false), "0028,0010": ["US", [4000]] } as const;
    const options = { syntax: `${syntaxRoot}.4.90`, fragments: [streams.jpeg2000] };
    await expect(decode(pictureOf(set, options))).rejects.toThrow(/24 x 20 pixels.*expected 24 x 4000/);
  });

  test.each(["jpegLossless12", "jpegLs12", "jpeg2000", "jpegExtended12", "jpegBaseline8"] as const)(
    "%s with damage ends in a picture or a named error",
    async (name) => {
      const syntax = { jpegLossless12: ".4.70", jpegLs12: ".4.80", jpeg2000: ".4.90" } as Record<
        string,
        string
      >;
      const bits = name === "jpegBaseline8" ? 8 : 12;
      for (let at = 2; at < streams[name].length; at += 29) {
        const damaged = streams[name].slice();
        damaged[at] = damaged[at]! ^ 0x5a;
        const options = { syntax: syntaxRoot + (syntax[name] ?? ".4.51"), fragments: [damaged] };
        const file = pictureOf(layout(bits > 8 ? 16 : 8, bits, bits - 1, false), options);
        const outcome = await decode(file).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome.message).toMatch(/image\.dcm: PixelData/);
        else expect((outcome as DecodedFrame).samples.length).toBe(rampWidth * rampHeight);
      }
    },
  );
});

describe("RLE", () => {
  /** PackBits with literal runs of up to 128 bytes. */
  const packLiterally = (bytes: Uint8Array): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 128) {
      const run = bytes.slice(at, at + 128);
      parts.push(Uint8Array.of(run.length - 1), run);
    }
    return concat(parts);
  };

  const rleFrame = (segments: Uint8Array[]): Uint8Array => {
    const head = new DataView(new ArrayBuffer(64));
    head.setUint32(0, segments.length, true);
    let offset = 64;
    segments.forEach((segment, i) => {
      head.setUint32(4 + 4 * i, offset, true);
      offset += segment.length;
    });
    return concat([new Uint8Array(head.buffer), ...segments]);
  };

  const set = { ...pixelModule(4, 2), ...layout(16, 16, 15, true) };
  const options = { syntax: `${syntaxRoot}.5` };

  test("puts high and low bytes together, runs and literals", async () => {
    // 250 repeats the next byte 7 times, 0 copies one byte, 128 does nothing.
    const high = Uint8Array.of(250, 0xff, 128, 0, 2);
    const low = packLiterally(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    const { samples } = await decode(dicomFile(set, { ...options, fragments: [rleFrame([high, low])] }));
    expect([...samples]).toEqual([-256, -255, -254, -253, -252, -251, -250, 2 * 256 + 7]);
  });

  test.each([
    ["too few segments", [packLiterally(new Uint8Array(8))], /1 RLE segments instead of 2/],
    ["a segment that ends early", [Uint8Array.of(0, 1), packLiterally(new Uint8Array(8))], /ends early/],
  ])("%s is a named error", async (_, segments, message) => {
    const file = dicomFile(set, { ...options, fragments: [rleFrame(segments)] });
    await expect(decode(file)).rejects.toThrow(message);
  });
});

describe("uncompressed pixels", () => {
  const row = (
    bytes: number[],
    more: WrittenSet,
    syntax = `${syntaxRoot}.1`,
  ): { name: string; bytes: Uint8Array } =>
    dicomFile({ ...pixelModule(2, 1), ...more, "7FE0,0010": ["OW", Uint8Array.from(bytes)] }, { syntax });

  test.each([
    ["12 bits signed, junk above them", layout(16, 12, 11, true), [0xff, 0xff, 0x01, 0xf0], [-1, 1]],
    ["12 bits in the upper part of a word", layout(16, 12, 15, false), [0x1f, 0x00, 0xff, 0xff], [1, 4095]],
    ["16 bits signed", layout(16, 16, 15, true), [0x00, 0x80, 0xff, 0x7f], [-32768, 32767]],
    ["16 bits unsigned", layout(16, 16, 15, false), [0x00, 0x80, 0xff, 0xff], [32768, 65535]],
    ["8 bits signed", layout(8, 8, 7, true), [0x80, 0x7f], [-128, 127]],
    ["32 bits unsigned", layout(32, 32, 31, false), [0, 0, 0, 0x80, 1, 0, 0, 0], [2 ** 31, 1]],
    ["32 bits signed", layout(32, 32, 31, true), [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0], [-1, 1]],
  ])("%s", async (_, format, bytes, expected) => {
    const { samples } = await decode(row(bytes, format));
    expect([...samples]).toEqual(expected);
  });

  test("big endian words, and bytes in big endian words", async () => {
    const words = await decode(row([0x01, 0x02, 0xff, 0xfe], layout(16, 16, 15, true), `${syntaxRoot}.2`));
    expect([...words.samples]).toEqual([0x102, -2]);
    const bytes = await decode(row([2, 1], layout(8, 8, 7, false), `${syntaxRoot}.2`));
    expect([...bytes.samples]).toEqual([1, 2]);
  });

  test("colour planes are interleaved", async () => {
    const colour: WrittenSet = {
      ...layout(8, 8, 7, false),
      "0028,0002": ["US", [3]],
      "0028,0004": ["CS", "RGB"],
      "0028,0006": ["US", [1]],
    };
    const { samples } = await decode(row([1, 2, 3, 4, 5, 6], colour));
    expect([...samples]).toEqual([1, 3, 5, 2, 4, 6]);
  });
});

describe.skipIf(!hasSharedData)("the NEMA transfer syntax set", () => {
  test.each(["CT1", "XA1"])("%s decodes to the same pixels through every codec", async (image) => {
    const plain = await decode(loadShared(`dicom_ts/${image}_UNC`));
    for (const codec of ["RLE", "JPLL", "JLSL", "J2KR"]) {
      const decoded = await decode(loadShared(`dicom_ts/${image}_${codec}`));
      expect(decoded.complete, codec).toBe(true);
      expect(Buffer.compare(bytesOf(decoded.samples), bytesOf(plain.samples)), codec).toBe(0);
    }
  });

  test("the sign comes from the header where a JPEG 2000 stream disagrees", async () => {
    const { samples } = await decode(loadShared("dicom_bad/J2K_pixelrep_mismatch.dcm"));
    expect(samples[0]).toBe(-2000);
    expect([...samples.slice(256 * 512 + 250, 256 * 512 + 253)]).toEqual([33, 32, 33]);
  });
});
