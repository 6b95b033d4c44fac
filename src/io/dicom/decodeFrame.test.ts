import { describe, expect, test } from "vitest";
import { createCodecs } from "./codecs.ts";
import { type DecodedFrame, decodeFrame } from "./decodeFrame.ts";
import { locateFrames } from "./frames.ts";
import { parseHeader } from "./header.ts";
import { readPixelFormat } from "./pixelFormat.ts";
import { hasSharedData, loadShared } from "../sharedData.testkit.ts";

async function decodeShared(path: string): Promise<DecodedFrame> {
  const header = parseHeader(loadShared(path));
  const format = readPixelFormat(header);
  return decodeFrame(header, format, locateFrames(header, format), 0, createCodecs());
}

describe.skipIf(!hasSharedData)("the NEMA transfer syntax set", () => {
  test.each(["CT1", "XA1"])("%s decodes to the same pixels through every codec", async (image) => {
    const plain = await decodeShared(`dicom_ts/${image}_UNC`);
    for (const codec of ["RLE", "JPLL", "JLSL", "J2KR"]) {
      const decoded = await decodeShared(`dicom_ts/${image}_${codec}`);
      expect(decoded.complete, codec).toBe(true);
      expect(Buffer.from(decoded.samples.buffer).equals(Buffer.from(plain.samples.buffer)), codec).toBe(true);
    }
  });
});
