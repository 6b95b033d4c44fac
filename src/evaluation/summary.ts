import { type PoseErrors, paperSuccess } from "./poseErrors.ts";
import type { Effort, RegistrationRecord } from "./record.ts";
import {
  type Interval,
  bootstrapInterval,
  mean,
  median,
  percentile,
  rate,
  standardDeviation,
} from "./statistics.ts";

/** Centre and spread of one measure over cases. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
}

/** Everything the tables say of one method in one row of a protocol. */
export interface MethodSummary {
  readonly row: string;
  readonly method: string;
  readonly cases: number;
  /** Registrations without a result; failures by every rule. */
  readonly withoutResult: number;
  /** Percentiles count cases without a result as infinite; means leave them out. */
  readonly mtreMm: Spread;
  readonly mtreMedianInterval: Interval;
  readonly inPlaneMm: Spread;
  readonly depthMm: Spread;
  readonly mpeMm: Spread;
  readonly mrpdMm: Spread;
  readonly geodesicDeg: Spread;
  readonly distErrMm: Spread;
  readonly imageSimilarity: Spread;
  /** |difference| of all three axes of all cases in one pool, as the paper prints it. */
  readonly pooledRotationDeg: Spread;
  readonly pooledTranslationMm: Spread;
  /** Mean |difference| of rx, ry, rz (degrees) and tx, ty, tz (mm). */
  readonly axes: readonly number[];
  /** Share with mTRE below 1, 2 and 10 mm. */
  readonly success: { readonly below1: number; readonly below2: number; readonly below10: number };
  readonly below10Interval: Interval;
  /** Share that fails the paper's rule (rotation OR translation below 3), and its AND form. */
  readonly failureOr: number;
  readonly failureAnd: number;
  readonly totalMs: Spread;
  readonly initialiseMs: Spread;
  readonly refineMs: Spread;
  readonly evaluations: Spread;
  /** DRRs and time until the reported pose was below 10 and below 2 mm for good; infinite where it never was. */
  readonly settled10: { readonly evaluations: Spread; readonly ms: Spread };
  readonly settled2: { readonly evaluations: Spread; readonly ms: Spread };
  readonly memoryMiB: number | undefined;
  /** The start poses by the same measures; absent when there were none. */
  readonly initial?: InitialSummary;
  /** Share of results that call themselves converged. */
  readonly converged: number;
}

/** Where the cases of a row began. */
export interface InitialSummary {
  readonly mtreMm: Spread;
  readonly pooledRotationDeg: Spread;
  readonly pooledTranslationMm: Spread;
  readonly axes: readonly number[];
  readonly failureOr: number;
  readonly failureAnd: number;
}

/** Centre and spread; infinite values only reach the percentiles. */
export function spreadOf(values: readonly number[]): Spread {
  const finite = values.filter(Number.isFinite);
  return {
    mean: mean(finite),
    sd: standardDeviation(finite),
    median: median(values),
    p75: percentile(values, 75),
    p95: percentile(values, 95),
  };
}

/** mTRE of a record; infinite when there is no result. */
export function recordMtre(record: RegistrationRecord): number {
  return record.result?.errors.mtreMm ?? Number.POSITIVE_INFINITY;
}

