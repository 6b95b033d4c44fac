import { schemeNames } from "../image/labelDoubts.ts";
import { recogniseLabelScheme } from "../image/labelScheme.ts";
import { type LabelScheme, countLabels, labelName } from "../image/labels.ts";
import { orientationLetters } from "../image/orientation.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { type Volume, volumeCentreMm, voxelSpacingMm } from "../image/volume.ts";
import { finiteRange } from "../image/voxelData.ts";

/** What was understood of one image. No names, dates or identifiers of people are ever in it. */
export interface Inspection {
  readonly kind: "volume" | "x-ray";
  readonly [field: string]: unknown;
}

const axisWords: Record<string, string> = {
  L: "left",
  R: "right",
  P: "posterior",
  A: "anterior",
  S: "superior",
  I: "inferior",
};

/** Numbers of decimals that a person reads: 0.79836, 3, 1011.7. */
export const shortNumber: (value: number) => string = (value) => String(Number(value.toPrecision(6)));
const short = shortNumber;
const joined = (values: readonly number[], separator: string): string => values.map(short).join(separator);

function nonFiniteCount(data: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
  return count;
}

/** Labels of a map with their names, and whose numbering they follow where that is recognised. */
interface FoundLabels {
  readonly names: Readonly<Record<string, string>>;
  readonly scheme?: LabelScheme;
}

/** A map of few whole numbers, none negative, is taken for labels. */
function labelsOf(volume: Volume): FoundLabels | undefined {
  const [low, high] = finiteRange(volume.data);
  if (volume.quantity !== "label" && (low !== 0 || high > 255 || high < 1)) return undefined;
  if (volume.data.some((value: number) => !Number.isInteger(value))) return undefined;
  const found = [...countLabels(volume).keys()];
  if (found.length > 150) return undefined;
  // A name that may be wrong is worse than a number.
  const scheme = recogniseLabelScheme(volume);
  const name = (label: number): string => (scheme ? labelName(label, scheme) : String(label));
  const names = Object.fromEntries(found.map((label) => [String(label), name(label)]));
  return { names, ...(scheme && { scheme }) };
}

/** Grid, orientation and values of a volume. */
export function inspectVolume(volume: Volume, spacingKnown: boolean): Inspection {
  const spacingMm = voxelSpacingMm(volume);
  const labels = labelsOf(volume);
  const [minimum, maximum] = finiteRange(volume.data);
  return {
    kind: "volume",
    size: volume.size,
    spacingMm,
    spacingKnown,
    extentMm: spacingMm.map((mm, axis) => mm * volume.size[axis]!),
    centreMm: volumeCentreMm(volume),
    orientation: orientationLetters(volume.worldFromVoxel),
    quantity: labels ? "label" : volume.quantity,
    minimum,
    maximum,
    notANumber: nonFiniteCount(volume.data),
    ...(labels && { labels: labels.names }),
    ...(labels?.scheme && { labelScheme: labels.scheme }),
  };
}

/** Size and values of an X-ray. */
export function inspectXray(radiograph: Radiograph): Inspection {
  const [minimum, maximum] = finiteRange(radiograph.data);
  const { width, height, kind, pixelSpacingMm } = radiograph;
  return {
    kind: "x-ray",
    width,
    height,
    ...(pixelSpacingMm && { pixelSpacingMm }),
    meaning: kind,
    minimum,
    maximum,
    notANumber: nonFiniteCount(radiograph.data),
  };
}

const quantityWords: Record<string, string> = {
  hu: "Hounsfield units",
  attenuation: "attenuation in 1/mm",
  label: "labels",
  unknown: "in a unit that is not known",
};

/** Where what is shown of a volume came from: fields of its file. */
export interface VolumeSources {
  readonly size?: string;
  readonly spacing?: string;
  readonly place?: string;
  readonly orientation?: string;
  readonly values?: string;
}

/** The sources of a format whose header states the grid in one place. */
export function gridSources(source: string | undefined): VolumeSources {
  return source === undefined ? {} : { spacing: source, place: source, orientation: source };
}

const from = (source: string | undefined): string => (source === undefined ? "" : `  [${source}]`);

/** The same for a person: label and value. */
export function volumeLines(
  volume: Volume,
  spacingKnown: boolean,
  sources: VolumeSources = {},
): [string, string][] {
  const spacing = voxelSpacingMm(volume);
  const letters = orientationLetters(volume.worldFromVoxel);
  const words = [...letters].map((letter) => axisWords[letter] ?? letter);
  const [low, high] = finiteRange(volume.data);
  const labels = labelsOf(volume);
  const { worldFromVoxel: m } = volume;
  const extent = spacing.map((mm, axis) => mm * volume.size[axis]!);
  const assumed =
    spacingKnown || sources.spacing !== undefined
      ? from(sources.spacing)
      : " (assumed, the file states none)";
  const meaning = labels ? "labels" : quantityWords[volume.quantity];
  const lines: [string, string][] = [
    ["size", `${volume.size.join(" x ")} voxels${from(sources.size)}`],
    ["spacing", `${joined(spacing, " x ")} mm${assumed}`],
    ["extent", `${joined(extent, " x ")} mm`],
    ["first voxel", `${joined([m[3]!, m[7]!, m[11]!], ", ")} mm (LPS)${from(sources.place)}`],
    ["centre", `${joined(volumeCentreMm(volume), ", ")} mm (LPS)`],
    [
      "orientation",
      `${letters}: i runs to the ${words[0]}, j to the ${words[1]}, k to the ${words[2]}${from(sources.orientation)}`,
    ],
    ["values", `${short(low)} to ${short(high)}, ${meaning}${from(sources.values)}`],
  ];
  const bad = nonFiniteCount(volume.data);
  if (bad > 0) lines.push(["not a number", `${bad} voxels`]);
  if (labels) {
    const names = Object.entries(labels.names).map(([label, name]) =>
      label === name ? label : `${label} ${name}`,
    );
    const numbering = labels.scheme && `numbering of ${schemeNames[labels.scheme]}`;
    lines.push(["labels", `${names.join(", ")}${from(numbering)}`]);
  }
  return lines;
}

/** An X-ray for a person: label and value. */
export function xrayLines(radiograph: Radiograph): [string, string][] {
  const { width, height, kind, pixelSpacingMm } = radiograph;
  const [low, high] = finiteRange(radiograph.data);
  const meanings = {
    intensity: "detected intensity (bone dark)",
    "line-integral": "line integrals (bone bright)",
    unknown: "intensity or line integrals: decided by evidence when registered",
  };
  return [
    ["size", `${width} x ${height} pixels`],
    ["pixel spacing", pixelSpacingMm ? `${joined(pixelSpacingMm, " x ")} mm` : "not stated; give --geometry"],
    ["values", `${short(low)} to ${short(high)}, ${meanings[kind]}`],
  ];
}
