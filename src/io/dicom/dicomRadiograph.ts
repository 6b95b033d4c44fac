import { usageError } from "../../errors.ts";
import { type Radiograph, createRadiograph } from "../../image/radiograph.ts";
import type { DecodedRadiograph } from "../decoded.ts";
import type { FileBytes } from "../file.ts";
import { expandZips } from "../zipFiles.ts";
import { type CodecOptions, createCodecs } from "./codecs.ts";
import { readExposedArea } from "./exposedArea.ts";
import { locateFrames } from "./frames.ts";
import { type FrameReaders, frameNumbers, frameReaders } from "./functionalGroups.ts";
import { readTotally } from "./guard.ts";
import { type DicomHeader, parseHeader } from "./header.ts";
import { type DicomIdentity, readIdentity } from "./identity.ts";
import { type FrameChoice, chooseFrames, meanOfFrames } from "./meanFrame.ts";
import { type PixelFormat, readPixelFormat } from "./pixelFormat.ts";
import { type PixelMeaning, type Polarity, readPixelMeaning } from "./pixelMeaning.ts";
import { tags } from "./tags.ts";
import { badValue, hasValue, textValue, textValues } from "./values.ts";
import { type WarningList, createWarnings } from "./warnings.ts";
import { type XrayGeometry, readXrayGeometry } from "./xrayGeometry.ts";

export interface DicomRadiographOptions extends CodecOptions {
  /** Default: the file's RepresentativeFrameNumber, else 1 (with a warning where there are several). */
  readonly frame?: FrameChoice;
  /**
   * Turning round of columns for pictures seen from the detector: `auto` (default) where the attributes
   * prove it, `never`, or `always`.
   */
  readonly mirror?: "auto" | "never" | "always";
  /** Make pixels outside collimator and shutter NaN, which registration leaves out; default false. */
  readonly hideUnexposed?: boolean;
  /** Return names, dates and UIDs in `identity`; default false. */
  readonly showPhi?: boolean;
}

export interface DicomRadiograph extends DecodedRadiograph {
  readonly geometry: XrayGeometry;
  readonly modality: string;
  /** Whether dense tissue is bright, where anything says so. */
  readonly polarity: Polarity;
  /** The attributes that decided kind and polarity. */
  readonly kindSource: string;
  readonly frames: { readonly count: number; readonly first: number; readonly last: number };
  /** Columns were turned round: column u of the file is column width - 1 - u here. */
  readonly mirrored: boolean;
  /** 1 = exposed, 0 = outside collimator, shutter or burned-in border; absent where all is exposed. */
  readonly exposed?: Uint8Array;
  /** Window for display, in the units of the returned pixels; absent where the file gives none that fits. */
  readonly window?: { readonly center: number; readonly width: number };
  readonly identity?: DicomIdentity;
}

/**
 * Reads an X-ray picture (XA, RF, DX, CR, RG, secondary capture, CT localiser) with what its attributes
 * tell about the imaging geometry; what they do not tell is listed in `geometry.missing`, never guessed.
 * Pixels are stored values after RescaleSlope and RescaleIntercept; lookup tables for display are not applied.
 */
export async function readDicomRadiograph(
  file: FileBytes,
  options: DicomRadiographOptions = {},
): Promise<DicomRadiograph> {
  return readTotally("DICOM X-ray", async () => {
    const warnings = createWarnings();
    const header = parseHeader(onlyFile(file));
    const modality = checkModality(header);
    const format = readPixelFormat(header);
    const frames = locateFrames(header, format);
    warnings.addAll([...header.warnings, ...frames.warnings]);
    const range = chooseFrames(header, format, options.frame, warnings);
    const readers = frameReaders(header, format.frames)[range.first - 1]!;
    const values = await meanOfFrames(
      { header, format, frames, codecs: createCodecs(options) },
      range,
      warnings,
    );
    const meaning = readPixelMeaning(readers, format.photometric);
    const found = readXrayGeometry(readers, format, range.first - 1);
    warnings.addAll(found.warnings);
    warnDoubts(readers, modality, meaning, warnings);
    return {
      ...buildPicture(values, readers, format, meaning, found.geometry, options, warnings),
      geometry: found.geometry,
      modality,
      polarity: meaning.polarity,
      kindSource: meaning.source,
      frames: { count: format.frames, ...range },
      format: `DICOM ${modality} (${header.syntax.name})`,
      warnings: warnings.list(),
      ...(options.showPhi ? { identity: readIdentity(header) } : {}),
    };
  });
}

/** A zip with one picture counts as that picture. */
function onlyFile(file: FileBytes): FileBytes {
  const files = expandZips([file]);
  if (files.length === 1) return files[0]!;
  throw usageError({
    what: "DICOM X-ray",
    got: `an archive of ${files.length} files`,
    expected: "one picture",
  });
}

const xrayModalities = ["XA", "RF", "DX", "CR", "RG", "PX", "IO", "OT", "SC", "RTIMAGE"];

/** X-ray pictures and secondary captures; of CT only the localiser, which is a projection. */
function checkModality(header: DicomHeader): string {
  const modality = textValue(header, tags.modality) ?? "OT";
  if (xrayModalities.includes(modality)) return modality;
  if (modality === "CT" && textValues(header, tags.imageType)?.includes("LOCALIZER")) return modality;
  const got = modality === "CT" ? "a CT slice" : `${modality.slice(0, 16)}, which is no X-ray projection`;
  throw badValue(
    header,
    tags.modality,
    got,
    `an X-ray picture (${xrayModalities.join(", ")}) or a CT localiser`,
  );
}

