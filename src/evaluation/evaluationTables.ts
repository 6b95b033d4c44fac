import { captureBins, captureTable } from "./capture.ts";
import { methodLabel } from "./protocol.ts";
import type { Protocol, ProtocolRow } from "./protocolTypes.ts";
import type { RegistrationRecord } from "./record.ts";
import {
  ablationTable,
  accuracyTable,
  axisTable,
  effortTable,
  literatureTable,
  paperTimeTable,
  pooledTable,
  timeTable,
} from "./summaryTables.ts";
import { precisionTable, trustTable } from "./trustTable.ts";
import { axisFigure, distributionFigure } from "./figure/boxFigures.ts";
import { captureFigure, errorFigure, timeFigure } from "./figure/figures.ts";
import type { Figure } from "./figure/panels.ts";
import { type MethodSummary, summariseAll } from "./summary.ts";
import { type Table, markdownTable } from "./table.ts";

/** What an evaluation amounts to. */
export interface EvaluationTables {
  readonly summaries: readonly MethodSummary[];
  /** Same protocol, same seed, same bytes. */
  readonly results: readonly Table[];
  /** Tables that hold times. */
  readonly times: readonly Table[];
  readonly figures: readonly Figure[];
}

const binEdgesMm = [0, 10, 20, 30, 40, 50, 60, 70, 80];

/** All tables of a set of records, in the protocol's order whatever the order of the records; methods of others last. */
export function evaluationTables(
  protocol: Protocol,
  records: readonly RegistrationRecord[],
): EvaluationTables {
  const rows = protocol.rows.map((row) => row.name);
  const own = protocol.methods.map(methodLabel);
  const foreign = new Set(records.map((record) => record.method).filter((name) => !own.includes(name)));
  const methods = [...own, ...[...foreign].toSorted()];
  const summaries = summariseAll(records, { rows, methods });
  const likePaper = protocol.rows.filter(hasPaperOffsets).map((row) => row.name);
  const data = { records, rows, methods };
  const edges = captureEdges(protocol);
  const started = protocol.rows.filter((row) => row.offset.distribution !== "centre").map((row) => row.name);
  const groups = started.flatMap((row) =>
    methods.map((method) => {
      const own = records.filter((record) => record.row === row && record.method === method);
      return { row, method, bins: captureBins(own, edges) };
    }),
  );
  const capture = groups.length > 0;
  const everyGroup = rows.flatMap((row) =>
    methods.map((method) => {
      const part = records.filter((record) => record.row === row && record.method === method);
      return { row, method, records: part.toSorted((a, b) => a.index - b.index) };
    }),
  );
  const ablation = ablationTable(summaries, protocol.methods);
  const trust = trustTable(everyGroup);
  return {
    summaries,
    results: [
      accuracyTable(summaries),
      ...(ablation ? [ablation] : []),
      pooledTable(summaries, likePaper),
      axisTable(summaries),
      ...(capture ? [captureTable(groups)] : []),
      effortTable(summaries),
      ...(trust ? [trust] : []),
      precisionTable(everyGroup),
      literatureTable(),
    ],
    times: [timeTable(summaries), paperTimeTable(summaries)],
    figures: [
      errorFigure(data),
      distributionFigure(data),
      axisFigure(data),
      ...(capture ? [captureFigure({ ...data, rows: started }, edges)] : []),
      timeFigure(data),
    ],
  };
}

/** The bins of the first row that has any, or tens of millimetres. */
function captureEdges(protocol: Protocol): readonly number[] {
  for (const { offset } of protocol.rows) if (offset.distribution === "mtre-bins") return offset.edgesMm;
  return binEdgesMm;
}

/** Whether starts are drawn as the paper's "Initial" row demands. */
function hasPaperOffsets({ offset }: ProtocolRow): boolean {
  return (
    offset.distribution === "uniform" &&
    offset.rotationDeg === 13 &&
    offset.inPlaneMm === 30 &&
    offset.depthMm === 30
  );
}

/** The page that is kept with an experiment: what it is, then its tables. */
export function tablesPage(
  protocol: Protocol,
  tables: readonly Table[],
  facts: readonly string[] = [],
): string {
  const head = [`## ${protocol.title}`, ...(protocol.about ? [protocol.about] : []), ...facts].join("\n\n");
  return `${head}\n\n${tables.map(markdownTable).join("\n")}`;
}
