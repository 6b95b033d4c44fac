import { escapeHtml } from "./html.ts";

/** A point of the search: DRRs rendered so far and the metric reached. */
export interface TracePoint {
  readonly stage: string;
  /** Counts up within one candidate of a stage. */
  readonly iteration: number;
  readonly evaluations: number;
  readonly similarity: number;
}

const width = 640;
const height = 150;
const margin = { left: 8, right: 8, top: 12, bottom: 24 };
/** Widest letter of a label, in the chart's units. */
const letterWidth = 7;

/** Runs of points of one candidate in one stage, in order; stages may use different metrics, so no line joins them. */
function candidateRuns(trace: readonly TracePoint[]): TracePoint[][] {
  const runs: TracePoint[][] = [];
  for (const point of trace) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && last.stage === point.stage && last.iteration < point.iteration) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** Share of `value` between the ends; the middle when they coincide. */
const between = (value: number, low: number, high: number): number =>
  high > low ? (value - low) / (high - low) : 0.5;

/**
 * How the similarity rose, one line per candidate over the number of DRRs rendered, as inline SVG that takes
 * its colours from the page. Empty when there is nothing to draw.
 */
export function traceChart(trace: readonly TracePoint[]): string {
  const points = trace.filter((point) => Number.isFinite(point.similarity));
  const runs = candidateRuns(points);
  if (points.length < 2) return "";
  const evaluations = points.map((point) => point.evaluations);
  const values = points.map((point) => point.similarity);
  const [first, last] = [Math.min(...evaluations), Math.max(...evaluations)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (point: TracePoint): number =>
    margin.left + between(point.evaluations, first, last) * (width - margin.left - margin.right);
  const y = (point: TracePoint): number =>
    height - margin.bottom - between(point.similarity, low, high) * (height - margin.top - margin.bottom);
  const at = (point: TracePoint): string => `${x(point).toFixed(1)},${y(point).toFixed(1)}`;
  let stage = "";
  let labelsEnd = 0;
  /** The name of a stage under its first point, moved left to stay inside; left out where another one stands. */
  const label = (name: string, left: number): string => {
    const from = Math.min(left, width - margin.right - letterWidth * name.length);
    if (from < labelsEnd) return "";
    labelsEnd = from + letterWidth * (name.length + 1);
    return `<text x="${from.toFixed(1)}" y="${height - 8}">${escapeHtml(name)}</text>`;
  };
  const drawn = runs.map((run) => {
    const [start, end] = [run[0]!, run.at(-1)!];
    const left = x(start).toFixed(1);
    const isNew = start.stage !== stage;
    stage = start.stage;
    const border = `<line class="stage" x1="${left}" y1="${margin.top}" x2="${left}" y2="${height - margin.bottom}"/>`;
    return [
      isNew ? `${border}${label(stage, x(start))}` : "",
      run.length > 1 ? `<polyline points="${run.map(at).join(" ")}"/>` : "",
      `<circle cx="${x(end).toFixed(1)}" cy="${y(end).toFixed(1)}" r="3"/>`,
    ].join("");
  });
  const description = `Similarity from ${low.toFixed(3)} to ${high.toFixed(3)} over ${last - first} rendered DRRs`;
  return `<svg class="trace" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">${drawn.join("\n")}</svg>
<p class="caption">${description}; one line per candidate pose. Stages may use different metrics.</p>`;
}
