import { badInput } from "../../errors.ts";
import type { ScalarType } from "../scalars.ts";

/** The fields of a NIfTI-1 or NIfTI-2 header that decide about voxels and their places. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Data in a companion .img file. */
  readonly pair: boolean;
  /** dim[0..7]. */
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly bitpix: number;
  /** pixdim[0..7]; pixdim[0] is qfac. */
  readonly pixdim: readonly number[];
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d, then the offsets x, y, z. */
  readonly quaternion: readonly number[];
  /** Three rows of four. */
  readonly sform: readonly number[];
}

export const nifti1HeaderBytes = 348;
export const nifti2HeaderBytes = 540;

/** Types as numbered by the standard. */
export const niftiTypes: ReadonlyMap<number, ScalarType> = new Map<number, ScalarType>([
  [2, "uint8"],
  [4, "int16"],
  [8, "int32"],
  [16, "float32"],
  [64, "float64"],
  [256, "int8"],
  [512, "uint16"],
  [768, "uint32"],
  [1024, "int64"],
  [1280, "uint64"],
]);

const unsupportedTypes: ReadonlyMap<number, string> = new Map([
  [0, "unknown"],
  [1, "1-bit"],
  [32, "complex (complex64)"],
  [128, "colour (RGB24)"],
  [1536, "128-bit float"],
  [1792, "complex (complex128)"],
  [2048, "complex (complex256)"],
  [2304, "colour (RGBA32)"],
]);

/** The element type, or `bad-input` naming the one that is not supported. */
export function niftiScalarType(header: NiftiHeader, name: string): ScalarType {
  const type = niftiTypes.get(header.datatype);
  if (type) return type;
  const known = unsupportedTypes.get(header.datatype);
  throw badInput({
    what: `Voxel type of ${name}`,
    got: `${known ?? "an undefined type"} (NIfTI datatype ${header.datatype})`,
    expected: "one real number per voxel (8 to 64-bit integers, float32 or float64)",
    todo: "Convert the image to a single real channel, for example its magnitude",
  });
}

/** Which NIfTI the first bytes announce, and in which byte order; undefined for anything else. */
export function niftiVersion(bytes: Uint8Array): { version: 1 | 2; littleEndian: boolean } | undefined {
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === nifti1HeaderBytes) return { version: 1, littleEndian };
    if (size === nifti2HeaderBytes) return { version: 2, littleEndian };
  }
  return undefined;
}

/** Reads the header; throws `bad-input` for what is not NIfTI or cut off. */
export function parseNiftiHeader(bytes: Uint8Array, name: string): NiftiHeader {
  const kind = niftiVersion(bytes);
  if (!kind) {
    throw badInput({
      what: `NIfTI header of ${name}`,
      got: `header size ${describeStart(bytes)}`,
      expected: "348 (NIfTI-1) or 540 (NIfTI-2)",
      todo: "The file is not NIfTI, whatever its name says",
    });
  }
  const needed = kind.version === 1 ? nifti1HeaderBytes : nifti2HeaderBytes;
  if (bytes.length < needed) {
    throw badInput({ what: `NIfTI header of ${name}`, got: `${bytes.length} bytes`, expected: `${needed}` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return kind.version === 1 ? parse1(view, kind.littleEndian, name) : parse2(view, kind.littleEndian, name);
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.length < 4) return `of only ${bytes.length} bytes`;
  return String(new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true));
}

type Reader = (offset: number, count: number) => number[];

function readers(
  view: DataView,
  le: boolean,
): Record<"int16" | "int32" | "int64" | "float32" | "float64", Reader> {
  const many =
    (width: number, get: (at: number) => number): Reader =>
    (offset, count) =>
      Array.from({ length: count }, (_, i) => get(offset + i * width));
  return {
    int16: many(2, (at) => view.getInt16(at, le)),
    int32: many(4, (at) => view.getInt32(at, le)),
    int64: many(8, (at) => Number(view.getBigInt64(at, le))),
    float32: many(4, (at) => view.getFloat32(at, le)),
    float64: many(8, (at) => view.getFloat64(at, le)),
  };
}

/** Whether the data lie in a companion file, from the magic string. */
function isPair(view: DataView, offset: number, digit: string, name: string): boolean {
  const magic = String.fromCharCode(...[0, 1, 2].map((i) => view.getUint8(offset + i)));
  if (magic === `n+${digit}`) return false;
  if (magic === `ni${digit}`) return true;
  throw badInput({
    what: `NIfTI magic string of ${name}`,
    got: JSON.stringify(magic),
    expected: `"n+${digit}" or "ni${digit}"`,
    todo: "ANALYZE 7.5 files state no orientation: convert them to NIfTI first",
  });
}

function parse1(view: DataView, littleEndian: boolean, name: string): NiftiHeader {
  const read = readers(view, littleEndian);
  const [datatype, bitpix] = read.int16(70, 2);
  const [voxOffset, slope, intercept] = read.float32(108, 3);
  const [qformCode, sformCode] = read.int16(252, 2);
  return {
    version: 1,
    littleEndian,
    pair: isPair(view, 344, "1", name),
    dim: read.int16(40, 8),
    datatype: datatype!,
    bitpix: bitpix!,
    pixdim: read.float32(76, 8),
    voxOffset: voxOffset!,
    slope: slope!,
    intercept: intercept!,
    units: view.getUint8(123),
    qformCode: qformCode!,
    sformCode: sformCode!,
    quaternion: read.float32(256, 6),
    sform: read.float32(280, 12),
  };
}

function parse2(view: DataView, littleEndian: boolean, name: string): NiftiHeader {
  const read = readers(view, littleEndian);
  const [datatype, bitpix] = read.int16(12, 2);
  const [slope, intercept] = read.float64(176, 2);
  const [qformCode, sformCode] = read.int32(344, 2);
  return {
    version: 2,
    littleEndian,
    pair: isPair(view, 4, "2", name),
    dim: read.int64(16, 8),
    datatype: datatype!,
    bitpix: bitpix!,
    pixdim: read.float64(104, 8),
    voxOffset: read.int64(168, 1)[0]!,
    slope: slope!,
    intercept: intercept!,
    units: view.getInt32(500, littleEndian),
    qformCode: qformCode!,
    sformCode: sformCode!,
    quaternion: read.float64(352, 6),
    sform: read.float64(400, 12),
  };
}
