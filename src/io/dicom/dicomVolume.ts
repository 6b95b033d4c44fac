import { badInput, throwIfAborted } from "../../errors.ts";
import { fromLinearTranslation } from "../../geometry/mat4.ts";
import { type Vec3, norm, scale } from "../../geometry/vec3.ts";
import { orientationLetters } from "../../image/orientation.ts";
import { type Volume, createVolume } from "../../image/volume.ts";
import type { DecodedVolume } from "../decoded.ts";
import type { FileBytes } from "../file.ts";
import type { SourcedFact } from "../sourcedFact.ts";
import { type ZipLimits, expandZips } from "../zipFiles.ts";
import { type CodecOptions, createCodecs } from "./codecs.ts";
import { isEnhanced } from "./functionalGroups.ts";
import { readTotally } from "./guard.ts";
import { type DicomIdentity, readIdentity } from "./identity.ts";
import { type Series, type SeriesSummary, chooseSeries, groupSeries } from "./series.ts";
import { type Slice, readSlices } from "./slice.ts";
import { type Stack, type StackOptions, stackSlices } from "./stack.ts";
import { tags } from "./tags.ts";
import { fillVoxels } from "./voxels.ts";
import { type WarningList, createWarnings } from "./warnings.ts";

export interface DicomVolumeOptions extends StackOptions, CodecOptions {
  /** Which series of several, as numbered in the error that lists them, from 1. */
  readonly series?: number;
  /** Return names, dates and UIDs in `identity`; default false. */
  readonly showPhi?: boolean;
  readonly zipLimits?: ZipLimits;
  readonly signal?: AbortSignal;
  /** Called after each decoded slice. */
  readonly onSlice?: (done: number, total: number) => void;
}

export interface DicomVolume extends DecodedVolume {
  readonly series: SeriesSummary;
  /** Size, spacing and orientation as understood, each with its attribute. */
  readonly facts: readonly SourcedFact[];
  /** Only with `showPhi`. */
  readonly identity?: DicomIdentity;
}

/** The most voxels a volume may have: 1024 x 1024 x 1024. */
const maxVoxels = 2 ** 30;

/**
 * Reads a CT from DICOM files in any order, zip archives of them, or one enhanced multi-frame file.
 * Slices are sorted by ImagePositionPatient along their normal; voxels are HU (rescale slope and intercept of
 * each slice applied, padding set to air), `worldFromVoxel` is LPS mm. Int16 where every value fits, else Float32.
 * What makes no even stack is `bad-input`, or repaired with a warning where the options allow it.
 */
export async function readDicomVolume(
  files: readonly FileBytes[],
  options: DicomVolumeOptions = {},
): Promise<DicomVolume> {
  return readTotally("DICOM series", async () => {
    const warnings = createWarnings();
    const all = expandZips(files, options.zipLimits);
    const chosen = chooseSeries(groupSeries(all, warnings), options.series);
    const { headers } = chosen;
    const series = summaryOf(chosen);
    throwIfAborted(options.signal);
    const stack = stackSlices(headers.flatMap(readSlices), options, warnings);
    const volume = await fillVolume(stack, series, options, warnings);
    const first = headers[0]!;
    return {
      volume,
      series,
      warnings: warnings.list(),
      format: `DICOM ${isEnhanced(first) ? "enhanced multi-frame" : "series"} (${first.syntax.name})`,
      spacingKnown: true,
      facts: volumeFacts(volume, stack),
      ...(options.showPhi ? { identity: readIdentity(first) } : {}),
    };
  });
}

/** The series in the files, without reading a pixel; for a list to choose from. */
export async function listDicomSeries(
  files: readonly FileBytes[],
  options: Pick<DicomVolumeOptions, "zipLimits"> = {},
): Promise<SeriesSummary[]> {
  return readTotally("DICOM series", async () => {
    const series: Series[] = groupSeries(expandZips(files, options.zipLimits), createWarnings());
    return series.map(summaryOf);
  });
}

function summaryOf({ number, description, modality, slices, columns, rows, zMm }: Series): SeriesSummary {
  return { number, description, modality, slices, columns, rows, ...(zMm && { zMm }) };
}

async function fillVolume(
  stack: Stack,
  series: SeriesSummary,
  options: DicomVolumeOptions,
  warnings: WarningList,
): Promise<Volume> {
  const { rows, columns } = stack.slices[0]!.format;
  const size = [columns, rows, stack.levels.length] as const;
  if (size[0] * size[1] * size[2] > maxVoxels) {
    throw badInput({
      what: "DICOM series",
      got: `${size.join(" x ")} voxels`,
      expected: `at most ${maxVoxels} voxels`,
      todo: "Leave out slices far from the spine",
    });
  }
  const isCt = series.modality === "CT";
  if (!isCt) {
    warnings.add("not-ct", `${tags.modality.label} is ${series.modality}: values are not Hounsfield units`);
  }
  const data = await fillVoxels(stack, isCt, createCodecs(options), warnings, options);
  const worldFromVoxel = gridOf(stack.slices[0]!, stack.stepMm);
  return createVolume({ data, size, worldFromVoxel, quantity: isCt ? "hu" : "unknown" }, "DICOM volume");
}

function gridOf(first: Slice, step: Vec3): Volume["worldFromVoxel"] {
  const i = scale(first.columnAxis, first.pixelSpacingMm[0]);
  const j = scale(first.rowAxis, first.pixelSpacingMm[1]);
  const rows = [0, 1, 2].flatMap((axis) => [i[axis]!, j[axis]!, step[axis]!]);
  return fromLinearTranslation(rows, first.positionMm);
}

function volumeFacts(volume: Volume, stack: Stack): SourcedFact[] {
  const first = stack.slices[0]!;
  const { positionMm, pixelSpacingMm } = first;
  const bySingle = stack.slices.length === 1;
  return [
    {
      name: "size",
      value: volume.size,
      unit: "voxels",
      source: `${tags.columns.label}, ${tags.rows.label}, slices`,
    },
    { name: "column spacing", value: pixelSpacingMm[0], unit: "mm", source: tags.pixelSpacing.label },
    { name: "row spacing", value: pixelSpacingMm[1], unit: "mm", source: tags.pixelSpacing.label },
    {
      name: "slice spacing",
      value: norm(stack.stepMm),
      unit: "mm",
      source: bySingle ? tags.sliceThickness.label : `distances of ${tags.imagePosition.label}`,
    },
    { name: "first voxel", value: positionMm, unit: "mm", source: tags.imagePosition.label },
    {
      name: "orientation",
      value: orientationLetters(volume.worldFromVoxel),
      source: `${tags.imageOrientation.label}, order of ${tags.imagePosition.label}`,
    },
    {
      name: "values",
      value: volume.quantity === "hu" ? "HU" : "stored units",
      source: `${tags.rescaleSlope.label}, ${tags.rescaleIntercept.label}`,
    },
  ];
}
