import { badInput } from "../errors.ts";
import type { VoxelData } from "../image/volume.ts";

/** Element types that writers write. */
export type WritableType = "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

const integerRange: Readonly<Partial<Record<WritableType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

/** The element type of an array. */
export function typeOfData(data: VoxelData): WritableType {
  for (const type of Object.keys(arrays) as WritableType[]) {
    if (data instanceof arrays[type]) return type;
  }
  return "float64";
}

/**
 * Little-endian bytes of the numbers as `type` (default their own). Integers are rounded; a value that does
 * not fit is an error, never wrapped round.
 */
export function encodeScalars(
  data: VoxelData,
  type: WritableType = typeOfData(data),
): { type: WritableType; bytes: Uint8Array } {
  const converted = typeOfData(data) === type ? data : convert(data, type);
  const copy = new Uint8Array(converted.buffer, converted.byteOffset, converted.byteLength);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return { type, bytes: copy };
  const swapped = copy.slice();
  const width = converted.BYTES_PER_ELEMENT;
  for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
  return { type, bytes: swapped };
}

function convert(data: VoxelData, type: WritableType): VoxelData {
  const out = new arrays[type](data.length);
  const range = integerRange[type];
  if (!range) {
    out.set(data);
    return out;
  }
  for (let i = 0; i < data.length; i++) {
    const value = Math.round(data[i]!);
    if (!(value >= range[0] && value <= range[1])) {
      throw badInput({
        what: `Writing values as ${type}`,
        got: String(data[i]),
        expected: `${range[0]} to ${range[1]}`,
      });
    }
    out[i] = value;
  }
  return out;
}
