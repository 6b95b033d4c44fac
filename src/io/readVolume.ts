import { badInput, usageError } from "../errors.ts";
import type { DecodedVolume, ReadVolumeOptions } from "./decoded.ts";
import { type ImageFormat, detectFormat } from "./detect.ts";
import type { DicomVolume, DicomVolumeOptions } from "./dicom/index.ts";
import { readTotally } from "./dicom/guard.ts";
import type { FileBytes, FormatWarning } from "./file.ts";
import { readMetaImage } from "./metaimage/readMetaImage.ts";
import { readNifti } from "./nifti/readNifti.ts";
import { readNpy } from "./npy.ts";
import { readNrrd } from "./nrrd/readNrrd.ts";
import { openSibling } from "./sibling.ts";

/** A volume, its format and what was doubtful about it. */
export interface ReadVolumeResult extends DecodedVolume {
  /** What only DICOM says: series and facts with their attributes. */
  readonly dicom?: DicomVolume;
}

export interface ReadAnyVolumeOptions extends ReadVolumeOptions {
  /** Choice of series and repairs, for DICOM. */
  readonly dicom?: DicomVolumeOptions;
}

type VolumeReader = (file: FileBytes, options: ReadVolumeOptions) => DecodedVolume | Promise<DecodedVolume>;

const readers: Readonly<Record<Exclude<ImageFormat, "dicom" | "png" | "pfm">, VolumeReader>> = {
  nifti: readNifti,
  "nifti-image": async (file, options) => readNifti(await openHeader(file), options),
  nrrd: readNrrd,
  metaimage: readMetaImage,
  npy: readNpy,
};

/**
 * Reads a CT or label map from one file, from a header with its data file, or from the files of a DICOM series. The
 * format is told by content, then by name. Any bytes end in a volume or in a `bad-input` error.
 */
export async function readVolume(
  files: FileBytes | readonly FileBytes[],
  options: ReadAnyVolumeOptions = {},
): Promise<ReadVolumeResult> {
  const all = Array.isArray(files) ? (files as readonly FileBytes[]) : [files as FileBytes];
  if (all.length === 0)
    throw usageError({ what: "Reading a volume", got: "no file", expected: "at least one" });
  return readTotally("Volume", () => readDetected(all, options));
}

async function readDetected(
  files: readonly FileBytes[],
  options: ReadVolumeOptions,
): Promise<ReadVolumeResult> {
  const [file, format, warnings] = chooseFile(files);
  if (format === "dicom") return readSeries(files, options);
  if (format === "png" || format === "pfm") {
    throw badInput({
      what: `Volume ${file.name}`,
      got: `a single picture (${format.toUpperCase()})`,
      expected: "a volume: NIfTI, NRRD, MetaImage, NPY or a DICOM series",
      todo: "Give the CT first and the X-ray second",
    });
  }
  const decoded = await readers[format](file, options);
  return { ...decoded, warnings: [...warnings, ...decoded.warnings] };
}

/** DICOM and its codecs are loaded only when a DICOM file comes. */
async function readSeries(
  files: readonly FileBytes[],
  options: ReadAnyVolumeOptions,
): Promise<ReadVolumeResult> {
  const { readDicomVolume } = await import("./dicom/index.ts");
  const dicom = await readDicomVolume(files, options.dicom);
  const { warnings, format, spacingKnown } = dicom;
  const quantity = options.quantity ?? dicom.volume.quantity;
  return { volume: { ...dicom.volume, quantity }, warnings, format, spacingKnown, dicom };
}

type Chosen = readonly [file: FileBytes, format: ImageFormat, warnings: readonly FormatWarning[]];

/** The file to start from: the only one, or the one header among several whose others are its data; DICOM as a whole. */
function chooseFile(files: readonly FileBytes[]): Chosen {
  const [only] = files;
  if (files.length === 1) {
    const { format, warnings } = detectFormat(only!);
    return [only!, format, warnings];
  }
  const detected = files.flatMap((file) => {
    try {
      return [{ file, ...detectFormat(file) }];
    } catch {
      return [];
    }
  });
  if (detected.some(({ format }) => format === "dicom")) return [only!, "dicom", []];
  const headers = detected.filter(({ format }) => format !== "nifti-image");
  if (headers.length !== 1) {
    throw badInput({
      what: "Volume",
      got: `${files.length} files of which ${headers.length} are images of their own`,
      expected: "one volume: a file, a header with its data file, or the files of one DICOM series",
    });
  }
  const { file, format, warnings } = headers[0]!;
  return [withNeighbours(file, files), format, warnings];
}

/** A file whose siblings are the other files given, then its own. */
function withNeighbours(file: FileBytes, files: readonly FileBytes[]): FileBytes {
  const sibling = async (name: string): Promise<Uint8Array> => {
    const given = files.find((other) => other.name === name);
    if (given) return given.bytes;
    if (file.sibling) return file.sibling(name);
    throw badInput({
      what: `File ${name}`,
      got: "no such file among those given",
      expected: "the data file",
    });
  };
  return { ...file, sibling };
}

/** The header of a .img that was given instead of its .hdr. */
async function openHeader(image: FileBytes): Promise<FileBytes> {
  const base = image.name.replace(/\.img(\.gz)?$/i, "");
  const header = await openSibling(image, [`${base}.hdr`, `${base}.hdr.gz`], "header");
  return withNeighbours(header, [image]);
}
