import { badInput } from "../errors.ts";
import type { FileBytes, FormatWarning } from "./file.ts";
import { inflate, isGzip } from "./inflate.ts";
import { isMetaImage } from "./metaimage/metaHeader.ts";
import { niftiVersion } from "./nifti/niftiHeader.ts";
import { isNpy } from "./npy.ts";
import { isNrrd } from "./nrrd/nrrdHeader.ts";
import { isPfm } from "./pfm.ts";
import { isPng } from "./png.ts";
import { latin1 } from "./textHeader.ts";
import { isZip } from "./zipFiles.ts";

/** Formats that can be read. `nifti-image` is the data half of a .hdr/.img pair; zip archives count as `dicom`. */
export type ImageFormat = "nifti" | "nifti-image" | "nrrd" | "metaimage" | "png" | "pfm" | "npy" | "dicom";

export const readableFormats = "NIfTI, NRRD, MetaImage, DICOM, PNG, PFM or NPY";

export interface DetectedFormat {
  readonly format: ImageFormat;
  readonly warnings: FormatWarning[];
}

/** What the name promises, from its ending. */
const endings: readonly (readonly [RegExp, ImageFormat])[] = [
  [/\.(nii|hdr)(\.gz)?$/i, "nifti"],
  [/\.img(\.gz)?$/i, "nifti-image"],
  [/\.(nrrd|nhdr)$/i, "nrrd"],
  [/\.(mha|mhd)$/i, "metaimage"],
  [/\.png$/i, "png"],
  [/\.pfm$/i, "pfm"],
  [/\.npy$/i, "npy"],
  [/\.(dcm|dicom|ima|zip)$/i, "dicom"],
];

const contents: readonly (readonly [(bytes: Uint8Array) => boolean, ImageFormat])[] = [
  [isPng, "png"],
  [isNrrd, "nrrd"],
  [isNpy, "npy"],
  [hasDicomMark, "dicom"],
  [isZip, "dicom"],
  [isNifti, "nifti"],
  [isPfm, "pfm"],
  [isMetaImage, "metaimage"],
  [isBareDicom, "dicom"],
];

/** Formats told by their first bytes that cannot be read. */
const foreign: readonly (readonly [start: string, name: string])[] = [
  ["\xff\xd8\xff", "a JPEG picture"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000 picture"],
  ["\xff\x4f\xff\x51", "a JPEG 2000 codestream"],
  ["II*\0", "a TIFF picture"],
  ["MM\0*", "a TIFF picture"],
  ["GIF8", "a GIF picture"],
  ["BM", "a BMP picture"],
  ["P5", "a PGM picture"],
  ["P2", "a PGM picture"],
  ["\x89HDF", "an HDF5 file"],
  ["%PDF", "a PDF document"],
  ["BZh", "bzip2-compressed data (unpack it first)"],
  ["\xfd7zXZ", "xz-compressed data (unpack it first)"],
  ["(\xb5/\xfd", "zstd-compressed data (unpack it first)"],
  ["{", "JSON text"],
  ["<", "XML or HTML text"],
];

/**
 * The format of a file: by content first, then by the ending of its name; a warning where the two differ. Throws
 * `bad-input` naming what the file is, as far as that can be told.
 */
export function detectFormat(file: FileBytes): DetectedFormat {
  const { name } = file;
  if (file.bytes.length === 0) {
    throw badInput({
      what: `File ${name}`,
      got: "an empty file (0 bytes)",
      expected: `an image: ${readableFormats}`,
    });
  }
  const start = firstBytes(file);
  const named = endings.find(([ending]) => ending.test(name))?.[1];
  const found = contents.find(([matches]) => matches(start))?.[1];
  if (found) return { format: found, warnings: named && named !== found ? [differs(found)] : [] };
  const other = foreign.find(([mark]) => latin1(start.subarray(0, mark.length)) === mark)?.[1];
  if (named && !other) return { format: named, warnings: [] };
  throw badInput({
    what: `File ${name}`,
    got: other ?? "an unknown format",
    expected: `an image: ${readableFormats}`,
  });
}

function differs(found: ImageFormat): FormatWarning {
  return { code: "name-differs", message: `The content is ${found}, which the name's ending does not say.` };
}

/** The first kilobyte, unpacked. */
function firstBytes(file: FileBytes): Uint8Array {
  if (!isGzip(file.bytes)) return file.bytes.subarray(0, 4096);
  return inflate(file.bytes, { name: file.name, keepBytes: 1024, prefixOnly: true });
}

function hasDicomMark(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(128, 132)) === "DICM";
}

/** A header size of 348 alone also fits ANALYZE 7.5, which the reader names. */
function isNifti(bytes: Uint8Array): boolean {
  const kind = niftiVersion(bytes);
  if (!kind) return false;
  return kind.version === 1 || /^n[+i]2/.test(latin1(bytes.subarray(4, 7)));
}

/** A data set without preamble: group 0008, then a value representation or a plausible length. */
function isBareDicom(bytes: Uint8Array): boolean {
  if (bytes.length < 16 || bytes[0] !== 8 || bytes[1] !== 0 || bytes[3]! > 0x20) return false;
  if (/^[A-Z]{2}$/.test(latin1(bytes.subarray(4, 6)))) return true;
  const length = new DataView(bytes.buffer, bytes.byteOffset + 4, 4).getUint32(0, true);
  return length % 2 === 0 && length <= 256;
}
