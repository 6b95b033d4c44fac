import { type DecodedPng, convertIndexedToRgb, decode, encode } from "fast-png";
import { badInput } from "../errors.ts";
import { type Radiograph, createRadiograph } from "../image/radiograph.ts";
import { finiteRange } from "../image/voxelData.ts";
import { crc32 } from "./crc32.ts";
import type { DecodedRadiograph, ReadRadiographOptions } from "./decoded.ts";
import type { FileBytes, FormatWarning } from "./file.ts";
import { inflate } from "./inflate.ts";
import { checkedCount } from "./scalars.ts";
import { latin1 } from "./textHeader.ts";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads a PNG of 8 or 16 bits; colour becomes luma (Rec. 709 weights), alpha is ignored. Pixel values are the stored
 * numbers, 0..255 or 0..65535. PNG states no pixel pitch at the detector.
 */
export function readPng(file: FileBytes, options: ReadRadiographOptions = {}): DecodedRadiograph {
  const { name } = file;
  const checked = checkedPng(file);
  let png: DecodedPng;
  try {
    png = decode(checked);
  } catch (error) {
    throw damaged(name, error instanceof Error ? error.message : String(error), error);
  }
  const warnings: FormatWarning[] = [];
  const data = grey(png, warnings);
  const { width, height, depth } = png;
  const kind = options.kind ?? "unknown";
  const radiograph = createRadiograph({ data, width, height, kind }, `X-ray ${name}`);
  return { radiograph, warnings, format: `PNG (${depth} bit)` };
}

function damaged(name: string, got: string, cause?: unknown): Error {
  return badInput({
    what: `PNG ${name}`,
    got,
    expected: "a complete, undamaged file",
    ...(cause ? { cause } : {}),
  });
}

interface Chunk {
  readonly type: string;
  /** With length, type and checksum. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Chunks whose length and CRC-32 are right, up to IEND. */
function readChunks(file: FileBytes): Chunk[] {
  const { bytes, name } = file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) break;
    const type = latin1(bytes.subarray(at + 4, at + 8));
    if (view.getUint32(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) {
      throw damaged(name, `a wrong checksum in its ${JSON.stringify(type)} part`);
    }
    chunks.push({ type, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, end - 4) });
    if (type === "IEND") return chunks;
    at = end;
  }
  throw damaged(name, "a file that is cut off");
}

const channelsOfColourType: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

/** The file with nothing but header, palette and pixels, after its claims have been held against its real content. */
function checkedPng(file: FileBytes): Uint8Array {
  const { name } = file;
  if (!isPng(file.bytes)) throw damaged(name, "other first bytes");
  const chunks = readChunks(file).filter(({ type }) => ["IHDR", "PLTE", "IDAT", "IEND"].includes(type));
  const [head] = chunks;
  const singular = ["IHDR", "PLTE", "IEND"].every((t) => chunks.filter(({ type }) => type === t).length <= 1);
  if (head?.type !== "IHDR" || head.body.length !== 13 || !singular) throw damaged(name, "no proper header");
  const header = new DataView(head.body.buffer, head.body.byteOffset, 13);
  const [width, height, depth] = [header.getUint32(0), header.getUint32(4), header.getUint8(8)];
  checkedCount([width, height], name);
  const channels = channelsOfColourType.get(header.getUint8(9));
  if ((depth !== 8 && depth !== 16) || channels === undefined) {
    throw badInput({ what: `PNG ${name}`, got: `${depth} bits a pixel`, expected: "8 or 16 bits" });
  }
  const packed = concatenated(chunks.filter(({ type }) => type === "IDAT").map(({ body }) => body));
  const expected = rawBytes(width, height, (channels * depth) / 8, header.getUint8(12) === 1);
  const raw = packed.length > 0 ? inflate(packed, { name, keepBytes: expected + 1 }).length : 0;
  if (raw !== expected) throw damaged(name, `${raw} bytes of pixels instead of ${expected}`);
  return concatenated([signature, ...chunks.map(({ whole }) => whole)]);
}

/** Bytes of all rows with their filter bytes; seven passes when interlaced (Adam7). */
function rawBytes(width: number, height: number, pixelBytes: number, interlaced: boolean): number {
  const passes = interlaced
    ? ["0088", "4088", "0448", "2044", "0224", "1022", "0112"].map((digits) => [...digits].map(Number))
    : [[0, 0, 1, 1]];
  return passes.reduce((sum, [x = 0, y = 0, stepX = 1, stepY = 1]) => {
    const columns = Math.max(0, Math.ceil((width - x) / stepX));
    const rows = Math.max(0, Math.ceil((height - y) / stepY));
    return sum + (columns > 0 ? rows * (1 + columns * pixelBytes) : 0);
  }, 0);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One number per pixel. */
function grey(png: DecodedPng, warnings: FormatWarning[]): Float32Array {
  const indexed = png.palette !== undefined;
  const data = indexed ? convertIndexedToRgb(png) : png.data;
  const channels = indexed ? (png.palette![0]?.length ?? 3) : png.channels;
  const out = new Float32Array(png.width * png.height);
  let coloured = false;
  for (let p = 0, at = 0; p < out.length; p++, at += channels) {
    if (channels < 3) out[p] = data[at]!;
    else {
      const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
      if (r === g && g === b) out[p] = r;
      else {
        coloured = true;
        out[p] = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      }
    }
  }
  if (coloured) {
    warnings.push({
      code: "colour-converted",
      message: "The picture is in colour; its luma is used as the X-ray.",
    });
  }
  return out;
}

export interface WritePngOptions {
  /** Default 16. */
  readonly bits?: 8 | 16;
  /** Values that become black and white; default the image's finite minimum and maximum. */
  readonly range?: readonly [number, number];
}

/** How stored pixels map back: value = minimum + pixel / (2^bits - 1) x (maximum - minimum). */
export interface PngScale {
  readonly bits: 8 | 16;
  readonly minimum: number;
  readonly maximum: number;
}

/** A greyscale PNG and the scale that belongs to it; values outside the range are clamped, NaN becomes black. */
export function writePng(
  image: Pick<Radiograph, "data" | "width" | "height">,
  options: WritePngOptions = {},
): { bytes: Uint8Array; scale: PngScale } {
  const { bits = 16 } = options;
  const [low, high] = options.range ?? finiteRange(image.data);
  const [minimum, maximum] = Number.isFinite(low + high) ? [low, high] : [0, 0];
  const top = 2 ** bits - 1;
  const factor = maximum > minimum ? top / (maximum - minimum) : 0;
  const data = bits === 8 ? new Uint8Array(image.data.length) : new Uint16Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.round(Math.min(top, Math.max(0, (image.data[i]! - minimum) * factor)));
  }
  const { width, height } = image;
  return {
    bytes: encode({ width, height, data, depth: bits, channels: 1 }),
    scale: { bits, minimum, maximum },
  };
}
