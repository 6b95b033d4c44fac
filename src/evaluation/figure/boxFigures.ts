import type { MeasuredErrors } from "../record.ts";
import { percentile } from "../statistics.ts";
import { axisError } from "../summary.ts";
import type { FigureData } from "./figures.ts";
import { type Figure, type Panel, createFigure, plot, px, seriesClass } from "./panels.ts";
import { type Scale, logScale, positiveExtent } from "./scale.ts";

const boxes = "Boxes from the 25th to the 75th percentile with the median, whiskers from the 5th to the 95th";

/** Errors of the results of one row by one method. */
function errorsIn({ records }: FigureData, row: string, method: string): MeasuredErrors[] {
  return records.flatMap((record) =>
    record.row === row && record.method === method && record.result ? [record.result.errors] : [],
  );
}

/** A logarithmic scale that holds all values; what is smaller than a thousandth is drawn at the bottom. */
function errorScaleOf(values: readonly number[]): Scale {
  const shown = values.map((value) => Math.max(value, 1e-3));
  return logScale(positiveExtent(shown, [0.01, 10]), [plot.bottom, plot.top]);
}

/** Slots of equal width, one for each label. */
function slots(labels: readonly string[]): { scale: Scale; width: number } {
  const width = (plot.right - plot.left) / labels.length;
  return {
    width,
    scale: {
      at: (value) => plot.left + width * (value + 0.5),
      ticks: labels.map((label, value) => ({ value, label })),
    },
  };
}

/** One box of a series, `index` of `count` in a slot about `centre`. */
function box(
  values: readonly number[],
  y: Scale,
  slot: { readonly centre: number; readonly width: number; readonly index: number; readonly count: number },
): string {
  if (values.length === 0) return "";
  const step = (0.86 * slot.width) / slot.count;
  const x = slot.centre + step * (slot.index - (slot.count - 1) / 2);
  const half = Math.min(6, 0.4 * step);
  const colour = seriesClass(slot.index).split(" ")[0];
  const [low, q1, q2, q3, high] = [5, 25, 50, 75, 95].map((p) => y.at(percentile(values, p)));
  const line = (x1: number, x2: number, y1: number, y2: number): string =>
    `<line class="line ${colour}" x1="${px(x1)}" x2="${px(x2)}" y1="${px(y1)}" y2="${px(y2)}"/>`;
  const body = `<rect class="dot ${colour}" x="${px(x - half)}" y="${px(q3!)}" width="${px(2 * half)}" height="${px(q1! - q3!)}"/>`;
  return line(x, x, low!, high!) + body + line(x - half, x + half, q2!, q2!);
}

/** Box plots of |error| of the six parameters, one panel per row. */
export function axisFigure(data: FigureData): Figure {
  const names = ["rx", "ry", "rz", "tx", "ty", "tz"];
  const all = data.records.flatMap(({ result }) =>
    result ? names.map((_, axis) => axisError(result.errors, axis)) : [],
  );
  const y = errorScaleOf(all);
  const { scale: x, width } = slots(names);
  const panels = data.rows.map((row): Panel => ({
    ...{ title: row, x, y, xLabel: "parameter", yLabel: "|error| (\u00b0, mm)" },
    marks: data.methods
      .map((method, index) => {
        const errors = errorsIn(data, row, method);
        const count = data.methods.length;
        return names
          .map((_, axis) =>
            box(
              errors.map((one) => axisError(one, axis)),
              y,
              { centre: x.at(axis), width, index, count },
            ),
          )
          .join("");
      })
      .join(""),
  }));
  const head = { name: "axes", title: "Error by parameter", description: `${boxes}.` };
  return createFigure(head, data.methods, panels);
}

/** Figure 5 of the paper: rotation and translation errors, the rows (simulated, X-ray) beside each other. */
export function distributionFigure(data: FigureData): Figure {
  const { scale: x, width } = slots(data.rows);
  const panel = (
    title: string,
    yLabel: string,
    pick: (errors: MeasuredErrors) => readonly number[],
  ): Panel => {
    const y = errorScaleOf(data.records.flatMap(({ result }) => (result ? [...pick(result.errors)] : [])));
    const marks = data.rows.flatMap((row, slot) =>
      data.methods.map((method, index) =>
        box(
          errorsIn(data, row, method).flatMap((errors) => [...pick(errors)]),
          y,
          { centre: x.at(slot), width, index, count: data.methods.length },
        ),
      ),
    );
    return { title, x, y, xLabel: "row", yLabel, marks: marks.join("") };
  };
  const head = {
    name: "distributions",
    title: "Rotation and translation errors by row",
    description: `${boxes}, of |error| pooled over the three axes of all results (Figure 5 of the paper).`,
  };
  return createFigure(head, data.methods, [
    panel("rotation", "|error| (\u00b0)", (errors) => errors.rotationDeg),
    panel("translation", "|error| (mm)", (errors) => errors.translationMm),
  ]);
}
