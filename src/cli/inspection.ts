import { countLabels, guessLabelScheme, labelName } from "../image/labels.ts";
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
const short = (value: number): string => String(Number(value.toPrecision(6)));
const joined = (values: readonly number[], separator: string): string => values.map(short).join(separator);

function nonFiniteCount(data: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
  return count;
}

/** A map of few whole numbers, none negative, is taken for labels. */
function labelsOf(volume: Volume): Record<string, string> | undefined {
  const [low, high] = finiteRange(volume.data);
  if (volume.quantity !== "label" && (low !== 0 || high > 255 || high < 1)) return undefined;
  if (volume.data.some((value: number) => !Number.isInteger(value))) return undefined;
  const found = [...countLabels(volume).keys()];
  if (found.length > 150) return undefined;
  const scheme = guessLabelScheme(volume);
  return Object.fromEntries(found.map((label) => [String(label), labelName(label, scheme)]));
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
    ...(labels && { labels }),
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
  unknown: "unknown",
};

/** The same for a person: label and value. */
export function volumeLines(volume: Volume, spacingKnown: boolean): [string, string][] {
  const spacing = voxelSpacingMm(volume);
  const letters = orientationLetters(volume.worldFromVoxel);
  const words = [...letters].map((letter) => axisWords[letter] ?? letter);
  const [low, high] = finiteRange(volume.data);
  const labels = labelsOf(volume);
  const lines: [string, string][] = [
    ["size", `${volume.size.join(" x ")} voxels`],
    ["spacing", `${joined(spacing, " x ")} mm${spacingKnown ? "" : " (assumed, the file states none)"}`],
    [
      "extent",
      `${joined(
        spacing.map((mm, axis) => mm * volume.size[axis]!),
        " x ",
      )} mm`,
    ],
    ["centre", `${joined(volumeCentreMm(volume), ", ")} mm (LPS)`],
    ["orientation", `${letters}: i runs to the ${words[0]}, j to the ${words[1]}, k to the ${words[2]}`],
    ["values", `${short(low)} to ${short(high)}, ${labels ? "labels" : quantityWords[volume.quantity]}`],
  ];
  const bad = nonFiniteCount(volume.data);
  if (bad > 0) lines.push(["not a number", `${bad} voxels`]);
  if (labels) {
    const names = Object.entries(labels).map(([label, name]) =>
      label === name ? label : `${label} ${name}`,
    );
    lines.push(["labels", names.join(", ")]);
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
    unknown: "intensity or line integrals, to be decided by evidence",
  };
  return [
    ["size", `${width} x ${height} pixels`],
    ["pixel spacing", pixelSpacingMm ? `${joined(pixelSpacingMm, " x ")} mm` : "not stated; give --geometry"],
    ["values", `${short(low)} to ${short(high)}, ${meanings[kind]}`],
  ];
}
