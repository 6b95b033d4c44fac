import { gunzipSync, gzipSync, zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { crc32 } from "./crc32.ts";
import { bytesOf, joined } from "./images.testkit.ts";
import { inflate } from "./inflate.ts";

const random = createRandom(12);
const noise = Uint8Array.from({ length: 300_000 }, () => random.integer(40));
const options = { name: "x.gz", keepBytes: 1e9 };
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe("crc32", () => {
  it("of the standard check string, whole and in parts", () => {
    expect(crc32(bytesOf("123456789"))).toBe(0xcbf43926);
    expect(crc32(bytesOf("6789"), crc32(bytesOf("12345")))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });
});

describe("inflate", () => {
  it.each([
    ["gzip", gzipSync(noise)],
    ["stored", gzipSync(noise, { level: 0 })],
    ["zlib", zlibSync(noise)],
    ["empty", gzipSync(new Uint8Array())],
  ])("%s unpacks to what was packed", (name, packed) => {
    expect(same(inflate(packed, options), name === "empty" ? new Uint8Array() : noise)).toBe(true);
  });

  it("several members are one stream", () => {
    const packed = joined(gzipSync(noise.subarray(0, 70_000)), gzipSync(noise.subarray(70_000)));
    expect(same(inflate(packed, options), noise)).toBe(true);
  });

  it("keeps only what is asked for, and still finds damage behind it", () => {
    const packed = gzipSync(noise);
    expect(same(inflate(packed, { ...options, keepBytes: 1000 }), noise.subarray(0, 1000))).toBe(true);
    expect(inflate(packed, { ...options, keepBytes: 10, prefixOnly: true })).toEqual(noise.slice(0, 10));
    const damaged = packed.slice();
    damaged[packed.length - 7]! ^= 1;
    expect(() => inflate(damaged, { ...options, keepBytes: 10 })).toThrow(/checksum mismatch/);
  });

  it("memory follows what comes out: a bomb fills only the limit", () => {
    const bomb = gzipSync(new Uint8Array(12_000_000));
    expect(bomb.length).toBeLessThan(50_000);
    const before = process.memoryUsage().arrayBuffers;
    const out = inflate(bomb, { ...options, keepBytes: 5000 });
    expect(out.length).toBe(5000);
    expect(out.buffer.byteLength).toBeLessThanOrEqual(100_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  });

  it("every cut and every damaged byte is found", () => {
    for (const packed of [gzipSync(noise.subarray(0, 400)), zlibSync(noise.subarray(0, 400))]) {
      for (let length = 3; length < packed.length; length++) {
        expect(() => inflate(packed.slice(0, length), options)).toThrow(
          /x\.gz; got .*; expected complete, undamaged data/,
        );
      }
      for (let at = 12; at < packed.length; at++) {
        const damaged = packed.slice();
        damaged[at]! ^= 0x10;
        expect(() => inflate(damaged, options)).toThrow(/x\.gz/);
      }
    }
    expect(gunzipSync(gzipSync(noise)).length).toBe(noise.length);
  });

  it("other bytes and impossible sizes are named", () => {
    expect(() => inflate(bytesOf("hello"), options)).toThrow(/other bytes; expected gzip or zlib/);
    expect(() => inflate(gzipSync(noise), { ...options, keepBytes: 2 ** 40 })).toThrow(
      /an image of 1099511627776 bytes/,
    );
  });
});
