/* The protobuf wire format, as much of it as an ONNX file needs. */

/** A message under construction: its encoded fields in order. */
export type Message = readonly Uint8Array[];

const utf8 = new TextEncoder();

/** A base-128 number; negative ones take ten bytes, as int64 does on the wire. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  if (value >= 0 && value < 2 ** 31) {
    let small = value;
    for (; small > 127; small >>= 7) bytes.push((small & 127) | 128);
    bytes.push(small);
    return bytes;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

const key = (field: number, wireType: number): number[] => varint((field << 3) | wireType);

/** An integer field. */
export function integerField(field: number, value: number): Message {
  return [Uint8Array.from([...key(field, 0), ...varint(value)])];
}

/** A 32-bit float field. */
export function floatField(field: number, value: number): Message {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.from(key(field, 5)), bytes];
}

/** A field of raw bytes. */
export function bytesField(field: number, bytes: Uint8Array): Message {
  return [Uint8Array.from([...key(field, 2), ...varint(bytes.length)]), bytes];
}

/** A text field. */
export function textField(field: number, text: string): Message {
  return bytesField(field, utf8.encode(text));
}

/** A nested message; its parts are referred to, not copied, so that large weights are copied once at the end. */
export function messageField(field: number, parts: readonly Message[]): Message {
  const chunks = parts.flat();
  const length = chunks.reduce((total, chunk) => total + chunk.length, 0);
  return [Uint8Array.from([...key(field, 2), ...varint(length)]), ...chunks];
}

/** The bytes of a whole message. */
export function encode(parts: readonly Message[]): Uint8Array {
  const chunks = parts.flat();
  const out = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
