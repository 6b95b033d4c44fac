import type { PoseErrors } from "../evaluation/poseErrors.ts";
import { poseToDegMm } from "../geometry/pose.ts";
import type { RegistrationResult } from "../registration/result.ts";

/** A label and its value. */
export type SummaryRow = readonly [label: string, value: string];

/** Labels and values in two aligned columns. */
export function alignedLines(rows: readonly SummaryRow[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join("\n");
}

/** Signed, with a fixed number of decimals: "+1.230", "-0.500". */
export const signed: (value: number, decimals?: number) => string = (value, decimals = 3) =>
  `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(decimals)}`;

/** The result of a registration in a few lines for a person. */
export function resultRows(result: RegistrationResult): SummaryRow[] {
  const pose = poseToDegMm(result.pose);
  const { name, initial, final } = result.similarity;
  const { polarity, kindSource } = result.xray;
  return [
    ["status", result.status],
    ...confidenceRows(result),
    ["rotation", `rx ${signed(pose.rxDeg)}  ry ${signed(pose.ryDeg)}  rz ${signed(pose.rzDeg)}  deg`],
    ["translation", `tx ${signed(pose.txMm)}  ty ${signed(pose.tyMm)}  tz ${signed(pose.tzMm)}  mm`],
    ["similarity", `${name} ${initial.toFixed(4)} -> ${final.toFixed(4)}`],
    ["X-ray", `${polarity === "bone-dark" ? "bone dark (intensity)" : "bone bright"}, ${kindSource}`],
    [
      "time",
      `${(result.timings.totalMs / 1000).toFixed(2)} s, ${result.evaluations} DRRs, ${result.backend}`,
    ],
    ["method", `${result.method}, start from ${result.initial.source}`],
    ["seed", String(result.seed)],
  ];
}

/** "96 % within 10 mm, 91 % within 2 mm; depth to 0.4 mm". */
function confidenceRows({ confidence }: RegistrationResult): SummaryRow[] {
  if (!confidence) return [];
  const percent = (p: number): string => `${Math.round(100 * p)} %`;
  const depth = confidence.standardError
    ? `; standard error in depth ${confidence.standardError[3].toFixed(2)} mm`
    : "";
  return [
    [
      "confidence",
      `${percent(confidence.within10mm)} within 10 mm, ${percent(confidence.within2mm)} within 2 mm${depth}`,
    ],
  ];
}

/** The true errors, before and after. */
export function errorRows(before: PoseErrors, after: PoseErrors): SummaryRow[] {
  const row = (label: string, key: "mtreMm" | "mpeMm" | "geodesicDeg", unit: string): SummaryRow => [
    label,
    `${before[key].toFixed(2)} -> ${after[key].toFixed(3)} ${unit}`,
  ];
  return [
    row("true error, mTRE", "mtreMm", "mm"),
    row("true error, rotation", "geodesicDeg", "deg"),
    row("true error, detector", "mpeMm", "mm"),
  ];
}

/** The files a person opens first; the single pictures are left out. */
export function writtenRow(paths: readonly string[]): SummaryRow {
  return ["written", paths.filter((path) => !/[\\/]pictures[\\/]/.test(path)).join(", ")];
}
