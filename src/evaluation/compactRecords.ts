import type { MeasuredErrors, RegistrationRecord } from "./record.ts";
import type { Table } from "./table.ts";

type Cell = string | number | null | undefined;

const errorNames = ["mtreMm", "inPlaneMm", "depthMm", "mpeMm", "mrpdMm", "geodesicDeg"] as const;
const axes = ["rxDeg", "ryDeg", "rzDeg", "txMm", "tyMm", "tzMm"];
const matrix = ["00", "01", "02", "03", "10", "11", "12", "13", "20", "21", "22", "23"];

const columns: readonly string[] = [
  ...["id", "run", "subject", "status", "failure", "initialMtreMm"],
  ...[...errorNames, "distErrMm", "imageSimilarity"],
  ...axes.map((axis) => `error.${axis}`),
  ...[
    "similarity.initial",
    "similarity.final",
    "content",
    "medium",
    "whole",
    "margin",
    "agreement",
    "trainedShare",
  ],
  ...axes.map((axis) => `standardError.${axis}`),
  ...["within2mm", "within10mm", "settled10", "settled2", "iterations", "evaluations"],
  ...["initialiseMs", "refineMs", "memoryMiB"],
  ...matrix.map((entry) => `m${entry}`),
];

/**
 * All records as one table, numbers to six digits (matrices to eight), an empty cell where there is none: what is
 * kept of thousands of registrations without the bulk. Start and truth follow from the protocol and the id, so
 * they are not repeated.
 */
export function compactRecords(records: readonly RegistrationRecord[]): Table {
  return { name: "registrations", title: "Registrations", columns, rows: records.map(compactRow) };
}

function compactRow(record: RegistrationRecord): string[] {
  const { result, initial, timings } = record;
  const errors: MeasuredErrors | undefined = result?.errors;
  const evidence = result?.evidence;
  const cells: Cell[] = [
    ...[record.id, record.run, record.subject, result?.status, record.failure, initial?.mtreMm],
    ...[...errorNames.map((name) => errors?.[name]), errors?.distErrMm, result?.imageSimilarity],
    ...six(errors && [...errors.rotationDeg, ...errors.translationMm]),
    ...[result?.similarity.initial, result?.similarity.final, evidence?.content, evidence?.medium],
    ...[evidence?.whole, evidence?.margin, evidence?.agreement, evidence?.trainedShare],
    ...six(evidence?.precision?.standardError),
    ...[result?.confidence?.within2mm, result?.confidence?.within10mm],
    ...[result?.settled?.below10?.evaluations, result?.settled?.below2?.evaluations],
    ...[result?.iterations, result?.evaluations, timings?.initialiseMs, timings?.refineMs, record.memoryMiB],
  ];
  const camera = matrix.map((_, i) => digits(result?.cameraFromWorld[i], 8));
  return [...cells.map((cell) => digits(cell, 6)), ...camera];
}

function six(values: readonly number[] | undefined): readonly Cell[] {
  return values ?? [null, null, null, null, null, null];
}

function digits(cell: Cell, count: number): string {
  if (typeof cell !== "number") return cell ?? "";
  return Number.isFinite(cell) ? String(Number(cell.toPrecision(count))) : "";
}
