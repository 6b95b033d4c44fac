import { SopiError, badInput, usageError } from "../errors.ts";
import type { CarmFrame } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type ImagingGeometry, presetGeometry, presetNames } from "../geometry/presets.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { labelDoubts } from "../image/labelDoubts.ts";
import { guessLabelScheme } from "../image/labelScheme.ts";
import { countLabels, labelName, parseLabels } from "../image/labels.ts";
import { maskOnGrid, selectLabels } from "../image/mask.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import type { Volume } from "../image/volume.ts";
import { detectFormat } from "../io/detect.ts";
import type {
  DicomRadiograph,
  DicomRadiographOptions,
  DicomVolume,
  DicomVolumeOptions,
} from "../io/dicom/index.ts";
import type { FormatWarning } from "../io/file.ts";
import { parsePose } from "../io/poseFile.ts";
import { isFolder, readFileBytes } from "../platform/node/fileReader.ts";
import { readGeometryFile, readTextFile, readVolumeFile, readXrayFile } from "../platform/node/imageFiles.ts";
import { initialFromDicom } from "../registration/initialFromDicom.ts";

interface Loaded {
  readonly format: string;
  readonly sha256: string;
  /** Sentences for people; they name the file by its role. */
  readonly warnings: readonly string[];
}

export interface LoadedVolume extends Loaded {
  readonly volume: Volume;
  readonly spacingKnown: boolean;
  /** Fields of the header that the grid came from. */
  readonly gridSource?: string;
  /** What only DICOM says. */
  readonly dicom?: DicomVolume;
}

export interface LoadedXray extends Loaded {
  readonly radiograph: Radiograph;
  /** What only DICOM says. */
  readonly dicom?: DicomRadiograph;
}

const sentences = (what: string, warnings: readonly FormatWarning[]): string[] =>
  warnings.map(({ message }) => `${what}: ${message}`);

/** Reads a volume; `what` is its role in messages: "CT", "Mask". */
export async function loadVolume(
  path: string,
  what: string,
  dicom?: DicomVolumeOptions,
): Promise<LoadedVolume> {
  const file = await readVolumeFile(path, { what, ...(dicom && { dicom }) });
  return { ...file, warnings: sentences(what, file.warnings) };
}

/** Reads an X-ray; `kind` overrides what the file says of its pixels. */
export async function loadXray(
  path: string,
  kind?: RadiographKind,
  dicom?: DicomRadiographOptions,
): Promise<LoadedXray> {
  const file = await readXrayFile(path, { ...(kind && { kind }), ...(dicom && { dicom }) });
  return { ...file, warnings: sentences("X-ray", file.warnings) };
}

/** Choices for images that turn out to be DICOM. */
export interface DicomChoices {
  readonly volume?: DicomVolumeOptions;
  readonly xray?: DicomRadiographOptions;
}

/** Reads an image of either kind: single pictures and one-slice volumes are X-rays. */
export async function loadImage(path: string, dicom: DicomChoices = {}): Promise<LoadedVolume | LoadedXray> {
  if (await isFolder(path)) return loadVolume(path, "Volume", dicom.volume);
  const file = await readFileBytes(path, { what: "Image" });
  const { format } = detectFormat(file);
  if (format === "png" || format === "pfm") return loadXray(path);
  if (format === "dicom") return loadDicom(path, dicom);
  const loaded = await loadVolume(path, "Image");
  return loaded.volume.size.includes(1) ? loadXray(path) : loaded;
}

/** A DICOM file is an X-ray unless its modality is another one; then it is tried as a volume. */
async function loadDicom(path: string, dicom: DicomChoices): Promise<LoadedVolume | LoadedXray> {
  try {
    return await loadXray(path, undefined, dicom.xray);
  } catch (error) {
    const isOther = error instanceof SopiError && /Modality|archive/.test(error.message);
    if (!isOther) throw error;
    return loadVolume(path, "Image", dicom.volume);
  }
}

/** The geometry of --geometry: a file, or the name of a preset. */
export async function loadGeometry(value: string | undefined, imagePath: string): Promise<ImagingGeometry> {
  if (value === undefined) {
    throw usageError({
      what: `Geometry of ${imagePath}`,
      got: "no --geometry",
      expected: `a geometry.json or a preset (${presetNames.join(", ")})`,
      todo: "The image's format carries no geometry, so it has to be given",
    });
  }
  if (presetNames.includes(value)) return presetGeometry(value);
  return readGeometryFile(value);
}

/** The start pose from the attributes of a DICOM X-ray, with what is doubtful about it. */
export function dicomStartPose(
  xray: LoadedXray,
  geometry: ImagingGeometry,
  centreMm: Vec3,
): { cameraFromWorld: Mat4; warnings: string[] } {
  if (!xray.dicom) {
    throw usageError({ what: "--init dicom", got: `an X-ray in ${xray.format}`, expected: "a DICOM X-ray" });
  }
  const { mirrored, geometry: found } = xray.dicom;
  const { sourceToDetectorMm } = geometry.camera;
  const { cameraFromWorld, warnings } = initialFromDicom(found, { centreMm, sourceToDetectorMm, mirrored });
  return { cameraFromWorld, warnings: sentences("Start pose", warnings) };
}

/** The start pose of --init or --pose. */
export async function loadStartPose(value: string, frame: CarmFrame): Promise<Mat4 | "centre"> {
  if (value === "centre") return "centre";
  return parsePose(await readTextFile(value, { what: "Pose" }), frame, value).cameraFromWorld;
}

/** A mask on the grid of the CT. */
export interface LoadedMask extends LoadedVolume {
  /** Labels of the map that are in the mask: "L3", or a number where the map's numbering has no name for it. */
  readonly labels: readonly string[];
}

/** The voxels of --mask that carry one of --labels (all labels without), on the grid of the volume. */
export async function loadMask(
  path: string,
  labels: string | undefined,
  volume: Volume,
): Promise<LoadedMask> {
  const loaded = await loadVolume(path, "Mask");
  const scheme = guessLabelScheme(loaded.volume);
  const selected = selectLabels(loaded.volume, labels, scheme);
  const mask = maskOnGrid(selected, volume);
  if (!mask.data.some((value: number) => value > 0)) {
    throw badInput({
      what: `Mask ${path}`,
      got: "no voxel of it inside the CT",
      expected: "a mask of the same patient in the same coordinates",
    });
  }
  const doubts = labels === undefined ? [] : labelDoubts(loaded.volume, labels);
  const wanted = labels === undefined ? undefined : new Set(parseLabels(labels, scheme));
  const kept = [...countLabels(loaded.volume).keys()].filter((label) => !wanted || wanted.has(label));
  return {
    ...loaded,
    volume: mask,
    warnings: [...loaded.warnings, ...doubts.map((doubt) => `Mask: ${doubt}`)],
    labels: kept.map((label) => labelName(label, scheme)),
  };
}
