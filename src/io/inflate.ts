import { Gunzip, Unzlib, gunzipSync } from "fflate";
import { SopiError, badInput } from "../errors.ts";
import { crc32 } from "./crc32.ts";

/** The most that a compressed file may unpack to: larger images are not worked with. */
export const maxInflatedBytes: number = 2 ** 31;

/** Compressed bytes handed to the decoder at a time; deflate expands at most 1032 times. */
const pieceBytes = 1 << 16;

export interface InflateOptions {
  /** Named in errors: "gzip data of ct.nii.gz". */
  readonly name: string;
  /** Only the first so many bytes are kept (the rest is still decoded and checked). */
  readonly keepBytes: number;
  /** Stop as soon as `keepBytes` are there, without looking at the rest. */
  readonly prefixOnly?: boolean;
}

/** Whether the bytes start as a gzip member does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** Whether the bytes start as a zlib stream does. */
export function isZlib(bytes: Uint8Array): boolean {
  return bytes.length > 1 && (bytes[0]! & 15) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}

/** Collects output up to a limit; memory grows with what really comes out, never ahead of it by more than 2x. */
class BoundedOutput {
  private buffer: Uint8Array;
  length = 0;
  private readonly limit: number;

  constructor(firstBytes: number, limit: number) {
    this.limit = limit;
    this.buffer = new Uint8Array(Math.min(limit, Math.max(firstBytes, 1024)));
  }

  push(chunk: Uint8Array): void {
    const kept = Math.min(chunk.length, this.limit - this.length);
    if (kept <= 0) return;
    if (this.length + kept > this.buffer.length) {
      const larger = new Uint8Array(
        Math.min(this.limit, Math.max(this.length + kept, 2 * this.buffer.length)),
      );
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(chunk.subarray(0, kept), this.length);
    this.length += kept;
  }

  get full(): boolean {
    return this.length >= this.limit;
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

/**
 * Unpacks gzip (one or more members) or zlib data, told apart by their first bytes, with bounded memory.
 * Checks the checksum unless only a prefix is wanted. Throws `bad-input` for data that is cut off, corrupt or not compressed.
 */
export function inflate(bytes: Uint8Array, options: InflateOptions): Uint8Array {
  const gzip = isGzip(bytes);
  const what = `${gzip ? "gzip" : "zlib"} data of ${options.name}`;
  if (!gzip && !isZlib(bytes)) {
    throw badInput({
      what: `Compressed data of ${options.name}`,
      got: "other bytes",
      expected: "gzip or zlib data",
    });
  }
  if (options.keepBytes > maxInflatedBytes) {
    throw badInput({
      what,
      got: `an image of ${options.keepBytes} bytes`,
      expected: `at most ${maxInflatedBytes}`,
    });
  }
  const whole = gzip && !options.prefixOnly ? gunzipWhole(bytes, options.keepBytes) : undefined;
  if (whole) return whole;
  const output = new BoundedOutput(options.prefixOnly ? 0 : 2 * bytes.length, options.keepBytes);
  try {
    if (gzip) gunzip(bytes, output, options);
    else unzlib(bytes, output, options);
  } catch (error) {
    if (error instanceof SopiError) throw error;
    throw badInput({ what, got: reason(error), expected: "complete, undamaged data", cause: error });
  }
  return output.bytes();
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === "unexpected EOF" ? "a stream that is cut off" : `a damaged stream (${text})`;
}

class Damaged extends Error {}

function pushAll(
  stream: { push(chunk: Uint8Array, final?: boolean): void },
  bytes: Uint8Array,
  output: BoundedOutput,
  prefixOnly: boolean,
): void {
  const piece = prefixOnly ? 1024 : pieceBytes;
  for (let at = 0; at < bytes.length; at += piece) {
    stream.push(bytes.subarray(at, at + piece), at + piece >= bytes.length);
    if (prefixOnly && output.full) return;
  }
}

/** Deflate cannot expand more than this. */
const largestRatio = 1032;

/**
 * The usual case at twice the speed of the stream: one member whose stated length and checksum are right. Undefined
 * for everything else, which the stream then decodes or refuses.
 */
function gunzipWhole(bytes: Uint8Array, keepBytes: number): Uint8Array | undefined {
  if (bytes.length < 18) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stated = view.getUint32(bytes.length - 4, true);
  if (stated > keepBytes || stated > largestRatio * bytes.length) return undefined;
  try {
    const out = gunzipSync(bytes, { out: new Uint8Array(stated) });
    const complete = out.length === stated && crc32(out) === view.getUint32(bytes.length - 8, true);
    return complete ? out : undefined;
  } catch {
    return undefined;
  }
}

/** Every member's CRC-32 and length are checked as soon as its end is known. */
function gunzip(bytes: Uint8Array, output: BoundedOutput, options: InflateOptions): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = 0;
  let length = 0;
  const checkMember = (end: number): void => {
    if (end < 18) throw new Damaged("unexpected EOF");
    if (view.getUint32(end - 8, true) !== crc || view.getUint32(end - 4, true) !== length % 2 ** 32) {
      throw new Damaged("checksum mismatch");
    }
    crc = 0;
    length = 0;
  };
  const stream = new Gunzip((chunk) => {
    if (!options.prefixOnly) crc = crc32(chunk, crc);
    length += chunk.length;
    output.push(chunk);
  });
  stream.onmember = checkMember;
  pushAll(stream, bytes, output, options.prefixOnly === true);
  if (!options.prefixOnly) checkMember(bytes.length);
}

function unzlib(bytes: Uint8Array, output: BoundedOutput, options: InflateOptions): void {
  let a = 1;
  let b = 0;
  const stream = new Unzlib((chunk) => {
    output.push(chunk);
    if (options.prefixOnly) return;
    for (let from = 0; from < chunk.length; from += 4096) {
      const to = Math.min(chunk.length, from + 4096);
      for (let i = from; i < to; i++) {
        a += chunk[i]!;
        b += a;
      }
      a %= 65521;
      b %= 65521;
    }
  });
  pushAll(stream, bytes, output, options.prefixOnly === true);
  if (options.prefixOnly) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 6 || view.getUint32(bytes.length - 4) !== ((b << 16) | a) >>> 0) {
    throw new Damaged("checksum mismatch");
  }
}
