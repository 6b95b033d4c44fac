import { badInput } from "../../errors.ts";
import type { FileBytes } from "../file.ts";
import { isEnhanced } from "./functionalGroups.ts";
import { type DicomHeader, isDicom, parseHeader } from "./header.ts";
import { hasPixels } from "./pixelFormat.ts";
import { printable } from "./privacy.ts";
import { isPlaced } from "./slice.ts";
import { tags } from "./tags.ts";
import { numberValue, numberValues, textValue, textValues } from "./values.ts";
import type { WarningList } from "./warnings.ts";

/** A series as it may be shown: no UIDs, names or dates. */
export interface SeriesSummary {
  /** Position in the list, from 1; what the `series` option means. */
  readonly number: number;
  readonly description: string;
  readonly modality: string;
  /** Files, or frames of an enhanced file. */
  readonly slices: number;
  readonly columns: number;
  readonly rows: number;
  /** Lowest and highest z (LPS mm) of a slice's first pixel; absent for enhanced files. */
  readonly zMm?: readonly [number, number];
}

export interface Series extends SeriesSummary {
  readonly headers: readonly DicomHeader[];
}

/**
 * Groups files by series, leaving out (with a warning each) what is no slice: other files, reports,
 * projections and localisers. Order of files does not matter.
 */
export function groupSeries(files: readonly FileBytes[], warnings: WarningList): Series[] {
  const groups = new Map<string, DicomHeader[]>();
  for (const header of readHeaders(files, warnings)) {
    warnings.addAll(header.warnings);
    const key = seriesKey(header);
    const group = groups.get(key);
    if (group) group.push(header);
    else groups.set(key, [header]);
  }
  const largestFirst = [...groups.values()].sort((a, b) => sliceCount(b) - sliceCount(a));
  return largestFirst.map((headers, i) => ({ headers, ...summarise(headers, i + 1) }));
}

/** The series to read: the only one, or the one asked for; otherwise an error that lists them. */
export function chooseSeries(series: readonly Series[], number: number | undefined): Series {
  const chosen = number === undefined ? (series.length === 1 ? series[0] : undefined) : series[number - 1];
  if (chosen) return chosen;
  const list = series.map(describe);
  throw badInput({
    what: "DICOM series",
    got: number === undefined ? `${series.length} series in the files` : `number ${number}`,
    expected: number === undefined ? "one series" : `1 to ${series.length}`,
    todo: `Choose one with --series: ${list.join("; ")}`,
  });
}

function describe({ number, description, modality, slices, columns, rows, zMm }: SeriesSummary): string {
  const name = description === "" ? "without a name" : `"${description}"`;
  const place = zMm ? `, z ${zMm[0].toFixed(0)} to ${zMm[1].toFixed(0)} mm` : "";
  return `${number}: ${name} ${modality}, ${slices} slice(s) ${columns}x${rows}${place}`;
}

function readHeaders(files: readonly FileBytes[], warnings: WarningList): DicomHeader[] {
  if (files.length === 0) {
    throw badInput({ what: "DICOM series", got: "no files", expected: "the slices of a CT" });
  }
  const kept: DicomHeader[] = [];
  const reasons = new Map<string, number>();
  const leaveOut = (code: string, what: string): void => {
    warnings.add(code, `${what} left out`);
    reasons.set(what, (reasons.get(what) ?? 0) + 1);
  };
  for (const file of files) {
    if (files.length > 1 && !isDicom(file.bytes)) {
      leaveOut("not-dicom", "A file that is not DICOM");
      continue;
    }
    const header = parseHeader(file);
    if (!hasPixels(header)) leaveOut("not-an-image", "A DICOM file without an image");
    else if (isLocaliser(header))
      leaveOut("localiser-dropped", "A localiser (ImageType (0008,0008) LOCALIZER)");
    else if (!isPlaced(header))
      leaveOut("not-a-slice", `A picture without ${tags.imagePosition.label} and orientation`);
    else kept.push(header);
  }
  if (kept.length > 0) return kept;
  const found = [...reasons].map(
    ([what, count]) => `${what.slice(0, 1).toLowerCase()}${what.slice(1)} (${count})`,
  );
  throw badInput({
    what: "DICOM series",
    got: `no slices, only: ${found.join(", ")}`,
    expected: "slices of a CT with position and orientation in the patient",
    todo: "An X-ray picture is given as the X-ray, not as the volume",
  });
}

function isLocaliser(header: DicomHeader): boolean {
  return textValues(header, tags.imageType)?.includes("LOCALIZER") ?? false;
}

/** Enhanced files are whole volumes each; classic ones belong together by SeriesInstanceUID (0020,000E). */
function seriesKey(header: DicomHeader): string {
  const series = textValue(header, tags.seriesInstanceUid) ?? "";
  return isEnhanced(header) ? `${series}/${textValue(header, tags.sopInstanceUid) ?? ""}` : series;
}

function sliceCount(headers: readonly DicomHeader[]): number {
  return headers.reduce((sum, header) => sum + Math.max(1, numberValue(header, tags.numberOfFrames) ?? 1), 0);
}

function summarise(headers: readonly DicomHeader[], number: number): SeriesSummary {
  const first = headers[0]!;
  const zs = headers.flatMap((header) => (isEnhanced(header) ? [] : [heightOf(header)]));
  return {
    number,
    description: printable(textValue(first, tags.seriesDescription) ?? "", 40),
    modality: printable(textValue(first, tags.modality) ?? "unknown modality", 16),
    slices: sliceCount(headers),
    columns: numberValue(first, tags.columns) ?? 0,
    rows: numberValue(first, tags.rows) ?? 0,
    ...(zs.length > 0 && zs.every(Number.isFinite) && { zMm: [Math.min(...zs), Math.max(...zs)] as const }),
  };
}

function heightOf(header: DicomHeader): number {
  return numberValues(header, tags.imagePosition)?.[2] ?? Number.NaN;
}
