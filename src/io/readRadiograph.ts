import { badInput } from "../errors.ts";
import type { DecodedRadiograph, ReadRadiographOptions } from "./decoded.ts";
import { detectFormat } from "./detect.ts";
import type { DicomRadiograph, DicomRadiographOptions } from "./dicom/index.ts";
import { readTotally } from "./dicom/guard.ts";
import type { FileBytes } from "./file.ts";
import { readPfm } from "./pfm.ts";
import { readPng } from "./png.ts";
import { radiographFromVolume } from "./radiographFromVolume.ts";
import { readVolume } from "./readVolume.ts";

/** An X-ray, its format and what was doubtful about it. */
export interface ReadRadiographResult extends DecodedRadiograph {
  /** What only DICOM says: geometry, polarity and exposed area with their attributes. */
  readonly dicom?: DicomRadiograph;
}

export interface ReadAnyRadiographOptions extends ReadRadiographOptions {
  /** Choice of frame and treatment of its borders, for DICOM. */
  readonly dicom?: DicomRadiographOptions;
}

/**
 * Reads an X-ray: PNG, PFM, NPY, DICOM, or NIfTI, NRRD and MetaImage with one slice. The first stored row is v = 0.
 * The format is told by content, then by name. Any bytes end in an X-ray or in a `bad-input` error.
 */
export async function readRadiograph(
  file: FileBytes,
  options: ReadAnyRadiographOptions = {},
): Promise<ReadRadiographResult> {
  return readTotally("X-ray", async () => {
    const decoded = await readDetected(file, options);
    if (!decoded.radiograph.data.some(Number.isFinite)) {
      throw badInput({ what: `X-ray ${file.name}`, got: "no finite pixel", expected: "an image" });
    }
    return decoded;
  });
}

async function readDetected(
  file: FileBytes,
  options: ReadAnyRadiographOptions,
): Promise<ReadRadiographResult> {
  const { format, warnings } = detectFormat(file);
  if (format === "png" || format === "pfm") {
    const decoded = format === "png" ? readPng(file, options) : readPfm(file, options);
    return { ...decoded, warnings: [...warnings, ...decoded.warnings] };
  }
  if (format === "dicom") return readDicom(file, options);
  const decoded = await readVolume(file, { quantity: "unknown" });
  return radiographFromVolume(decoded, file.name, options);
}

/** DICOM and its codecs are loaded only when a DICOM file comes. */
async function readDicom(file: FileBytes, options: ReadAnyRadiographOptions): Promise<ReadRadiographResult> {
  const { readDicomRadiograph } = await import("./dicom/index.ts");
  const dicom = await readDicomRadiograph(file, options.dicom);
  const { radiograph, warnings, format } = dicom;
  return { radiograph: { ...radiograph, kind: options.kind ?? radiograph.kind }, warnings, format, dicom };
}
