import { badInput } from "../errors.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";
import type { ShapedArrays } from "./parameterStore.ts";
import { type Shape, formatShape, sizeOf } from "./shape.ts";

/*
 * The safetensors file format: eight bytes header length (little-endian), a JSON header with type,
 * shape and byte range of every array, then the arrays (github.com/huggingface/safetensors).
 */

/** A weight file's content. */
export interface Safetensors {
  readonly arrays: ShapedArrays;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const elementBytes: Readonly<Record<string, number>> = { F32: 4, F16: 2 };
/** The format's own limit on its header. */
const maxHeaderBytes = 100_000_000;

/** Writes arrays as float32, or as float16 at half the size (relative error up to 5e-4). */
export function writeSafetensors(content: Safetensors, precision: "F32" | "F16" = "F32"): Uint8Array {
  const entries = Object.entries(content.arrays);
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = {};
  if (Object.keys(content.metadata).length > 0) header["__metadata__"] = content.metadata;
  const size = elementBytes[precision]!;
  let end = 0;
  for (const [name, { shape, values }] of entries) {
    const first = end;
    end += size * values.length;
    header[name] = { dtype: precision, shape: [...shape], data_offsets: [first, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + padded + end);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  out.fill(0x20, 8, 8 + padded);
  out.set(text, 8);
  let at = 8 + padded;
  for (const [, { values }] of entries) {
    for (const value of values) {
      if (precision === "F32") view.setFloat32(at, value, true);
      else view.setUint16(at, toFloat16(value), true);
      at += size;
    }
  }
  return out;
}

/** Reads float32 and float16 arrays; `name` names the file in errors. */
export function readSafetensors(bytes: Uint8Array, name = "Weight file"): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? 0 : Number(view.getBigUint64(0, true));
  if (length < 2 || length > maxHeaderBytes || 8 + length > bytes.length) {
    throw badInput({
      what: name,
      got: `${bytes.length} bytes without a complete header`,
      expected: "a safetensors file",
    });
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), name);
  const data = new DataView(bytes.buffer, bytes.byteOffset + 8 + length, bytes.byteLength - 8 - length);
  const arrays: Record<string, { shape: Shape; values: Float32Array }> = {};
  let metadata: Record<string, string> = {};
  for (const [key, entry] of Object.entries(header)) {
    if (key === "__metadata__") metadata = Object.fromEntries(Object.entries(Object(entry)).map(textEntry));
    else arrays[key] = readArray(checkEntry(entry, `${name}: "${key}"`, data.byteLength), data);
  }
  return { arrays, metadata };
}

const textEntry = ([key, value]: [string, unknown]): [string, string] => [key, String(value)];

function parseHeader(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) return { ...header };
  } catch {
    // Falls through to the one message for every kind of unreadable header.
  }
  throw badInput({ what: name, got: "a header that is no JSON object", expected: "a safetensors file" });
}

function checkEntry(entry: unknown, what: string, available: number): HeaderEntry {
  const { dtype, shape, data_offsets: range }: Partial<Record<keyof HeaderEntry, unknown>> = Object(entry);
  const size = typeof dtype === "string" ? elementBytes[dtype] : undefined;
  if (typeof dtype !== "string" || size === undefined) {
    throw badInput({ what, got: `type ${String(dtype)}`, expected: "F32 or F16" });
  }
  const isCounts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => Number.isInteger(value) && value >= 0);
  if (!isCounts(shape) || !isCounts(range) || range.length !== 2) {
    throw badInput({ what, got: "no readable shape or byte range", expected: "non-negative integers" });
  }
  const [first = 0, end = 0] = range;
  if (end > available || end - first !== size * sizeOf(shape)) {
    throw badInput({
      what,
      got: `bytes ${first} to ${end} of ${available} for ${dtype} ${formatShape(shape)}`,
      expected: `${size * sizeOf(shape)} bytes inside the file`,
      todo: "The file may be truncated; copy it again.",
    });
  }
  return { dtype, shape, data_offsets: [first, end] };
}

function readArray(
  { dtype, shape, data_offsets: [first] }: HeaderEntry,
  data: DataView,
): ShapedArrays[string] {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) {
    values[i] =
      dtype === "F32"
        ? data.getFloat32(first + 4 * i, true)
        : fromFloat16(data.getUint16(first + 2 * i, true));
  }
  return { shape, values };
}
