import { badInput } from "../../errors.ts";
import { guessQuantity } from "../../image/quantity.ts";
import { type VoxelData, createVolume } from "../../image/volume.ts";
import type { DecodedVolume, ReadVolumeOptions } from "../decoded.ts";
import type { FileBytes } from "../file.ts";
import { inflate } from "../inflate.ts";
import { type ScalarType, checkedCount, decodeScalars, requireBytes, scalarBytes } from "../scalars.ts";
import { openSibling } from "../sibling.ts";
import { companionName, parseTextValues } from "../textHeader.ts";
import { type NrrdGrid, nrrdGrid } from "./nrrdGrid.ts";
import { type NrrdHeader, nrrdField, nrrdNumber, nrrdType, parseNrrdHeader } from "./nrrdHeader.ts";

/**
 * Reads NRRD with attached or detached data (through `sibling`), raw, gzip or text encoding. Throws `bad-input` for
 * anything else.
 */
export async function readNrrd(file: FileBytes, options: ReadVolumeOptions = {}): Promise<DecodedVolume> {
  const { name } = file;
  const header = parseNrrdHeader(file.bytes, name);
  const type = nrrdType(header, name);
  const grid = nrrdGrid(header, name);
  const count = checkedCount(grid.size, name);
  const source = await openData(file, header);
  const data = decode(header, source, count, type);
  return {
    volume: createVolume(
      {
        data,
        size: grid.size,
        worldFromVoxel: checkedAffine(grid, name),
        quantity: options.quantity ?? guessQuantity(data),
      },
      name,
    ),
    warnings: grid.warnings,
    format: `NRRD (${nrrdField(header, "encoding", name).toLowerCase()}${source.name === name ? "" : ", detached"})`,
    spacingKnown: grid.spacingKnown,
    ...(grid.source !== undefined && { gridSource: grid.source }),
  };
}

function checkedAffine(grid: NrrdGrid, name: string): NrrdGrid["worldFromVoxel"] {
  if (!grid.worldFromVoxel.every(Number.isFinite)) {
    throw badInput({
      what: `Field "space directions" of ${name}`,
      got: '"none" for a spatial axis',
      expected: "a direction for every axis of more than one voxel",
    });
  }
  return grid.worldFromVoxel;
}

/** The bytes after the header, or the data file it names. */
async function openData(file: FileBytes, header: NrrdHeader): Promise<FileBytes> {
  const dataFile = header.fields.get("data file");
  if (dataFile === undefined) return { name: file.name, bytes: file.bytes.subarray(header.dataStart) };
  if (/^LIST\b/i.test(dataFile) || /%\d*d/.test(dataFile)) {
    throw badInput({
      what: `Data file named by ${file.name}`,
      got: JSON.stringify(dataFile),
      expected: "one data file",
      todo: "Save the image with its data in one file",
    });
  }
  return openSibling(file, [companionName(dataFile, file.name)], "voxels");
}

function decode(header: NrrdHeader, source: FileBytes, count: number, type: ScalarType): VoxelData {
  const { name } = source;
  const encoding = nrrdField(header, "encoding", name).toLowerCase();
  const bytes = skipLines(source.bytes, nrrdNumber(header, "line skip", 0, name), name);
  const skip = nrrdNumber(header, "byte skip", 0, name);
  if (!(Number.isInteger(skip) && skip >= -1 && skip < 2 ** 31)) {
    throw badInput({
      what: `Field "byte skip" of ${name}`,
      got: String(skip),
      expected: "-1, 0 or more bytes",
    });
  }
  if (["ascii", "text", "txt"].includes(encoding)) {
    return textData(parseTextValues(bytes.subarray(Math.max(0, skip)), count, name), type);
  }
  const littleEndian = isLittleEndian(header, type, name);
  const length = count * scalarBytes[type];
  if (encoding === "gzip" || encoding === "gz") {
    const start = Math.max(0, skip);
    const unpacked = inflate(bytes, { name, keepBytes: start + length });
    requireBytes(unpacked, start, count, type, name);
    return decodeScalars(unpacked, start, count, type, littleEndian);
  }
  if (encoding !== "raw") {
    throw badInput({
      what: `Encoding of ${name}`,
      got: JSON.stringify(encoding),
      expected: "raw, gzip or ascii",
      todo: "Save the file with one of these encodings",
    });
  }
  const offset = skip === -1 ? Math.max(0, bytes.length - length) : skip;
  requireBytes(bytes, offset, count, type, name);
  return decodeScalars(bytes, offset, count, type, littleEndian);
}

function skipLines(bytes: Uint8Array, lines: number, name: string): Uint8Array {
  let at = 0;
  for (let line = 0; line < lines; line++) {
    const end = bytes.indexOf(10, at);
    if (end < 0)
      throw badInput({ what: `Data of ${name}`, got: `${line} lines`, expected: `${lines} to skip` });
    at = end + 1;
  }
  return bytes.subarray(at);
}

function isLittleEndian(header: NrrdHeader, type: ScalarType, name: string): boolean {
  if (scalarBytes[type] === 1) return true;
  const endian = nrrdField(header, "endian", name).toLowerCase();
  if (endian !== "little" && endian !== "big") {
    throw badInput({
      what: `Field "endian" of ${name}`,
      got: JSON.stringify(endian),
      expected: '"little" or "big"',
    });
  }
  return endian === "little";
}

/** Text values in the narrowest array that holds the declared type. */
function textData(values: Float64Array, type: ScalarType): VoxelData {
  return type === "float64" || scalarBytes[type] > 2 ? values : Float32Array.from(values);
}
