import { badInput } from "../../errors.ts";
import type { Codecs } from "./codecs.ts";
import { type CodestreamInfo, readCodestreamInfo } from "./codestream.ts";
import type { FrameBytes } from "./frames.ts";
import type { DicomHeader } from "./header.ts";
import { decodeJpegExtended } from "./jpegExtended.ts";
import type { PixelFormat } from "./pixelFormat.ts";
import { decodeRle } from "./rle.ts";
import { tags } from "./tags.ts";

/** Stored values of one frame, sign-extended from BitsStored; colours interleaved. May be a view of the file. */
export type FrameSamples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

export interface DecodedFrame {
  readonly samples: FrameSamples;
  /** False where a compressed stream lacks its end mark. */
  readonly complete: boolean;
}

/** Raw samples before sign extension. */
interface RawFrame {
  readonly bytes: Uint8Array;
  readonly bytesPerSample: number;
  readonly bigEndian: boolean;
  readonly planar: boolean;
  /** Number of significant bits and their lowest bit. */
  readonly bits: number;
  readonly shift: number;
  readonly complete: boolean;
}

/**
 * Decodes frame `index` (from 0): rows x columns x samples stored values. A stream that does not
 * decode, or decodes to another size than the header announces, is `bad-input`.
 */
export async function decodeFrame(
  header: DicomHeader,
  format: PixelFormat,
  frames: FrameBytes,
  index: number,
  codecs: Codecs,
): Promise<DecodedFrame> {
  const stored = frames.frame(index);
  try {
    const raw = await decodeRaw(header, format, stored, codecs);
    return { samples: toSamples(raw, format), complete: raw.complete };
  } catch (cause) {
    throw badInput({
      what: `${header.file}: ${tags.pixelData.label}, frame ${index + 1} (${header.syntax.name})`,
      got: cause instanceof RangeError ? cause.message : "a stream that does not decode",
      expected: `${format.columns} x ${format.rows} pixels of ${format.bitsStored} bits`,
      todo: "The file is damaged or its header is wrong: copy or export it again",
      cause,
    });
  }
}

async function decodeRaw(
  header: DicomHeader,
  format: PixelFormat,
  stored: Uint8Array,
  codecs: Codecs,
): Promise<RawFrame> {
  const bytesPerSample = format.bitsAllocated / 8;
  const shift = format.highBit + 1 - format.bitsStored;
  const plain = { bytesPerSample, bits: format.bitsStored, shift, complete: true };
  if (header.syntax.encoding === "native") {
    const { bigEndian } = header.syntax;
    const swapped = bigEndian && bytesPerSample === 1 && header.set.elements[tags.pixelData.key]?.vr === "OW";
    return { ...plain, bytes: swapped ? swapPairs(stored) : stored, bigEndian, planar: format.planar };
  }
  if (header.syntax.encoding === "rle") {
    const pixels = format.rows * format.columns;
    const bytes = decodeRle(stored, pixels, format.samplesPerPixel, bytesPerSample);
    return { ...plain, bytes, bigEndian: false, planar: format.samplesPerPixel === 3 };
  }
  const info = readCodestreamInfo(stored);
  checkSize(info, format);
  const picture = await decodeStream(info, stored, codecs);
  const bits = Math.min(format.bitsStored, info.precision);
  const raw = { ...picture, bigEndian: false, planar: false, bits, shift: 0, complete: info.complete };
  const expected = format.rows * format.columns * format.samplesPerPixel * raw.bytesPerSample;
  if (raw.bytes.length !== expected) throw new RangeError(`${raw.bytes.length} bytes of pixels`);
  return raw;
}

/** Bytes stored as big-endian words lie in pairs the wrong way round. */
function swapPairs(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => bytes[i ^ 1] ?? byte);
}

function checkSize(info: CodestreamInfo, format: PixelFormat): void {
  const { width, height, components } = info;
  if (width !== format.columns || height !== format.rows || components !== format.samplesPerPixel) {
    throw new RangeError(`a stream of ${width} x ${height} pixels with ${components} component(s)`);
  }
  if (info.precision > 16) throw new RangeError(`a stream of ${info.precision} bits`);
}

async function decodeStream(
  info: CodestreamInfo,
  stream: Uint8Array,
  codecs: Codecs,
): Promise<{ bytes: Uint8Array; bytesPerSample: number }> {
  switch (info.kind) {
    case "jpeg-2000":
      return codecs.jpeg2000(stream);
    case "jpeg-ls":
      return codecs.jpegLs(stream);
    case "jpeg-lossless":
      return { bytes: await codecs.jpegLossless(stream), bytesPerSample: info.precision <= 8 ? 1 : 2 };
    case "jpeg": {
      if (info.precision === 8) return codecs.jpeg8Bit(stream);
      const samples = decodeJpegExtended(stream);
      return { bytes: new Uint8Array(samples.buffer), bytesPerSample: 2 };
    }
  }
}

function toSamples(raw: RawFrame, format: PixelFormat): FrameSamples {
  const stored = asWords(raw);
  const wholeWords = raw.shift === 0 && raw.bits === 8 * raw.bytesPerSample;
  const planar = raw.planar && format.samplesPerPixel === 3;
  if (wholeWords && !planar) return withSign(stored, format.signed);
  const out = allocate(raw.bytesPerSample, format.signed, stored.length);
  const unused = 32 - raw.bits;
  const pixels = format.rows * format.columns;
  for (let i = 0; i < stored.length; i++) {
    // Shifting the sign bit to bit 31 and back extends it and drops whatever is above it.
    const aligned = (stored[i]! >>> raw.shift) << unused;
    const value = format.signed ? aligned >> unused : aligned >>> unused;
    out[planar ? 3 * (i % pixels) + Math.floor(i / pixels) : i] = value;
  }
  return out;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** The bytes as unsigned numbers: a view of the file where it is aligned and little-endian, else a copy. */
function asWords({ bytes, bytesPerSample, bigEndian }: RawFrame): Words {
  if (bytesPerSample === 1) return bytes;
  const aligned = bytes.byteOffset % bytesPerSample === 0 && !bigEndian;
  const source = aligned ? bytes : Uint8Array.from(bytes);
  if (bigEndian)
    for (let i = 0; i < source.length; i += bytesPerSample) source.subarray(i, i + bytesPerSample).reverse();
  const count = source.length / bytesPerSample;
  return bytesPerSample === 2
    ? new Uint16Array(source.buffer, source.byteOffset, count)
    : new Uint32Array(source.buffer, source.byteOffset, count);
}

function withSign(words: Words, signed: boolean): FrameSamples {
  if (!signed) return words;
  const { buffer, byteOffset, length } = words;
  if (words instanceof Uint8Array) return new Int8Array(buffer, byteOffset, length);
  if (words instanceof Uint16Array) return new Int16Array(buffer, byteOffset, length);
  return new Int32Array(buffer, byteOffset, length);
}

function allocate(bytesPerSample: number, signed: boolean, count: number): FrameSamples {
  if (bytesPerSample === 1) return signed ? new Int8Array(count) : new Uint8Array(count);
  if (bytesPerSample === 2) return signed ? new Int16Array(count) : new Uint16Array(count);
  return signed ? new Int32Array(count) : new Uint32Array(count);
}
