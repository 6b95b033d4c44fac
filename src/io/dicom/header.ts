import dicomParser, { type DataSet } from "dicom-parser";
import { badInput } from "../../errors.ts";
import type { FileBytes, FormatWarning } from "../file.ts";
import { inflateBounded } from "./inflate.ts";
import { shownFileName } from "./privacy.ts";
import { tags } from "./tags.ts";
import {
  type TransferSyntax,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxFromUid,
} from "./transferSyntax.ts";
import type { AttributeReader } from "./values.ts";

/** A parsed DICOM file up to and including the position of its pixel data. */
export interface DicomHeader extends AttributeReader {
  /** The data set's bytes (inflated where the file is deflated); offsets of elements point into it. */
  readonly bytes: Uint8Array;
  readonly syntax: TransferSyntax;
  readonly warnings: readonly FormatWarning[];
}

const preambleBytes = 128;

/** Whether the bytes look like a DICOM file: the DICM mark, or a bare data set starting in group 0008. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasMark(bytes) || bareSyntax(bytes) !== undefined;
}

/**
 * Parses the attributes of a DICOM file; pixel data are located, not read. Any byte string ends in a
 * header or in one `bad-input` error. Only technical attributes ever appear in messages.
 */
export function parseHeader(source: FileBytes): DicomHeader {
  const file = shownFileName(source.name);
  const warnings: FormatWarning[] = [];
  const { syntax, start } = locateDataSet(source.bytes, file, warnings);
  const packed = source.bytes.subarray(start);
  const bytes = syntax.deflated ? inflateBounded(packed, file) : packed;
  const set = parseDataSet(bytes, syntax.deflated ? explicitLittleEndian : syntax, file);
  return { file, set, bytes, syntax, warnings };
}

function hasMark(bytes: Uint8Array): boolean {
  const mark = [0x44, 0x49, 0x43, 0x4d];
  return bytes.length >= preambleBytes + 4 && mark.every((byte, i) => bytes[preambleBytes + i] === byte);
}

/** The encoding of a data set that comes without file meta information, judged by its first element. */
function bareSyntax(bytes: Uint8Array): TransferSyntax | undefined {
  if (bytes.length < 16 || bytes[0] !== 0x08 || bytes[1] !== 0) return undefined;
  const [first, second] = [bytes[4]!, bytes[5]!];
  const upper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
  if (upper(first) && upper(second)) return explicitLittleEndian;
  const length = new DataView(bytes.buffer, bytes.byteOffset + 4, 4).getUint32(0, true);
  return length % 2 === 0 && length <= 256 && bytes[3]! <= 0x20 ? implicitLittleEndian : undefined;
}

function locateDataSet(
  bytes: Uint8Array,
  file: string,
  warnings: FormatWarning[],
): { syntax: TransferSyntax; start: number } {
  if (hasMark(bytes)) {
    const meta = parseMeta(bytes, file);
    if (meta.uid !== undefined) return { syntax: transferSyntaxFromUid(meta.uid, file), start: meta.end };
  }
  const start = hasMark(bytes) ? preambleBytes + 4 : 0;
  const syntax = bareSyntax(bytes.subarray(start));
  if (!syntax) {
    throw badInput({
      what: `${file}: DICOM file`,
      got: hasMark(bytes)
        ? "no TransferSyntaxUID (0002,0010) in the file meta information"
        : "no DICM mark at byte 128 and no data set at the start",
      expected: "a DICOM file (PS3.10)",
      todo: "Export the image again as DICOM",
    });
  }
  warnings.push({
    code: "no-meta-header",
    message: `No file meta information; read as ${syntax.name} judging by its first element`,
  });
  return { syntax, start };
}

function parseMeta(bytes: Uint8Array, file: string): { uid: string | undefined; end: number } {
  try {
    const meta = dicomParser.readPart10Header(bytes) as DataSet & { position: number };
    return { uid: meta.string(tags.transferSyntaxUid.key)?.trim(), end: meta.position };
  } catch (cause) {
    throw malformed(file, "file meta information", bytes.length, cause);
  }
}

function parseDataSet(bytes: Uint8Array, syntax: TransferSyntax, file: string): DataSet {
  try {
    return dicomParser.parseDicom(bytes, { TransferSyntaxUID: syntax.uid, untilTag: tags.pixelData.key });
  } catch (cause) {
    throw malformed(file, "data set", bytes.length, cause);
  }
}

/** dicom-parser throws strings, errors and { exception }; their texts may quote values, so they are not shown. */
function malformed(file: string, part: string, size: number, thrown: unknown): Error {
  const inner =
    typeof thrown === "object" && thrown !== null && "exception" in thrown ? thrown.exception : thrown;
  const text = inner instanceof Error ? inner.message : String(inner);
  const deep = inner instanceof RangeError && text.includes("call stack");
  return badInput({
    what: `${file}: DICOM ${part}`,
    got: deep
      ? "sequences nested too deep"
      : `an element that is malformed or runs past the end of the ${size} bytes`,
    expected: "a complete data set",
    todo: "The file may be truncated: copy or export it again",
  });
}