function warnDoubts(
  readers: FrameReaders,
  modality: string,
  meaning: PixelMeaning,
  warnings: WarningList,
): void {
  const root = readers[0]!;
  if (modality === "CT") {
    warnings.add(
      "scanned-projection",
      "A CT localiser is a scanned fan beam: only across the table is it a cone-beam picture",
    );
  }
  if (meaning.kind === "unknown") {
    warnings.add(
      "kind-unknown",
      `What pixels mean is not stated (${meaning.source}); it is decided by evidence`,
    );
  }
  if (meaning.kind === "line-integral") {
    warnings.add("relative-scale", `${meaning.source} LOG: line integrals up to an unknown scale and offset`);
  }
  if (hasValue(root, tags.modalityLut)) {
    warnings.add("modality-lut-not-applied", `${tags.modalityLut.label} is there and was not applied`);
  }
  if (textValue(root, tags.burnedInAnnotation) === "YES") {
    warnings.add(
      "burned-in-annotation",
      `${tags.burnedInAnnotation.label} is YES: text may lie in the picture`,
    );
  }
  if (textValue(root, tags.lossyCompression) === "01") {
    warnings.add("lossy", `${tags.lossyCompression.label}: the picture went through lossy compression`);
  }
}

function buildPicture(
  values: Float32Array,
  readers: FrameReaders,
  format: PixelFormat,
  meaning: PixelMeaning,
  geometry: XrayGeometry,
  options: DicomRadiographOptions,
  warnings: WarningList,
): Pick<DicomRadiograph, "radiograph" | "exposed" | "mirrored" | "window"> {
  const { columns: width, rows: height } = format;
  const area = readExposedArea(readers, values, width, height);
  if (area) {
    const share = (100 * area.hiddenShare).toFixed(1);
    warnings.add(
      "not-exposed",
      `${share} % of the picture lie outside the exposed area (${area.sources.join(", ")})`,
    );
  }
  const scaling = pixelScaling(readers, format, meaning);
  for (let p = 0; p < values.length; p++) values[p] = scaling.factor * values[p]! + scaling.offset;
  if (area && options.hideUnexposed)
    for (let p = 0; p < values.length; p++) if (!area.mask[p]) values[p] = Number.NaN;
  const mirrored = decideMirror(geometry, options.mirror ?? "auto", warnings);
  if (mirrored) for (const picture of area ? [values, area.mask] : [values]) mirrorRows(picture, width);
  const spacing = geometry.pixelSpacingMm?.value;
  const radiograph: Radiograph = {
    data: values,
    width,
    height,
    kind: meaning.kind,
    ...(spacing ? { pixelSpacingMm: spacing } : {}),
  };
  const window = displayWindow(readers, scaling);
  return {
    radiograph: createRadiograph(radiograph, "DICOM X-ray"),
    mirrored,
    ...(area ? { exposed: area.mask } : {}),
    ...(window ? { window } : {}),
  };
}

interface PixelScaling {
  readonly factor: number;
  readonly offset: number;
  /** RescaleSlope and RescaleIntercept alone, after which the display window is given. */
  readonly invertAround: number | undefined;
}

function pixelScaling(readers: FrameReaders, format: PixelFormat, meaning: PixelMeaning): PixelScaling {
  const slope = frameNumbers(readers, tags.rescaleSlope)?.[0] ?? 1;
  const intercept = frameNumbers(readers, tags.rescaleIntercept)?.[0] ?? 0;
  if (slope === 0) throw badValue(readers[0]!, tags.rescaleSlope, "0", "a factor other than 0");
  if (!meaning.invert) return { factor: slope, offset: intercept, invertAround: undefined };
  const [low, high] = format.signed
    ? [-(2 ** (format.bitsStored - 1)), 2 ** (format.bitsStored - 1) - 1]
    : [0, 2 ** format.bitsStored - 1];
  const invertAround = (low + high) * slope + 2 * intercept;
  return { factor: -slope, offset: invertAround - intercept, invertAround };
}

function displayWindow(readers: FrameReaders, scaling: PixelScaling): DicomRadiograph["window"] {
  const center = frameNumbers(readers, tags.windowCenter)?.[0];
  const width = frameNumbers(readers, tags.windowWidth)?.[0];
  if (center === undefined || width === undefined || !(width > 0)) return undefined;
  return { center: scaling.invertAround === undefined ? center : scaling.invertAround - center, width };
}

function decideMirror(
  geometry: XrayGeometry,
  choice: "auto" | "never" | "always",
  warnings: WarningList,
): boolean {
  const { mirrored, source } = geometry.handedness;
  if (choice === "always") return true;
  if (mirrored === undefined) {
    warnings.add(
      "handedness-unknown",
      `Nothing tells if the picture is seen from the source or the detector (${source}); if left and right look exchanged, turn its columns round (--mirror always)`,
    );
    return false;
  }
  if (!mirrored) return false;
  const done = choice === "auto" ? "its columns were turned round" : "it was left as it is";
  warnings.add("mirrored", `The picture is seen from the detector (${source}); ${done}`);
  return choice === "auto";
}

function mirrorRows(picture: Float32Array | Uint8Array, width: number): void {
  for (let start = 0; start < picture.length; start += width)
    picture.subarray(start, start + width).reverse();
}
