import { gzipSync } from "fflate";
import type { Volume } from "../../image/volume.ts";
import { type WritableType, encodeScalars } from "../encodeScalars.ts";

export interface WriteNrrdOptions {
  /** Element type of the file; default the volume's own. Values are rounded and checked for range. */
  readonly type?: WritableType;
  /** Default true: gzip encoding. */
  readonly gzip?: boolean;
}

const typeNames: Readonly<Record<WritableType, string>> = {
  int8: "int8",
  uint8: "uint8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  float32: "float",
  float64: "double",
};

/** An NRRD file with attached header, space left-posterior-superior. */
export function writeNrrd(volume: Volume, options: WriteNrrdOptions = {}): Uint8Array {
  const { type, bytes } = encodeScalars(volume.data, options.type);
  const m = volume.worldFromVoxel;
  const direction = (c: number): string => `(${m[c]},${m[4 + c]},${m[8 + c]})`;
  const gzip = options.gzip !== false;
  const header = [
    "NRRD0004",
    `type: ${typeNames[type]}`,
    "dimension: 3",
    "space: left-posterior-superior",
    `sizes: ${volume.size.join(" ")}`,
    `space directions: ${[0, 1, 2].map(direction).join(" ")}`,
    `space origin: (${m[3]},${m[7]},${m[11]})`,
    "kinds: domain domain domain",
    "endian: little",
    `encoding: ${gzip ? "gzip" : "raw"}`,
    "",
    "",
  ].join("\n");
  return joined(new TextEncoder().encode(header), gzip ? gzipSync(bytes, { level: 6, mtime: 0 }) : bytes);
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array {
  const file = new Uint8Array(head.length + body.length);
  file.set(head);
  file.set(body, head.length);
  return file;
}
