import type { DicomIdentity, DicomRadiograph, DicomVolume, Sourced } from "../io/dicom/index.ts";
import type { LoadedVolume, LoadedXray } from "./inputs.ts";
import type { SummaryRow } from "./resultSummary.ts";

/** What DICOM attributes said, for people (rows) and for programs (fields). */
export interface DicomInspection {
  readonly rows: readonly SummaryRow[];
  readonly fields: Readonly<Record<string, unknown>>;
}

const short = (value: number): string => String(Number(value.toPrecision(7)));

function shown(value: number | string | boolean | readonly (number | string)[]): string {
  if (typeof value === "number") return short(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string"
    ? value
    : value.map((one) => (typeof one === "number" ? short(one) : one)).join(", ");
}

/** Facts of a CT series with the attribute that each came from. */
export function inspectDicomVolume(dicom: DicomVolume): DicomInspection {
  const { facts, series, identity } = dicom;
  const rows = facts.map(({ name, value, unit, source }): SummaryRow => {
    const text = [shown(value), unit].filter(Boolean).join(" ");
    return [name, `${text}  [${source}]`];
  });
  const listed = ["series", `"${series.description}" ${series.modality}, ${series.slices} slices`] as const;
  return {
    rows: [listed, ...rows, ...identityRows(identity)],
    fields: { series, facts, ...(identity && { identity }) },
  };
}

/** Geometry of an X-ray with the attribute that each number came from, and what is missing. */
export function inspectDicomXray(dicom: DicomRadiograph): DicomInspection {
  const { geometry: g, identity } = dicom;
  const rows: SummaryRow[] = [];
  const add = (
    name: string,
    sourced: Sourced<number | boolean | readonly [number, number]> | undefined,
    unit: string,
  ): void => {
    if (sourced) rows.push([name, `${shown(sourced.value)} ${unit}`.trimEnd() + `  [${sourced.source}]`]);
  };
  add("source to detector", g.sourceToDetectorMm, "mm");
  add("source to isocentre", g.sourceToIsocentreMm, "mm");
  add("pitch at detector", g.pixelSpacingMm, "mm");
  add("primary angle", g.primaryAngleDeg, "deg (+ LAO)");
  add("secondary angle", g.secondaryAngleDeg, "deg (+ CRA)");
  add("turned by", g.fieldOfViewRotationDeg, "deg");
  add("flipped", g.fieldOfViewFlipped, "");
  rows.push(["seen from", `${handednessText(dicom)}  [${g.handedness.source}]`]);
  rows.push(["pixels mean", `${dicom.radiograph.kind}, ${dicom.polarity}  [${dicom.kindSource}]`]);
  const { count, first, last } = dicom.frames;
  if (count > 1)
    rows.push(["frames", `${first === last ? first : `mean of ${first} to ${last}`} of ${count}`]);
  for (const { quantity, option, needed, reason } of g.missing) {
    rows.push([`missing ${needed}`, `${quantity}: ${reason}; give ${option}`]);
  }
  return {
    rows: [...rows, ...identityRows(identity)],
    fields: {
      geometry: g,
      modality: dicom.modality,
      polarity: dicom.polarity,
      kindSource: dicom.kindSource,
      frames: dicom.frames,
      mirrored: dicom.mirrored,
      ...(identity && { identity }),
    },
  };
}

function handednessText({ geometry, mirrored }: DicomRadiograph): string {
  const known = geometry.handedness.mirrored;
  if (known === undefined) return "not stated";
  if (!known) return "the source";
  return `the detector, ${mirrored ? "columns turned round" : "left as it is"}`;
}

function identityRows(identity: DicomIdentity | undefined): SummaryRow[] {
  return Object.entries(identity ?? {}).map(([name, value]): SummaryRow => [name, String(value)]);
}

/** Whether a CT and an X-ray can be registered as they are, and which options are missing. */
export interface PairInspection {
  readonly registrable: boolean;
  readonly missing: readonly { readonly option: string; readonly reason: string }[];
}

export function inspectPair(volume: LoadedVolume, xray: LoadedXray): PairInspection {
  const missing: { option: string; reason: string }[] = [];
  if (volume.volume.size.some((n) => n < 8)) {
    missing.push({ option: "the whole CT", reason: `only ${volume.volume.size.join(" x ")} voxels` });
  }
  if (!xray.dicom) missing.push({ option: "--geometry", reason: "the X-ray's format carries no geometry" });
  for (const { needed, option, reason } of xray.dicom?.geometry.missing ?? []) {
    if (needed === "to register") missing.push({ option, reason });
  }
  return { registrable: missing.length === 0, missing };
}
