import type { RegistrationRecord } from "../record.ts";
import { type CaptureBin, captureBins } from "../capture.ts";
import { median } from "../statistics.ts";
import { recordMtre } from "../summary.ts";
import { type Figure, type Panel, createFigure, plot, px, seriesClass, seriesMark } from "./panels.ts";
import { type Scale, linearScale, logScale, positiveExtent } from "./scale.ts";

/** Records with the order in which rows and methods are shown. */
export interface FigureData {
  readonly records: readonly RegistrationRecord[];
  readonly rows: readonly string[];
  readonly methods: readonly string[];
}

const percentScale = (): Scale => linearScale([0, 1], [plot.bottom, plot.top], [0, 0.25, 0.5, 0.75, 1]);
const shares = (): Scale => ({
  ...percentScale(),
  ticks: [0, 25, 50, 75, 100].map((percent) => ({ value: percent / 100, label: `${percent} %` })),
});

function select({ records }: FigureData, row: string, method: string): RegistrationRecord[] {
  return records.filter((record) => record.row === row && record.method === method);
}

const limitLine = (x: number): string =>
  `<line class="limit" x1="${px(x)}" x2="${px(x)}" y1="${plot.top}" y2="${plot.bottom}"/>`;

/** Share of cases below each mTRE: the whole distribution of errors, one panel per row. */
export function errorFigure(data: FigureData): Figure {
  const extent = positiveExtent(data.records.map(recordMtre), [0.1, 10]);
  const x = logScale(
    [Math.min(0.1, extent[0]), Math.max(10, Math.min(1000, extent[1]))],
    [plot.left, plot.right],
  );
  const y = shares();
  const curve = (row: string, method: string, i: number): string => {
    const values = select(data, row, method)
      .map(recordMtre)
      .toSorted((a, b) => a - b);
    const points = values.flatMap((value, k) =>
      Number.isFinite(value)
        ? [
            `${px(x.at(value))},${px(y.at(k / values.length))}`,
            `${px(x.at(value))},${px(y.at((k + 1) / values.length))}`,
          ]
        : [],
    );
    return points.length > 0 ? `<polyline class="line ${seriesClass(i)}" points="${points.join(" ")}"/>` : "";
  };
  const panels = data.rows.map((row): Panel => ({
    ...{ title: row, x, y, xLabel: "mTRE below (mm)", yLabel: "share of cases" },
    marks:
      [1, 10].map((mm) => limitLine(x.at(mm))).join("") +
      data.methods.map((m, i) => curve(row, m, i)).join(""),
  }));
  const head = {
    name: "errors",
    title: "Distribution of errors",
    description: "Share of cases that end below each mTRE; higher and further left is better.",
  };
  return createFigure(head, data.methods, panels);
}

/** Success by initial mTRE: how far from the truth a start may be. */
export function captureFigure(data: FigureData, edgesMm: readonly number[]): Figure {
  const x = linearScale([edgesMm[0]!, edgesMm.at(-1)!], [plot.left, plot.right], edgesMm);
  const y = shares();
  const middle = (bin: CaptureBin): number => x.at((bin.fromMm + bin.toMm) / 2);
  const curve = (row: string, method: string, i: number): string => {
    const bins = captureBins(select(data, row, method), edgesMm).filter((bin) => bin.cases > 0);
    const points = bins.map((bin) => [middle(bin), y.at(bin.success)] as const);
    const line = `<polyline class="line ${seriesClass(i)}" points="${points.map(([a, b]) => `${px(a)},${px(b)}`).join(" ")}"/>`;
    return (points.length > 1 ? line : "") + points.map(([a, b]) => seriesMark(i, a, b, 4)).join("");
  };
  const level = px(y.at(0.95));
  const panels = data.rows.map((row): Panel => ({
    ...{ title: row, x, y, xLabel: "initial mTRE (mm)", yLabel: "mTRE < 10 mm" },
    marks:
      `<line class="limit" x1="${plot.left}" x2="${plot.right}" y1="${level}" y2="${level}"/>` +
      data.methods.map((method, i) => curve(row, method, i)).join(""),
  }));
  const head = {
    name: "capture-range",
    title: "Capture range",
    description: "Share of cases that succeed, by the error of the start pose; the dotted line is 95 %.",
  };
  return createFigure(head, data.methods, panels);
}

/** Every case as a dot: time against error; the large mark is the median of both. */
export function timeFigure(data: FigureData): Figure {
  const seconds = (record: RegistrationRecord): number => (record.timings?.totalMs ?? Number.NaN) / 1000;
  const timed = data.records.filter((record) => record.timings);
  const x = logScale(positiveExtent(timed.map(seconds), [0.1, 10]), [plot.left, plot.right]);
  const y = logScale(positiveExtent(timed.map(recordMtre), [0.1, 10]), [plot.bottom, plot.top]);
  const cloud = (row: string, method: string, i: number): string => {
    const own = select(data, row, method).filter((record) => record.timings);
    if (own.length === 0) return "";
    const dots = own.map(
      (record) =>
        `<circle class="dot ${seriesClass(i).split(" ")[0]}" cx="${px(x.at(seconds(record)))}" cy="${px(y.at(recordMtre(record)))}" r="2.5"/>`,
    );
    return (
      dots.join("") + seriesMark(i, x.at(median(own.map(seconds))), y.at(median(own.map(recordMtre))), 6)
    );
  };
  const panels = data.rows.map((row): Panel => ({
    ...{ title: row, x, y, xLabel: "time (s)", yLabel: "mTRE (mm)" },
    marks: data.methods.map((method, i) => cloud(row, method, i)).join(""),
  }));
  const head = {
    name: "time-accuracy",
    title: "Time and accuracy",
    description:
      "One dot per case, the large mark is the median; further left is faster, lower is more accurate.",
  };
  return createFigure(head, data.methods, panels);
}
