import type { Calibration } from "./calibration.ts";
import {
  type Forecast,
  type ReliabilityBin,
  areaUnderCurve,
  brierScore,
  calibrationError,
  reliabilityBins,
} from "./calibrationMeasures.ts";
import { type Figure, type Panel, createFigure, plot, px, seriesClass, seriesMark } from "./figure/panels.ts";
import { linearScale } from "./figure/scale.ts";
import { mean } from "./statistics.ts";
import { fixed } from "./summaryTables.ts";
import type { Table } from "./table.ts";

/** Records on which calibrations are judged. */
export interface CalibrationTest {
  readonly name: string;
  /** Stated probabilities and outcomes of its cases. */
  made(calibration: Calibration): readonly Forecast[];
}

/** How well stated probabilities came true: one line per calibration and test. */
export function calibrationTable(
  calibrations: readonly Calibration[],
  tests: readonly CalibrationTest[],
): Table {
  const rows = calibrations.flatMap((calibration) =>
    tests.map((test) => {
      const { name } = test;
      const made = test.made(calibration);
      const shares = [mean(made.map((f) => f.probability)), mean(made.map((f) => (f.success ? 1 : 0)))];
      return [
        ...[calibration.methods.join(", "), `mTRE < ${calibration.limitMm} mm`, name, String(made.length)],
        ...shares.map((share) => fixed(100 * share, 1)),
        ...[areaUnderCurve(made), brierScore(made), calibrationError(reliabilityBins(made))].map((value) =>
          fixed(value, 3),
        ),
      ];
    }),
  );
  return {
    name: "calibration",
    title: "Calibration of the stated probability",
    columns: ["method", "event", "cases", "n", "stated %", "observed %", "AUC", "Brier", "calibration error"],
    rows,
    notes: [
      "AUC: probability that a success was given a higher number than a failure (- where all cases ended alike). " +
        "Calibration error: mean distance of stated and observed shares over ten groups of cases.",
    ],
  };
}

/** The reliability curve: stated against observed, one panel per calibration. */
export function reliabilityFigure(
  calibrations: readonly Calibration[],
  tests: readonly CalibrationTest[],
): Figure {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const x = linearScale([0, 1], [plot.left, plot.right], ticks);
  const y = linearScale([0, 1], [plot.bottom, plot.top], ticks);
  const diagonal = `<line class="limit" x1="${plot.left}" y1="${plot.bottom}" x2="${plot.right}" y2="${plot.top}"/>`;
  const curve = (bins: readonly ReliabilityBin[], i: number): string => {
    const points = bins.map((bin) => [x.at(bin.stated), y.at(bin.observed)] as const);
    const line = points.map(([a, b]) => `${px(a)},${px(b)}`).join(" ");
    return `<polyline class="line ${seriesClass(i)}" points="${line}"/>${points.map(([a, b]) => seriesMark(i, a, b, 4)).join("")}`;
  };
  const panels = calibrations.map((calibration): Panel => ({
    ...{ title: `${calibration.methods.join(", ")}, mTRE < ${calibration.limitMm} mm`, x, y },
    ...{ xLabel: "stated probability", yLabel: "observed" },
    marks: diagonal + tests.map((test, i) => curve(reliabilityBins(test.made(calibration)), i)).join(""),
  }));
  const head = {
    name: "reliability",
    title: "Reliability",
    description: "Stated probability against the share that came true; on the diagonal both agree.",
  };
  return createFigure(
    head,
    tests.map(({ name }) => name),
    panels,
  );
}
