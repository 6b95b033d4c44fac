import { badInput } from "../errors.ts";
import type { VoxelData } from "../image/volume.ts";

/** Element types of image files; `float16` becomes Float32, 64-bit integers become Float64. */
export type ScalarType =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float32"
  | "float64";

export const scalarBytes: Readonly<Record<ScalarType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

/** More voxels than this are refused by name rather than attempted. */
export const maxVoxels: number = 2 ** 30;

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

type DirectType = Exclude<ScalarType, "int64" | "uint64" | "float16">;

const constructors = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<DirectType, unknown>;

/** Sizes as a header claims them, checked before anything is allocated; returns the number of elements. */
export function checkedCount(size: readonly number[], name: string): number {
  if (!size.every((n) => Number.isInteger(n) && n > 0)) {
    throw badInput({ what: `Size in ${name}`, got: size.join(" x "), expected: "whole numbers above 0" });
  }
  const count = size.reduce((product, n) => product * n, 1);
  if (count > maxVoxels) {
    throw badInput({
      what: `Size in ${name}`,
      got: size.join(" x "),
      expected: `at most ${maxVoxels} elements`,
      todo: "Crop or resample the image first",
    });
  }
  return count;
}

/** Throws unless `count` elements from `offset` on exist. */
export function requireBytes(
  bytes: Uint8Array,
  offset: number,
  count: number,
  type: ScalarType,
  name: string,
): void {
  const needed = offset + count * scalarBytes[type];
  if (bytes.length < needed) {
    throw badInput({
      what: `Image data of ${name}`,
      got: `${Math.max(0, bytes.length - offset)} bytes`,
      expected: `${needed - offset} for ${count} elements of ${type}`,
      todo: "The file may be cut off",
    });
  }
}

/**
 * Numbers from raw bytes. Little-endian, aligned data is a view of `bytes`, not a copy; everything else is
 * copied. The caller has checked that the bytes exist.
 */
export function decodeScalars(
  bytes: Uint8Array,
  offset: number,
  count: number,
  type: ScalarType,
  littleEndian: boolean,
): VoxelData {
  const width = scalarBytes[type];
  const start = bytes.byteOffset + offset;
  const swap = littleEndian !== hostIsLittleEndian && width > 1;
  const viewable = start % width === 0 && !swap;
  if (type === "int64" || type === "uint64" || type === "float16") {
    return decodeWide(bytes, offset, count, type, littleEndian);
  }
  const Constructor = constructors[type];
  if (viewable) return new Constructor(bytes.buffer as ArrayBuffer, start, count);
  // Not `bytes.slice`: a Buffer is a Uint8Array whose slice shares memory.
  const copy = new Uint8Array(bytes.subarray(offset, offset + count * width));
  if (swap) swapBytes(copy, width);
  return new Constructor(copy.buffer, 0, count);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      const held = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = held;
    }
  }
}

function decodeWide(
  bytes: Uint8Array,
  offset: number,
  count: number,
  type: "int64" | "uint64" | "float16",
  littleEndian: boolean,
): VoxelData {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * scalarBytes[type]);
  if (type === "float16") {
    return Float32Array.from({ length: count }, (_, i) => halfToNumber(view.getUint16(2 * i, littleEndian)));
  }
  const out = new Float64Array(count);
  const highAt = littleEndian ? 4 : 0;
  for (let i = 0; i < count; i++) {
    const low = view.getUint32(8 * i + 4 - highAt, littleEndian);
    const at = 8 * i + highAt;
    const high = type === "int64" ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian);
    out[i] = high * 4294967296 + low;
  }
  return out;
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** slope x + intercept as Float32 (Float64 for 32-bit integers and Float64, which Float32 cannot hold). */
export function rescaled(data: VoxelData, slope: number, intercept: number): VoxelData {
  if (slope === 1 && intercept === 0) return data;
  const wide = data instanceof Float64Array || data instanceof Int32Array || data instanceof Uint32Array;
  const out = wide ? new Float64Array(data.length) : new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = slope * data[i]! + intercept;
  return out;
}
