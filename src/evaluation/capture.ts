import type { RegistrationRecord } from "./record.ts";
import { rate } from "./statistics.ts";
import { recordMtre } from "./summary.ts";
import type { Table } from "./table.ts";

/** Success of one method for starts within one range of initial mTRE. */
export interface CaptureBin {
  readonly fromMm: number;
  readonly toMm: number;
  readonly cases: number;
  /** Share that ended below the limit; NaN for an empty bin. */
  readonly success: number;
}

/** Success by initial mTRE; records without a start pose are left out. */
export function captureBins(
  records: readonly RegistrationRecord[],
  edgesMm: readonly number[],
  limitMm = 10,
): CaptureBin[] {
  return edgesMm.slice(1).map((toMm, i) => {
    const fromMm = edgesMm[i]!;
    const inside = records.filter(
      ({ initial }) => initial !== null && initial.mtreMm >= fromMm && initial.mtreMm < toMm,
    );
    const success = rate(inside, (record) => recordMtre(record) < limitMm);
    return { fromMm, toMm, cases: inside.length, success };
  });
}

/**
 * Capture range (mm): upper edge of the last bin up to which every bin reaches `share` success; 0 when the first
 * does not. Bins without a case say nothing and are passed over.
 */
export function captureRangeMm(bins: readonly CaptureBin[], share = 0.95): number {
  let range = 0;
  for (const bin of bins) {
    if (bin.cases === 0) continue;
    if (bin.success < share) break;
    range = bin.toMm;
  }
  return range;
}

/** One row per protocol row and method, one column per bin. */
export function captureTable(
  groups: readonly { readonly row: string; readonly method: string; readonly bins: readonly CaptureBin[] }[],
): Table {
  const bins = groups[0]?.bins ?? [];
  return {
    name: "capture-range",
    title: "Success (mTRE < 10 mm, %) by initial mTRE",
    columns: ["row", "method", ...bins.map((b) => `${b.fromMm}-${b.toMm} mm`), "capture range mm"],
    rows: groups.map(({ row, method, bins: own }) => [
      row,
      method,
      ...own.map((b) => (b.cases === 0 ? "-" : `${(100 * b.success).toFixed(1)} (${b.cases})`)),
      String(captureRangeMm(own)),
    ]),
    notes: [
      "Number of cases in brackets. Capture range: the last bin up to which at least 95 % succeed, passing over empty ones.",
    ],
  };
}
