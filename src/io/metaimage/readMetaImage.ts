import { badInput } from "../../errors.ts";
import { isSheared } from "../../image/grid.ts";
import { guessQuantity } from "../../image/quantity.ts";
import { type VoxelData, createVolume } from "../../image/volume.ts";
import type { DecodedVolume, ReadVolumeOptions } from "../decoded.ts";
import type { FileBytes, FormatWarning } from "../file.ts";
import { inflate } from "../inflate.ts";
import { type ScalarType, checkedCount, decodeScalars, requireBytes, scalarBytes } from "../scalars.ts";
import { openSibling } from "../sibling.ts";
import { companionName, numbersOf, parseTextValues } from "../textHeader.ts";
import { threeSizes } from "../volumeSize.ts";
import { type MetaHeader, metaField, metaFlag, metaGrid, metaType, parseMetaHeader } from "./metaHeader.ts";

/**
 * Reads MetaImage: .mha, or .mhd with its data file (through `sibling`), plain, zlib-compressed or text. Throws
 * `bad-input` for anything else.
 */
export async function readMetaImage(
  file: FileBytes,
  options: ReadVolumeOptions = {},
): Promise<DecodedVolume> {
  const { name } = file;
  const header = parseMetaHeader(file.bytes, name);
  const type = metaType(header, name);
  const warnings: FormatWarning[] = [];
  const grid = metaGrid(header, name, warnings);
  const size = threeSizes(grid.dims, name);
  const count = checkedCount(size, name);
  const source = await openData(file, header);
  const data = decode(header, source, count, type);
  const volume = createVolume(
    { data, size, worldFromVoxel: grid.worldFromVoxel, quantity: options.quantity ?? guessQuantity(data) },
    name,
  );
  if (isSheared(volume)) {
    warnings.push({
      code: "sheared-grid",
      message: "The voxel axes are not at right angles; the image is used on its sheared grid as it is.",
    });
  }
  const compressed = metaFlag(header, "CompressedData", false) ? " (zlib)" : "";
  return {
    volume,
    warnings,
    format: `MetaImage${compressed}`,
    spacingKnown: grid.spacingKnown,
    ...(grid.source !== "" && { gridSource: grid.source }),
  };
}

async function openData(file: FileBytes, header: MetaHeader): Promise<FileBytes> {
  const dataFile = metaField(header, "ElementDataFile", file.name);
  if (/^local$/i.test(dataFile)) return { name: file.name, bytes: file.bytes.subarray(header.dataStart) };
  if (/^LIST\b/.test(dataFile) || /%\d*d/.test(dataFile)) {
    throw badInput({
      what: `Data file named by ${file.name}`,
      got: JSON.stringify(dataFile),
      expected: "LOCAL or one data file",
      todo: "Save the image as one .mha file",
    });
  }
  return openSibling(file, [companionName(dataFile, file.name)], "voxels");
}

function decode(header: MetaHeader, source: FileBytes, count: number, type: ScalarType): VoxelData {
  const { name } = source;
  if (!metaFlag(header, "BinaryData", true))
    return Float32Array.from(parseTextValues(source.bytes, count, name));
  const littleEndian = !metaFlag(header, "BinaryDataByteOrderMSB", false);
  const length = count * scalarBytes[type];
  if (metaFlag(header, "CompressedData", false)) {
    const packed = compressedBytes(header, source);
    const unpacked = inflate(packed, { name, keepBytes: length });
    requireBytes(unpacked, 0, count, type, name);
    return decodeScalars(unpacked, 0, count, type, littleEndian);
  }
  const skip = numbersOf(header.fields.get("HeaderSize") ?? "0", 1, "HeaderSize", name)[0]!;
  if (!(Number.isInteger(skip) && skip >= -1)) {
    throw badInput({ what: `HeaderSize of ${name}`, got: String(skip), expected: "-1, 0 or more bytes" });
  }
  const offset = skip === -1 ? Math.max(0, source.bytes.length - length) : skip;
  requireBytes(source.bytes, offset, count, type, name);
  return decodeScalars(source.bytes, offset, count, type, littleEndian);
}

/** The stream without what may follow it, where the header gives its length. */
function compressedBytes(header: MetaHeader, source: FileBytes): Uint8Array {
  const stated = Number(header.fields.get("CompressedDataSize"));
  return stated > 0 && stated < source.bytes.length ? source.bytes.subarray(0, stated) : source.bytes;
}
