import { badInput } from "../../errors.ts";
import type { FormatWarning } from "../file.ts";
import type { DicomHeader } from "./header.ts";
import type { PixelFormat } from "./pixelFormat.ts";
import { tags } from "./tags.ts";

/** The stored bytes of each frame, as views of the file where frames are in one piece. */
export interface FrameBytes {
  readonly count: number;
  /** Bytes of frame `index` (from 0), still encoded. */
  frame(index: number): Uint8Array;
  readonly warnings: readonly FormatWarning[];
}

interface Piece {
  /** Offset of the item's tag from the first fragment's, as the basic offset table counts. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

const itemTag = 0xe000fffe;
const sequenceEndTag = 0xe0ddfffe;

/** Finds the frames of a file; what does not fit the announced sizes is `bad-input`. */
export function locateFrames(header: DicomHeader, format: PixelFormat): FrameBytes {
  return header.syntax.encoding === "native"
    ? nativeFrames(header, format)
    : encapsulatedFrames(header, format.frames);
}

function nativeFrames(header: DicomHeader, format: PixelFormat): FrameBytes {
  const element = header.set.elements[tags.pixelData.key]!;
  const frameLength = (format.rows * format.columns * format.samplesPerPixel * format.bitsAllocated) / 8;
  const needed = frameLength * format.frames;
  const inFile = header.bytes.length - element.dataOffset;
  const available = element.hadUndefinedLength ? 0 : Math.min(element.length, inFile);
  if (available < needed) {
    throw badInput({
      what: `${header.file}: ${tags.pixelData.label}`,
      got: element.hadUndefinedLength ? "encapsulated data in an uncompressed file" : `${available} bytes`,
      expected: `${needed} bytes (${format.columns} x ${format.rows} x ${format.frames} frame(s))`,
      todo: "The file is truncated or its header is wrong: copy or export it again",
    });
  }
  const warnings: FormatWarning[] = [];
  if (available > needed + 1) {
    const message = `${available - needed} bytes after the last pixel are ignored`;
    warnings.push({ code: "pixel-data-padded", message });
  }
  return {
    count: format.frames,
    warnings,
    frame: (index) => {
      const start = element.dataOffset + index * frameLength;
      return header.bytes.subarray(start, start + frameLength);
    },
  };
}

function encapsulatedFrames(header: DicomHeader, frames: number): FrameBytes {
  const { table, pieces, ended } = readItems(header);
  const groups = groupPieces(header, frames, table, pieces);
  const warnings: FormatWarning[] = [];
  if (!ended) {
    const message = "Compressed pixel data do not end with a sequence delimiter";
    warnings.push({ code: "sequence-not-ended", message });
  }
  return { count: frames, warnings, frame: (index) => join(header.bytes, groups[index]!) };
}

function readItems(header: DicomHeader): { table: number[]; pieces: Piece[]; ended: boolean } {
  const element = header.set.elements[tags.pixelData.key]!;
  const { bytes } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table: number[] = [];
  const pieces: Piece[] = [];
  let position = element.dataOffset;
  let first: number | undefined;
  while (position + 8 <= bytes.length) {
    const tag = view.getUint32(position, true);
    const length = view.getUint32(position + 4, true);
    if (tag === sequenceEndTag) return { table, pieces, ended: true };
    if (tag !== itemTag) throw brokenItems(header, "something that is not an item");
    const start = position + 8;
    if (start + length > bytes.length)
      throw brokenItems(header, "an item that runs past the end of the file");
    if (first === undefined) {
      for (let i = 0; i + 4 <= length; i += 4) table.push(view.getUint32(start + i, true));
      first = start + length;
    } else {
      pieces.push({ offset: position - first, start, end: start + length });
    }
    position = start + length;
  }
  return { table, pieces, ended: false };
}

function groupPieces(header: DicomHeader, frames: number, table: number[], pieces: Piece[]): Piece[][] {
  if (pieces.length > 0 && frames === 1) return [pieces];
  if (pieces.length === frames) return pieces.map((piece) => [piece]);
  const starts = new Set(table);
  const byTable = table.length === frames ? splitAt(pieces, (piece) => starts.has(piece.offset)) : [];
  if (byTable.length === frames) return byTable;
  const byMark = splitAt(pieces, (piece) => startsFrame(header.bytes, piece.start));
  if (byMark.length === frames) return byMark;
  throw badInput({
    what: `${header.file}: ${tags.pixelData.label}`,
    got: `${pieces.length} compressed pieces`,
    expected: `${frames} frame(s), as ${tags.numberOfFrames.label} says`,
    todo: "The file is truncated or its header is wrong: copy or export it again",
  });
}

function splitAt(pieces: Piece[], starts: (piece: Piece) => boolean): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    if (starts(piece) || groups.length === 0) groups.push([]);
    groups.at(-1)!.push(piece);
  }
  return groups;
}

/** JPEG and JPEG-LS streams start with FF D8, JPEG 2000 with FF 4F. */
function startsFrame(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0xff && (bytes[start + 1] === 0xd8 || bytes[start + 1] === 0x4f);
}

function join(bytes: Uint8Array, pieces: readonly Piece[]): Uint8Array {
  if (pieces.length === 1) return bytes.subarray(pieces[0]!.start, pieces[0]!.end);
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(bytes.subarray(piece.start, piece.end), offset);
    offset += piece.end - piece.start;
  }
  return whole;
}

function brokenItems(header: DicomHeader, got: string): Error {
  return badInput({
    what: `${header.file}: ${tags.pixelData.label}`,
    got,
    expected: `the items of ${header.syntax.name}`,
    todo: "The file may be truncated: copy or export it again",
  });
}