/** Summary of the records of one method in one row. */
export function summarise(records: readonly RegistrationRecord[]): MethodSummary {
  const [first] = records;
  const results = records.flatMap((record) => (record.result ? [record.result] : []));
  const errors = (pick: (e: NonNullable<RegistrationRecord["result"]>["errors"]) => number): Spread =>
    spreadOf(
      records.map((record) => (record.result ? pick(record.result.errors) : Number.POSITIVE_INFINITY)),
    );
  const timings = records.flatMap((record) => (record.timings ? [record.timings] : []));
  const mtre = records.map(recordMtre);
  const below = (limit: number): number => rate(mtre, (value) => value < limit);
  const memory = records.flatMap((record) => (record.memoryMiB === undefined ? [] : [record.memoryMiB]));
  return {
    row: first?.row ?? "",
    method: first?.method ?? "",
    cases: records.length,
    withoutResult: records.length - results.length,
    mtreMm: spreadOf(mtre),
    mtreMedianInterval: bootstrapInterval(mtre, median),
    inPlaneMm: errors((e) => e.inPlaneMm),
    depthMm: errors((e) => e.depthMm),
    mpeMm: errors((e) => e.mpeMm),
    mrpdMm: errors((e) => e.mrpdMm),
    geodesicDeg: errors((e) => e.geodesicDeg),
    distErrMm: errors((e) => e.distErrMm),
    imageSimilarity: spreadOf(
      results.flatMap((r) => (r.imageSimilarity === null ? [] : [r.imageSimilarity])),
    ),
    pooledRotationDeg: spreadOf(results.flatMap((r) => r.errors.rotationDeg)),
    pooledTranslationMm: spreadOf(results.flatMap((r) => r.errors.translationMm)),
    axes: [0, 1, 2, 3, 4, 5].map((axis) => mean(results.map((r) => axisError(r.errors, axis)))),
    success: { below1: below(1), below2: below(2), below10: below(10) },
    below10Interval: bootstrapInterval(
      mtre.map((value) => (value < 10 ? 1 : 0)),
      mean,
    ),
    failureOr: rate(records, (record) => !record.result || !paperSuccess(record.result.errors, "or")),
    failureAnd: rate(records, (record) => !record.result || !paperSuccess(record.result.errors, "and")),
    totalMs: spreadOf(timings.map((t) => t.totalMs)),
    initialiseMs: spreadOf(timings.map((t) => t.initialiseMs)),
    refineMs: spreadOf(timings.map((t) => t.refineMs)),
    evaluations: spreadOf(results.flatMap((r) => (r.evaluations === null ? [] : [r.evaluations]))),
    settled10: settledPart(records, "below10"),
    settled2: settledPart(records, "below2"),
    memoryMiB: memory.length > 0 ? Math.max(...memory) : undefined,
    ...initialPart(records),
    converged: rate(
      results.filter((r) => r.status !== null),
      (r) => r.status === "converged",
    ),
  };
}

/** A case without a result never settled; a result without the way to it says nothing. */
function settledPart(
  records: readonly RegistrationRecord[],
  limit: "below10" | "below2",
): MethodSummary["settled10"] {
  const of = (pick: (effort: Effort) => number): Spread =>
    spreadOf(
      records.flatMap(({ result }) => {
        if (result && !result.settled) return [];
        const effort = result?.settled?.[limit];
        return [effort ? pick(effort) : Number.POSITIVE_INFINITY];
      }),
    );
  return { evaluations: of((effort) => effort.evaluations), ms: of((effort) => effort.ms) };
}

function initialPart(records: readonly RegistrationRecord[]): { initial?: InitialSummary } {
  const starts = records.flatMap((record) => (record.initial ? [record.initial] : []));
  if (starts.length === 0) return {};
  return {
    initial: {
      mtreMm: spreadOf(starts.map((e) => e.mtreMm)),
      pooledRotationDeg: spreadOf(starts.flatMap((e) => e.rotationDeg)),
      pooledTranslationMm: spreadOf(starts.flatMap((e) => e.translationMm)),
      axes: [0, 1, 2, 3, 4, 5].map((axis) => mean(starts.map((e) => axisError(e, axis)))),
      failureOr: rate(starts, (e) => !paperSuccess(e, "or")),
      failureAnd: rate(starts, (e) => !paperSuccess(e, "and")),
    },
  };
}

/** |difference| of one of the six parameters, in theta's order. */
export function axisError(errors: Pick<PoseErrors, "rotationDeg" | "translationMm">, axis: number): number {
  return [...errors.rotationDeg, ...errors.translationMm][axis]!;
}

/** Summaries of all records, in the order of rows and methods given. */
export function summariseAll(
  records: readonly RegistrationRecord[],
  order: { readonly rows: readonly string[]; readonly methods: readonly string[] },
): MethodSummary[] {
  return order.rows.flatMap((row) =>
    order.methods.flatMap((method) => {
      const chosen = records
        .filter((record) => record.row === row && record.method === method)
        .toSorted((a, b) => a.index - b.index);
      return chosen.length > 0 ? [summarise(chosen)] : [];
    }),
  );
}
