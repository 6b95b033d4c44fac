import { captureBins, captureTable } from "./capture.ts";
import { methodLabel } from "./protocol.ts";
import type { Protocol, ProtocolRow } from "./protocolTypes.ts";
import type { RegistrationRecord } from "./record.ts";
import { accuracyTable, axisTable, paperTimeTable, pooledTable, timeTable } from "./summaryTables.ts";
import { type MethodSummary, summariseAll } from "./summary.ts";
import { type Table, markdownTable } from "./table.ts";

/** What an evaluation amounts to. */
export interface EvaluationTables {
  readonly summaries: readonly MethodSummary[];
  /** Same protocol, same seed, same bytes. */
  readonly results: readonly Table[];
  /** Tables that hold times. */
  readonly times: readonly Table[];
}

const binEdgesMm = [0, 10, 20, 30, 40, 50, 60, 70, 80];

/** All tables of a set of records, in the protocol's order whatever the order of the records. */
export function evaluationTables(
  protocol: Protocol,
  records: readonly RegistrationRecord[],
): EvaluationTables {
  const rows = protocol.rows.map((row) => row.name);
  const methods = protocol.methods.map(methodLabel);
  const summaries = summariseAll(records, { rows, methods });
  const likePaper = protocol.rows.filter(hasPaperOffsets).map((row) => row.name);
  const groups = protocol.rows.flatMap((row) => {
    const edges = row.offset.distribution === "mtre-bins" ? row.offset.edgesMm : undefined;
    if (!edges) return [];
    return methods.map((method) => {
      const own = records.filter((record) => record.row === row.name && record.method === method);
      return { row: row.name, method, bins: captureBins(own, edges) };
    });
  });
  const general = protocol.rows.flatMap((row) => {
    if (row.offset.distribution === "mtre-bins" || row.offset.distribution === "centre") return [];
    return methods.map((method) => {
      const own = records.filter((record) => record.row === row.name && record.method === method);
      return { row: row.name, method, bins: captureBins(own, binEdgesMm) };
    });
  });
  const capture = groups.length > 0 ? groups : general;
  return {
    summaries,
    results: [
      accuracyTable(summaries),
      pooledTable(summaries, likePaper),
      axisTable(summaries),
      ...(capture.length > 0 ? [captureTable(capture)] : []),
    ],
    times: [timeTable(summaries), paperTimeTable(summaries)],
  };
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
