import { describe, expect, test } from "vitest";
import { decodeJpegExtended } from "./jpegExtended.ts";
import { rampHeight, rampWidth, ramps, streams } from "./streams.testkit.ts";

/** A 16 x 8 picture of two blocks, each with DC difference +8, a restart marker between them if asked for. */
function twoBlocks(restart: boolean): Uint8Array {
  const frame = [0xff, 0xc1, 0, 11, 12, 0, 8, 0, 16, 1, 1, 0x11, 0];
  const quantisation = [0xff, 0xdb, 0, 67, 0, ...new Array<number>(64).fill(8)];
  // DC: code 0 = size 0, code 10 = size 4; AC: code 0 = end of block.
  const dc = [0xff, 0xc4, 0, 21, 0x00, 1, 1, ...new Array<number>(14).fill(0), 0, 4];
  const ac = [0xff, 0xc4, 0, 20, 0x10, 1, ...new Array<number>(15).fill(0), 0];
  const interval = restart ? [0xff, 0xdd, 0, 4, 0, 1] : [];
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0];
  // One block is 10 1000 0; padded with ones it fills a byte, two fill 1010 0001 0100 00 and two ones.
  const data = restart ? [0b10100001, 0xff, 0xd0, 0b10100001] : [0b10100001, 0b01000011];
  return Uint8Array.of(
    0xff,
    0xd8,
    ...quantisation,
    ...frame,
    ...dc,
    ...ac,
    ...interval,
    ...scan,
    ...data,
    0xff,
    0xd9,
  );
}

describe("12-bit JPEG", () => {
  test("decodes a picture written by another library to within its quantisation", () => {
    const pixels = decodeJpegExtended(streams.jpegExtended12);
    expect(pixels.length).toBe(rampWidth * rampHeight);
    const worst = pixels.reduce((most, value, i) => {
      const expected = ramps.bits12(i % rampWidth, Math.floor(i / rampWidth));
      return Math.max(most, Math.abs(value - expected));
    }, 0);
    expect(worst).toBeLessThanOrEqual(8);
  });

  test("a restart marker resets the prediction, and only then", () => {
    // DC 8 x quantiser 8 gives 64, an eighth of which is the block's value above the middle.
    const level = 2048 + (8 * 8) / 8;
    const separate = decodeJpegExtended(twoBlocks(true));
    expect([separate[0], separate[8]]).toEqual([level, level]);
    const chained = decodeJpegExtended(twoBlocks(false));
    expect([chained[0], chained[8]]).toEqual([level, level + 8]);
  });

  test("a stream cut anywhere ends in a RangeError or a picture of the right size", () => {
    const whole = streams.jpegExtended12;
    for (let length = 0; length < whole.length; length++) {
      try {
        expect(decodeJpegExtended(whole.slice(0, length)).length).toBe(rampWidth * rampHeight);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});
