import { zlibSync } from "fflate";
import { type Volume, voxelSpacingMm } from "../../image/volume.ts";
import { type WritableType, encodeScalars } from "../encodeScalars.ts";

export interface WriteMetaImageOptions {
  /** Element type of the file; default the volume's own. Values are rounded and checked for range. */
  readonly type?: WritableType;
  /** Default true: zlib. */
  readonly compress?: boolean;
}

const typeNames: Readonly<Record<WritableType, string>> = {
  int8: "MET_CHAR",
  uint8: "MET_UCHAR",
  int16: "MET_SHORT",
  uint16: "MET_USHORT",
  int32: "MET_INT",
  uint32: "MET_UINT",
  float32: "MET_FLOAT",
  float64: "MET_DOUBLE",
};

/** An .mha file: header and data together, positions in LPS mm as ITK writes them. */
export function writeMetaImage(volume: Volume, options: WriteMetaImageOptions = {}): Uint8Array {
  const { type, bytes } = encodeScalars(volume.data, options.type);
  const compress = options.compress !== false;
  const body = compress ? zlibSync(bytes, { level: 6 }) : bytes;
  const m = volume.worldFromVoxel;
  const spacing = voxelSpacingMm(volume);
  const directions = [0, 1, 2].flatMap((c) => [0, 4, 8].map((row) => m[row + c]! / spacing[c]!));
  const header = [
    "ObjectType = Image",
    "NDims = 3",
    "BinaryData = True",
    "BinaryDataByteOrderMSB = False",
    `CompressedData = ${compress ? "True" : "False"}`,
    ...(compress ? [`CompressedDataSize = ${body.length}`] : []),
    `TransformMatrix = ${directions.join(" ")}`,
    `Offset = ${m[3]} ${m[7]} ${m[11]}`,
    "CenterOfRotation = 0 0 0",
    `ElementSpacing = ${spacing.join(" ")}`,
    `DimSize = ${volume.size.join(" ")}`,
    `ElementType = ${typeNames[type]}`,
    "ElementDataFile = LOCAL",
    "",
  ].join("\n");
  const head = new TextEncoder().encode(header);
  const file = new Uint8Array(head.length + body.length);
  file.set(head);
  file.set(body, head.length);
  return file;
}
