import { deflateSync } from "fflate";

/** A value to write: text, numbers, bytes, or sequence items. */
export type WrittenValue = string | readonly number[] | Uint8Array | readonly WrittenSet[];
/** Attributes by "gggg,eeee": representation and value. */
export type WrittenSet = Readonly<Record<string, readonly [vr: string, value: WrittenValue]>>;

export interface WriteOptions {
  readonly syntax?: string;
  /** Writes the preamble and file meta information; default true. */
  readonly meta?: boolean;
  /** Compressed frames instead of native pixel data. */
  readonly fragments?: readonly Uint8Array[];
}

const implicitSyntax = "1.2.840.10008.1.2";
const bigEndianSyntax = "1.2.840.10008.1.2.2";
const deflatedSyntax = "1.2.840.10008.1.2.1.99";

interface Encoding {
  readonly explicit: boolean;
  readonly little: boolean;
}

/** Encodes a data set as a DICOM file; independent of the reader, for tests. */
export function writeDicom(set: WrittenSet, options: WriteOptions = {}): Uint8Array {
  const syntax = options.syntax ?? "1.2.840.10008.1.2.1";
  const encoding = { explicit: syntax !== implicitSyntax, little: syntax !== bigEndianSyntax };
  const parts = [encodeSet(set, encoding)];
  if (options.fragments) parts.push(encodeFragments(options.fragments));
  const body = concat(parts);
  const packed = syntax === deflatedSyntax ? deflateSync(body) : body;
  if (options.meta === false) return packed;
  const meta = encodeSet({ "0002,0010": ["UI", syntax] }, { explicit: true, little: true });
  const mark = new Uint8Array(132);
  mark.set([0x44, 0x49, 0x43, 0x4d], 128);
  return concat([mark, meta, packed]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function encodeSet(set: WrittenSet, encoding: Encoding): Uint8Array {
  const ordered = Object.entries(set).sort(([a], [b]) => (a.toUpperCase() < b.toUpperCase() ? -1 : 1));
  return concat(ordered.map(([tag, [vr, value]]) => encodeElement(tag, vr, value, encoding)));
}

function encodeElement(tag: string, vr: string, value: WrittenValue, encoding: Encoding): Uint8Array {
  const [group, element] = tag.split(",").map((part) => Number.parseInt(part, 16));
  const payload = encodeValue(vr, value, encoding);
  const long = ["OB", "OW", "SQ", "UN", "UT"].includes(vr);
  const head = new DataView(new ArrayBuffer(encoding.explicit && long ? 12 : 8));
  head.setUint16(0, group!, encoding.little);
  head.setUint16(2, element!, encoding.little);
  if (!encoding.explicit) head.setUint32(4, payload.length, true);
  else {
    head.setUint8(4, vr.charCodeAt(0));
    head.setUint8(5, vr.charCodeAt(1));
    if (long) head.setUint32(8, payload.length, encoding.little);
    else head.setUint16(6, payload.length, encoding.little);
  }
  return concat([new Uint8Array(head.buffer), payload]);
}

function encodeValue(vr: string, value: WrittenValue, encoding: Encoding): Uint8Array {
  if (value instanceof Uint8Array) return padded(value, 0);
  if (typeof value === "string") return padded(new TextEncoder().encode(value), vr === "UI" ? 0 : 0x20);
  if (vr === "SQ") return concat((value as readonly WrittenSet[]).map((item) => encodeItem(item, encoding)));
  const numbers = value as readonly number[];
  if (vr === "DS" || vr === "IS") return encodeValue("CS", numbers.join("\\"), encoding);
  const size = vr === "UL" || vr === "FL" ? 4 : vr === "FD" ? 8 : 2;
  const view = new DataView(new ArrayBuffer(size * numbers.length));
  numbers.forEach((n, i) => {
    if (vr === "FD") view.setFloat64(8 * i, n, encoding.little);
    else if (vr === "FL") view.setFloat32(4 * i, n, encoding.little);
    else if (size === 4) view.setUint32(4 * i, n, encoding.little);
    else view.setInt16(2 * i, n, encoding.little);
  });
  return new Uint8Array(view.buffer);
}

function encodeItem(set: WrittenSet, encoding: Encoding): Uint8Array {
  const body = encodeSet(set, encoding);
  return concat([itemHead(0xe000, body.length, encoding.little), body]);
}

function itemHead(element: number, length: number, little: boolean): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, 0xfffe, little);
  head.setUint16(2, element, little);
  head.setUint32(4, length, little);
  return new Uint8Array(head.buffer);
}

function encodeFragments(fragments: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const items = fragments.map((bytes) => {
    const even = padded(bytes, 0);
    return concat([itemHead(0xe000, even.length, true), even]);
  });
  return concat([head, itemHead(0xe000, 0, true), ...items, itemHead(0xe0dd, 0, true)]);
}

function padded(bytes: Uint8Array, fill: number): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : concat([bytes, Uint8Array.of(fill)]);
}
