import { badInput } from "../errors.ts";
import { identity4 } from "../geometry/mat4.ts";
import { guessQuantity } from "../image/quantity.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { type Volume, type VoxelData, createVolume } from "../image/volume.ts";
import { emptyLike } from "../image/voxelData.ts";
import type { DecodedVolume, ReadVolumeOptions } from "./decoded.ts";
import { type WritableType, encodeScalars } from "./encodeScalars.ts";
import type { FileBytes } from "./file.ts";
import { type ScalarType, checkedCount, decodeScalars, requireBytes } from "./scalars.ts";
import { latin1 } from "./textHeader.ts";
import { threeSizes } from "./volumeSize.ts";

export function isNpy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x93 && latin1(bytes.subarray(1, 6)) === "NUMPY";
}

const types: Readonly<Record<string, ScalarType>> = {
  b1: "uint8",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

interface NpyHeader {
  readonly type: ScalarType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: number[];
  readonly offset: number;
}

/**
 * Reads a NumPy array of one to three dimensions. The last index of the array runs along i (columns), the one before
 * along j (rows), the first of three along k, whichever order it is stored in. There is no grid in the format: 1 mm
 * spacing and LPS axes are assumed, with a warning.
 */
export function readNpy(file: FileBytes, options: ReadVolumeOptions = {}): DecodedVolume {
  const { bytes, name } = file;
  const { type, littleEndian, fortranOrder, shape, offset } = parseHeader(bytes, name);
  const size = threeSizes(fastestFirst(shape), name);
  const count = checkedCount(size, name);
  requireBytes(bytes, offset, count, type, name);
  const stored = decodeScalars(bytes, offset, count, type, littleEndian);
  const data = fortranOrder ? fromFortranOrder(stored, size) : stored;
  const quantity = options.quantity ?? guessQuantity(data);
  return {
    volume: createVolume({ data, size, worldFromVoxel: identity4, quantity }, name),
    warnings: [
      {
        code: "no-grid",
        message:
          "NPY states no voxel grid; 1 mm spacing, axes Left, Posterior, Superior and the first voxel as origin are assumed.",
      },
    ],
    format: "NPY",
    spacingKnown: false,
  };
}

/** Sizes from the last axis on; leading axes of length 1 beyond three come last, where they may be dropped. */
function fastestFirst(shape: readonly number[]): number[] {
  return [...shape].reverse();
}

function parseHeader(bytes: Uint8Array, name: string): NpyHeader {
  const major = bytes[6] ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isNpy(bytes) || major < 1 || major > 3 || bytes.length < 12) {
    throw badInput({
      what: `NPY ${name}`,
      got: "other first bytes",
      expected: "the NumPy mark, version 1 to 3",
    });
  }
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const text = latin1(bytes.subarray(start, start + Math.min(length, 4096)));
  const descr = /['"]descr['"]\s*:\s*['"]([<>|=]?)([a-zA-Z]\d*)['"]/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!descr || !order || !shape || start + length > bytes.length) {
    throw badInput({
      what: `NPY header of ${name}`,
      got: JSON.stringify(text.slice(0, 100)),
      expected: "descr of one number, fortran_order and shape",
    });
  }
  const type = Object.hasOwn(types, descr[2]!) ? types[descr[2]!] : undefined;
  if (!type) {
    throw badInput({
      what: `Element type of ${name}`,
      got: `"${descr[1]}${descr[2]}"`,
      expected: `one real number: ${Object.keys(types).join(", ")}`,
      todo: "Convert the array, for example with .astype('float32')",
    });
  }
  const sizes = shape[1]!.split(",").filter((part) => part.trim() !== "");
  return {
    type,
    littleEndian: descr[1] !== ">",
    fortranOrder: order[1] === "True",
    shape: sizes.map((part) => Number.parseInt(part, 10)),
    offset: start + length,
  };
}

/** Values stored first index fastest, rearranged to last index (i) fastest. */
function fromFortranOrder(stored: VoxelData, [nx, ny, nz]: readonly [number, number, number]): VoxelData {
  const data = emptyLike(stored, stored.length);
  let target = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) data[target++] = stored[k + nz * (j + ny * i)]!;
    }
  }
  return data;
}

const descriptors: Readonly<Record<WritableType, string>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  uint16: "<u2",
  int32: "<i4",
  uint32: "<u4",
  float32: "<f4",
  float64: "<f8",
};

/** An array of shape (nz, ny, nx) for a volume, (height, width) for an X-ray. */
export function writeNpy(image: Volume | Radiograph, type?: WritableType): Uint8Array {
  const shape = "size" in image ? [...image.size].reverse() : [image.height, image.width];
  const { type: written, bytes } = encodeScalars(image.data, type);
  const dictionary = `{'descr': '${descriptors[written]}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const file = new Uint8Array(10 + length + bytes.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), 10);
  file.set(bytes, 10 + length);
  return file;
}
