import { areaUnderCurve } from "./calibrationMeasures.ts";
import type { RecordedResult, RegistrationRecord } from "./record.ts";
import { mean, median, percentile } from "./statistics.ts";
import { recordMtre } from "./summary.ts";
import { fixed } from "./summaryTables.ts";
import type { Table } from "./table.ts";

/** Median of |x| of a standard normal number: where the predicted spread is right, |error| / error has it too. */
const normalMedian = 0.6745;

/** A row and a method with their records. */
export interface TrustGroup {
  readonly row: string;
  readonly method: string;
  readonly records: readonly RegistrationRecord[];
}

/**
 * Actual errors over predicted standard errors, six for each result that found the right optimum (mTRE < 10 mm);
 * predicted by the curvature alone, or scaled where the result carries a confidence.
 */
export function errorRatios(records: readonly RegistrationRecord[], scaled: boolean): number[] {
  return records.flatMap(({ result }) => {
    const predicted = predictedErrors(result, scaled);
    if (!result || !predicted || result.errors.mtreMm >= 10) return [];
    const { rotationDeg, translationMm } = result.errors;
    return [...rotationDeg, ...translationMm].map((error, i) => error / Math.max(1e-12, predicted[i]!));
  });
}

function predictedErrors(result: RecordedResult | null, scaled: boolean): readonly number[] | undefined {
  return scaled ? result?.confidence?.standardError : result?.evidence.precision?.standardError;
}

/**
 * How much larger errors are than the curvature predicts: the factor that gives |error| / standard error the
 * median of a normal distribution. NaN of nothing.
 */
export function errorScale(records: readonly RegistrationRecord[]): number {
  return median(errorRatios(records, false)) / normalMedian;
}

/** What results said of themselves beside what came true; undefined where no result said anything. */
export function trustTable(groups: readonly TrustGroup[]): Table | undefined {
  const rows = groups.flatMap(({ row, method, records }) => {
    const stated = records.filter((record) => record.result?.confidence);
    if (stated.length === 0) return [];
    const forecast = (limitMm: number): { probability: number; success: boolean }[] =>
      records.map((record) => ({
        probability:
          (limitMm === 2 ? record.result?.confidence?.within2mm : record.result?.confidence?.within10mm) ?? 0,
        success: recordMtre(record) < limitMm,
      }));
    const cells = [2, 10].flatMap((limitMm) => {
      const made = forecast(limitMm);
      return [
        fixed(100 * mean(made.map((f) => f.probability)), 1),
        fixed(100 * mean(made.map((f) => (f.success ? 1 : 0))), 1),
        fixed(areaUnderCurve(made), 3),
      ];
    });
    const ratios = errorRatios(records, true);
    const within = (limit: number): string =>
      fixed(100 * mean(ratios.map((ratio) => (ratio < limit ? 1 : 0))), 0);
    const doubted = records.filter((record) => record.result?.status === "low-confidence");
    const wrongly = doubted.filter((record) => recordMtre(record) < 10).length;
    return [
      [row, method, String(records.length), ...cells, within(1), within(2), `${doubted.length} (${wrongly})`],
    ];
  });
  if (rows.length === 0) return undefined;
  return {
    name: "trust",
    title: "What results say of themselves, and what came true",
    columns: [
      ...["row", "method", "n", "stated < 2 mm %", "observed", "AUC", "stated < 10 mm %", "observed", "AUC"],
      ...["errors within 1 se %", "within 2 se %", "low-confidence (of them right)"],
    ],
    rows,
    notes: [
      "Stated: mean probability that the results gave themselves. AUC: probability that a success was given a higher " +
        "number than a failure (- where all cases ended alike). Errors within one and two predicted standard errors: " +
        "all six parameters of the results below 10 mm; 68 and 95 % would be a normal distribution's.",
    ],
  };
}

/** Predicted against actual spread by axis, for the results below 10 mm: how good the curvature alone is. */
export function precisionTable(groups: readonly TrustGroup[]): Table {
  const names = ["rx", "ry", "rz", "tx", "ty", "tz"];
  const rows = groups.flatMap(({ row, method, records }) => {
    const right = records.flatMap(({ result }) =>
      result?.evidence.precision && result.errors.mtreMm < 10 ? [result] : [],
    );
    if (right.length === 0) return [];
    const cells = names.map((_, axis) => {
      const predicted = right.map((r) => r.evidence.precision!.standardError[axis]!);
      const actual = right.map((r) => [...r.errors.rotationDeg, ...r.errors.translationMm][axis]!);
      const rootMeanSquare = Math.sqrt(mean(actual.map((error) => error ** 2)));
      return `${fixed(median(predicted), 4)} / ${fixed(rootMeanSquare, 3)}`;
    });
    const ratios = errorRatios(records, false);
    return [
      [
        row,
        method,
        String(right.length),
        ...cells,
        fixed(errorScale(records), 1),
        fixed(percentile(ratios, 95), 1),
      ],
    ];
  });
  return {
    name: "precision",
    title: "Standard errors by the curvature alone, and actual errors",
    columns: [
      "row",
      "method",
      "n",
      ...names.map((name) => `${name} predicted / actual`),
      "factor",
      "p95 ratio",
    ],
    rows,
    notes: [
      "Degrees and mm: median predicted standard error and root mean square of the actual error, of results below 10 mm. " +
        "Factor: what the predictions must be multiplied by for |error| / standard error to have a normal distribution's " +
        "median; p95 ratio: the 95th percentile of that quotient before it.",
    ],
  };
}
