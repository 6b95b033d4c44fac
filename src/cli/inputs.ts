import { badInput, usageError } from "../errors.ts";
import type { CarmFrame } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { type ImagingGeometry, presetGeometry, presetNames } from "../geometry/presets.ts";
import { guessLabelScheme } from "../image/labels.ts";
import { maskOnGrid, selectLabels } from "../image/mask.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import type { Volume } from "../image/volume.ts";
import { detectFormat } from "../io/detect.ts";
import type { FileBytes, FormatWarning } from "../io/file.ts";
import { parseGeometry } from "../io/geometryFile.ts";
import { parsePose } from "../io/poseFile.ts";
import { readRadiograph } from "../io/readRadiograph.ts";
import { readVolume } from "../io/readVolume.ts";
import { isFolder, listFiles, readFileBytes, sha256 } from "../platform/node/fileReader.ts";

interface Loaded {
  readonly format: string;
  readonly sha256: string;
  /** Sentences for people; they name the file by its role. */
  readonly warnings: readonly string[];
}

export interface LoadedVolume extends Loaded {
  readonly volume: Volume;
  readonly spacingKnown: boolean;
}

export interface LoadedXray extends Loaded {
  readonly radiograph: Radiograph;
}

const sentences = (what: string, warnings: readonly FormatWarning[]): string[] =>
  warnings.map(({ message }) => `${what}: ${message}`);

/** One file, or every file of a folder (a DICOM series). */
async function readFiles(path: string, what: string): Promise<FileBytes[]> {
  if (!(await isFolder(path))) return [await readFileBytes(path, { what })];
  const paths = await listFiles(path);
  if (paths.length === 0)
    throw badInput({ what: `${what} ${path}`, got: "an empty folder", expected: "image files" });
  return Promise.all(paths.map((file) => readFileBytes(file, { what })));
}

/** The hash of one file, or of the hashes of several in order. */
function hashOf(files: readonly FileBytes[]): string {
  const [first] = files;
  if (files.length === 1 && first) return sha256(first.bytes);
  return sha256(new TextEncoder().encode(files.map((file) => sha256(file.bytes)).join("\n")));
}

/** Reads a volume; `what` is its role in messages: "CT", "Mask". */
export async function loadVolume(path: string, what: string): Promise<LoadedVolume> {
  const files = await readFiles(path, what);
  const { volume, warnings, format, spacingKnown } = await readVolume(files);
  return { volume, spacingKnown, format, sha256: hashOf(files), warnings: sentences(what, warnings) };
}

/** Reads an X-ray; `kind` overrides what the file says of its pixels. */
export async function loadXray(path: string, kind?: RadiographKind): Promise<LoadedXray> {
  const file = await readFileBytes(path, { what: "X-ray" });
  const { radiograph, warnings, format } = await readRadiograph(file, kind ? { kind } : {});
  return { radiograph, format, sha256: sha256(file.bytes), warnings: sentences("X-ray", warnings) };
}

/** Reads an image of either kind: single pictures and one-slice volumes are X-rays. */
export async function loadImage(path: string): Promise<LoadedVolume | LoadedXray> {
  if (await isFolder(path)) return loadVolume(path, "Volume");
  const file = await readFileBytes(path, { what: "Image" });
  const { format } = detectFormat(file);
  if (format === "png" || format === "pfm") return loadXray(path);
  const loaded = await loadVolume(path, "Image");
  return loaded.volume.size.includes(1) ? loadXray(path) : loaded;
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
  return parseGeometry(await readText(value, "Geometry"), value);
}

/** The start pose of --init or --pose. */
export async function loadStartPose(value: string, frame: CarmFrame): Promise<Mat4 | "centre"> {
  if (value === "centre") return "centre";
  return parsePose(await readText(value, "Pose"), frame, value).cameraFromWorld;
}

/** Text files larger than this are no JSON of ours. */
const maxTextBytes = 64 * 2 ** 20;

async function readText(path: string, what: string): Promise<string> {
  const { bytes } = await readFileBytes(path, { what, maxBytes: maxTextBytes });
  return new TextDecoder().decode(bytes);
}

/** The voxels of --mask that carry one of --labels (all labels without), on the grid of the volume. */
export async function loadMask(
  path: string,
  labels: string | undefined,
  volume: Volume,
): Promise<LoadedVolume> {
  const loaded = await loadVolume(path, "Mask");
  const selected = selectLabels(loaded.volume, labels, guessLabelScheme(loaded.volume));
  const mask = maskOnGrid(selected, volume);
  if (!mask.data.some((value: number) => value > 0)) {
    throw badInput({
      what: `Mask ${path}`,
      got: "no voxel of it inside the CT",
      expected: "a mask of the same patient in the same coordinates",
    });
  }
  return { ...loaded, volume: mask };
}
