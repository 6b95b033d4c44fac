import { join } from "node:path";
import { usageError } from "../errors.ts";
import { compactRecords } from "../evaluation/compactRecords.ts";
import { evaluationReport } from "../evaluation/evaluationReport.ts";
import type { Figure } from "../evaluation/figure/panels.ts";
import type { Gallery } from "../platform/node/evaluation/gallery.ts";
import { evaluationTables, tablesPage } from "../evaluation/evaluationTables.ts";
import { parseProtocol } from "../evaluation/protocol.ts";
import type { Protocol } from "../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../evaluation/record.ts";
import { type RunDescription, runFacts } from "../evaluation/runDescription.ts";
import type { MethodSummary } from "../evaluation/summary.ts";
import { type Table, csvTable, latexTable } from "../evaluation/table.ts";
import { formatJson } from "../io/jsonDocument.ts";
import type { OutputFile } from "../platform/node/fileWriter.ts";
import { readTextFile } from "../platform/node/imageFiles.ts";
import { researchUseNotice } from "./context.ts";

/** How the records of an evaluation were made. */
export interface EvaluationRuns {
  readonly version: string;
  readonly runs: readonly RunDescription[];
  /** What else a reader must know: methods that could not be run. */
  readonly remarks: readonly string[];
}

/** result.json of an evaluation. */
export interface EvaluationDocument extends EvaluationRuns {
  readonly schema: "sopi-evaluation/1";
  readonly notice: string;
  readonly protocol: Protocol;
  readonly date: string;
  readonly summaries: readonly MethodSummary[];
  readonly results: readonly Table[];
  readonly times: readonly Table[];
  readonly facts: readonly string[];
  readonly figures: readonly Figure[];
  /** All tables as Markdown, with what they are. */
  readonly page: string;
  readonly registrations: readonly RegistrationRecord[];
}

/** The whole outcome of an evaluation. */
export function evaluationDocument(
  protocol: Protocol,
  records: readonly RegistrationRecord[],
  made: EvaluationRuns,
): EvaluationDocument {
  const tables = evaluationTables(protocol, records);
  const date = new Date().toISOString().slice(0, 10);
  const runs = made.runs.filter(({ id }) => records.some(({ run }) => run === id));
  const facts = [
    `${protocol.cases} cases a row, seed ${protocol.seed}.`,
    ...runFacts(runs, records),
    ...made.remarks,
  ];
  return {
    schema: "sopi-evaluation/1",
    notice: researchUseNotice,
    ...made,
    ...{ runs, date, protocol },
    ...tables,
    facts,
    page: tablesPage(protocol, [...tables.results, ...tables.times], facts),
    registrations: records.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** result.json, registrations.csv, tables.md, report.html, every table as CSV and LaTeX, every figure as SVG. */
export function evaluationFiles(
  folder: string,
  document: EvaluationDocument,
  gallery: Gallery,
): OutputFile[] {
  const { results, times, page, figures, facts, protocol, version, registrations, ...rest } = document;
  const tables = [...results, ...times];
  const report = evaluationReport({
    ...{ title: protocol.title, about: protocol.about ?? "", facts, notice: researchUseNotice },
    ...{ version, tables, figures, ...gallery },
  });
  return [
    {
      path: join(folder, "result.json"),
      bytes: formatJson({ ...rest, version, facts, protocol, results, times }),
    },
    { path: join(folder, "registrations.csv"), bytes: csvTable(compactRecords(registrations)) },
    { path: join(folder, "tables.md"), bytes: page },
    { path: join(folder, "report.html"), bytes: report },
    ...tables.flatMap((table) => [
      { path: join(folder, "tables", `${table.name}.csv`), bytes: csvTable(table) },
      { path: join(folder, "tables", `${table.name}.tex`), bytes: latexTable(table) },
    ]),
    ...figures.map(({ name, svg }) => ({ path: join(folder, "figures", `${name}.svg`), bytes: `${svg}\n` })),
  ];
}

/** What decides the cases of a protocol, whatever part of it is run. */
function identity(protocol: Protocol): string {
  const { seed, geometry, targetLevel, targets } = protocol;
  return JSON.stringify({ seed, geometry, targetLevel, targets });
}

/** Throws a usage error when the folder holds results of other cases than the protocol's. */
export async function requireSameProtocol(folder: string, protocol: Protocol): Promise<void> {
  const path = join(folder, "protocol.json");
  const stored = parseProtocol(await readTextFile(path, { what: "Protocol" }), path);
  const rows = new Map(stored.rows.map((row) => [row.name, JSON.stringify(row)]));
  const changed = protocol.rows.find(
    (row) => (rows.get(row.name) ?? JSON.stringify(row)) !== JSON.stringify(row),
  );
  if (identity(stored) === identity(protocol) && !changed) return;
  throw usageError({
    what: `--resume in ${folder}`,
    got: changed ? `a row "${changed.name}" with other settings` : "results of another protocol or seed",
    expected: "the protocol that was begun there",
    todo: "Choose a new folder",
  });
}
