import type { ImagingGeometry } from "../geometry/presets.ts";
import type { DicomIdentity, DicomRadiograph, DicomVolume, Sourced } from "../io/dicom/index.ts";
import { tags } from "../io/dicom/tags.ts";
import type { LoadedVolume, LoadedXray } from "./inputs.ts";
import type { VolumeSources } from "./inspection.ts";
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
    : value.map((one) => (typeof one === "number" ? short(one) : one)).join(" x ");
}

/** Series and, on request, identity of a CT; its numbers are told by `volumeSources`. */
export function inspectDicomVolume({ facts, series, identity }: DicomVolume): DicomInspection {
  const { description, modality, slices } = series;
  const listed = ["series", `"${description}" ${modality}, ${slices} slices`] as const;
  return {
    rows: [listed, ...identityRows(identity)],
    fields: { series, facts, ...(identity && { identity }) },
  };
}

/** The attributes that size, spacing, place, orientation and values of a CT came from. */
export function volumeSources({ facts }: DicomVolume): VolumeSources {
  const sourceOf = (...names: string[]): string => {
    const found = facts.filter(({ name }) => names.includes(name)).map(({ source }) => source);
    return [...new Set(found)].join(", ");
  };
  return {
    size: sourceOf("size"),
    spacing: sourceOf("column spacing", "row spacing", "slice spacing"),
    place: sourceOf("first voxel"),
    orientation: sourceOf("orientation"),
    values: sourceOf("values"),
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
  add("primary angle", g.primaryAngleDeg, sideOf(g.primaryAngleDeg, "LAO", "RAO"));
  add("secondary angle", g.secondaryAngleDeg, sideOf(g.secondaryAngleDeg, "CRA", "CAU"));
  add("turned by", g.fieldOfViewRotationDeg, "deg");
  add("flipped", g.fieldOfViewFlipped, "");
  rows.push(["seen from", `${handednessText(dicom)}  [${g.handedness.source}]`]);
  rows.push(["pixels", `${pixelsText(dicom)}  [${dicom.kindSource}]`]);
  if (dicom.window) {
    const { center, width } = dicom.window;
    const source = `${tags.windowCenter.label}, ${tags.windowWidth.label}`;
    rows.push(["window", `centre ${short(center)}, width ${short(width)}, for display only  [${source}]`]);
  }
  const { count, first, last } = dicom.frames;
  if (count > 1)
    rows.push(["frames", `${first === last ? first : `mean of ${first} to ${last}`} of ${count}`]);
  for (const { quantity, option, needed, reason } of g.missing) {
    const todo =
      quantity === "angles" ? "start with --init landmarks, pose.json or centre" : `give ${option}`;
    rows.push([`missing ${needed}`, `${quantity}: ${reason}; ${todo}`]);
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

/** "deg LAO" for a positive angle, "deg RAO" for a negative one, which keeps its sign. */
function sideOf(angle: Sourced<number> | undefined, plus: string, minus: string): string {
  if (!angle || angle.value === 0) return "deg";
  return `deg (${angle.value > 0 ? plus : minus})`;
}

function pixelsText({ radiograph, polarity }: DicomRadiograph): string {
  const kind = radiograph.kind === "unknown" ? "meaning not stated" : radiograph.kind.replace("-", " ");
  if (polarity === "unknown") return kind;
  return `${kind}, ${polarity === "dense-is-high" ? "bone bright" : "bone dark"}`;
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
  /** Whether the attributes of the X-ray give a start pose. */
  readonly startFromDicom: boolean;
}

/** `geometry` is the one of --geometry. */
export function inspectPair(
  { volume }: LoadedVolume,
  { dicom, radiograph }: LoadedXray,
  geometry: ImagingGeometry | undefined,
): PairInspection {
  const missing: { option: string; reason: string }[] = [];
  if (volume.size.some((n) => n < 8)) {
    missing.push({ option: "the whole CT", reason: `only ${volume.size.join(" x ")} voxels` });
  }
  if (volume.quantity !== "hu")
    missing.push({ option: "a CT", reason: "the volume is not in Hounsfield units" });
  const { width, height } = radiograph;
  if (geometry && (geometry.camera.width !== width || geometry.camera.height !== height)) {
    const stated = `${geometry.camera.width} x ${geometry.camera.height}`;
    missing.push({
      option: "another --geometry",
      reason: `it is for ${stated} pixels, not ${width} x ${height}`,
    });
  }
  if (!geometry && !dicom) {
    missing.push({ option: "--geometry", reason: "the X-ray's format carries no geometry" });
  }
  for (const { needed, option, reason } of (geometry ? undefined : dicom?.geometry.missing) ?? []) {
    if (needed === "to register") missing.push({ option, reason });
  }
  const found = dicom?.geometry;
  const startFromDicom = (found?.primaryAngleDeg ?? found?.handedness.beamTowards) !== undefined;
  return { registrable: missing.length === 0, missing, startFromDicom };
}
