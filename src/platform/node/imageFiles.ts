import { badInput } from "../../errors.ts";
import type { ImagingGeometry } from "../../geometry/presets.ts";
import type { RadiographKind } from "../../image/radiograph.ts";
import type { DicomRadiographOptions, DicomVolumeOptions } from "../../io/dicom/index.ts";
import type { FileBytes } from "../../io/file.ts";
import { parseGeometry } from "../../io/geometryFile.ts";
import { type ReadRadiographResult, readRadiograph } from "../../io/readRadiograph.ts";
import { type ReadVolumeResult, readVolume } from "../../io/readVolume.ts";
import { isFolder, listFiles, readFileBytes, sha256 } from "./fileReader.ts";

/** The role of a file in error messages: "CT", "Mask". */
export interface FileRole {
  readonly what?: string;
}

/** A volume with the hash of its file, by which results name it. */
export interface VolumeFile extends ReadVolumeResult {
  readonly sha256: string;
}

/** An X-ray with the hash of its file. */
export interface XrayFile extends ReadRadiographResult {
  readonly sha256: string;
}

/** Text files larger than this are no JSON of ours. */
const maxTextBytes = 64 * 2 ** 20;

/** One file, or every file of a folder (a DICOM series). */
async function readFiles(path: string, what: string): Promise<FileBytes[]> {
  if (!(await isFolder(path))) return [await readFileBytes(path, { what })];
  const paths = await listFiles(path);
  if (paths.length === 0) {
    throw badInput({ what: `${what} ${path}`, got: "an empty folder", expected: "image files" });
  }
  return Promise.all(paths.map((file) => readFileBytes(file, { what })));
}

/** The hash of one file, or of the hashes of several in order. */
function hashOf(files: readonly FileBytes[]): string {
  const [first] = files;
  if (files.length === 1 && first) return sha256(first.bytes);
  return sha256(new TextEncoder().encode(files.map((file) => sha256(file.bytes)).join("\n")));
}

/**
 * Reads a CT or label map from a file, a header with its data file beside it, or a folder of slices. Throws
 * `bad-input` with one sentence on whatever is wrong with it.
 */
export async function readVolumeFile(
  path: string,
  { what = "Volume", dicom }: FileRole & { readonly dicom?: DicomVolumeOptions } = {},
): Promise<VolumeFile> {
  const files = await readFiles(path, what);
  return { ...(await readVolume(files, dicom ? { dicom } : {})), sha256: hashOf(files) };
}

/** What the caller knows better than the file. */
export interface XrayFileOptions extends FileRole {
  /** Overrides what the file says of its pixels. */
  readonly kind?: RadiographKind;
  readonly dicom?: DicomRadiographOptions;
}

/** Reads an X-ray. */
export async function readXrayFile(
  path: string,
  { what = "X-ray", kind, dicom }: XrayFileOptions = {},
): Promise<XrayFile> {
  const file = await readFileBytes(path, { what });
  const decoded = await readRadiograph(file, { ...(kind && { kind }), ...(dicom && { dicom }) });
  return { ...decoded, sha256: sha256(file.bytes) };
}

/** Reads a small text file, such as a JSON document. */
export async function readTextFile(path: string, { what = "File" }: FileRole = {}): Promise<string> {
  const { bytes } = await readFileBytes(path, { what, maxBytes: maxTextBytes });
  return new TextDecoder().decode(bytes);
}

/** Reads a geometry.json. */
export async function readGeometryFile(path: string): Promise<ImagingGeometry> {
  return parseGeometry(await readTextFile(path, { what: "Geometry" }), path);
}
