import { literature, paperTable1, paperTable2, paperTable3 } from "./paperTables.ts";
import type { AblationParts, ProtocolMethod } from "./protocolTypes.ts";
import type { MethodSummary, Spread } from "./summary.ts";
import type { Interval } from "./statistics.ts";
import type { Table } from "./table.ts";

/** A number with fixed decimals; "-" when there is none, an infinity sign when most cases have no result. */
export function fixed(value: number, decimals = 2): string {
  if (value === Number.POSITIVE_INFINITY) return "\u221e";
  return Number.isFinite(value) ? value.toFixed(decimals) : "-";
}

const percent = (share: number): string => (Number.isFinite(share) ? (100 * share).toFixed(1) : "-");
const meanSd = ({ mean, sd }: Spread): string => `${fixed(mean)} \u00b1 ${fixed(sd)}`;
const percentInterval = ([low, high]: Interval): string => `${percent(low)} to ${percent(high)}`;

/** Where the poses came out: mTRE and its parts, success. No time in it: equal seeds give equal bytes. */
export function accuracyTable(summaries: readonly MethodSummary[]): Table {
  return {
    name: "accuracy",
    title: "Accuracy and success",
    columns: [
      ...["row", "method", "n", "mTRE median (95 % interval)", "p75", "p95", "< 1 mm %", "< 2 mm %"],
      ...[
        "< 10 mm % (95 % interval)",
        "in-plane",
        "depth",
        "mPE",
        "mRPD",
        "rotation \u00b0",
        "DistErr",
        "ImgSim",
      ],
      ...["no result", "converged %"],
    ],
    rows: summaries.map((s) => [
      ...[s.row, s.method, String(s.cases)],
      `${fixed(s.mtreMm.median)} (${s.mtreMedianInterval.map((value) => fixed(value)).join(" to ")})`,
      ...[fixed(s.mtreMm.p75), fixed(s.mtreMm.p95), percent(s.success.below1), percent(s.success.below2)],
      `${percent(s.success.below10)} (${percentInterval(s.below10Interval)})`,
      ...[fixed(s.inPlaneMm.median), fixed(s.depthMm.median), fixed(s.mpeMm.median, 3)],
      ...[fixed(s.mrpdMm.median), fixed(s.geodesicDeg.median), fixed(s.distErrMm.median)],
      ...[fixed(s.imageSimilarity.median, 3), String(s.withoutResult), percent(s.converged)],
    ]),
    notes: [
      "Medians over all cases, in mm unless stated; a case without a result counts as infinitely far off. mTRE: mean " +
        "distance of the target voxels. mPE: the same on the detector. mRPD: distance of target points from their " +
        "re-projected rays. Intervals are bootstrap percentiles with a fixed seed.",
    ],
  };
}

/** Time and effort; different on every machine and every run. */
export function timeTable(summaries: readonly MethodSummary[]): Table {
  const seconds = (ms: number): string => fixed(ms / 1000);
  return {
    name: "time",
    title: "Time and effort",
    columns: [
      ...[
        "row",
        "method",
        "n",
        "median s",
        "p95 s",
        "mean s",
        "initialise s",
        "refine s",
        "DRRs (median)",
        "s to < 10 mm",
        "peak MiB",
      ],
    ],
    rows: summaries.map((s) => [
      ...[s.row, s.method, String(s.cases), seconds(s.totalMs.median), seconds(s.totalMs.p95)],
      ...[seconds(s.totalMs.mean), seconds(s.initialiseMs.median), seconds(s.refineMs.median)],
      ...[fixed(s.evaluations.median, 0), seconds(s.settled10.ms.median)],
      ...[s.memoryMiB === undefined ? "-" : String(Math.round(s.memoryMiB))],
    ]),
    notes: [
      "Time of one registration without reading files; s to < 10 mm: until the error stayed there (median). Peak memory of the process that ran the cases.",
    ],
  };
}

type PooledErrors = Pick<
  MethodSummary,
  "pooledRotationDeg" | "pooledTranslationMm" | "failureOr" | "failureAnd"
>;

/** Errors pooled over axes and the paper's failure rule, with the paper's rows below ours. */
export function pooledTable(summaries: readonly MethodSummary[], rowsLikePaper: readonly string[]): Table {
  const comparable = (row: string): string => (rowsLikePaper.includes(row) ? "partly" : "no");
  const line = (row: string, method: string, s: PooledErrors): string[] => [
    ...["ours", row, method, meanSd(s.pooledRotationDeg), meanSd(s.pooledTranslationMm)],
    ...[percent(s.failureOr), percent(s.failureAnd), comparable(row)],
  ];
  const ours = summaries.flatMap((s, i) => {
    const isFirst = summaries[i - 1]?.row !== s.row;
    return [...(isFirst && s.initial ? [line(s.row, "Initial", s.initial)] : []), line(s.row, s.method, s)];
  });
  const theirs = paperTable1.map((p) => [
    ...["paper", "simulation", p.method],
    ...[p.rotationDeg, p.translationMm].map(([mean, sd]) => `${fixed(mean)} \u00b1 ${fixed(sd)}`),
    ...[fixed(p.failurePercent, 1), "-", "-"],
  ]);
  return {
    name: "paper-measures",
    title: "The paper's measures, with its Table 1",
    columns: [
      ...["source", "row", "method", "rotation \u00b0", "translation mm"],
      ...["failure % (or)", "failure % (and)", "comparable?"],
    ],
    rows: [...ours, ...theirs],
    notes: [
      "Mean and standard deviation of |difference| pooled over the three axes of all cases that gave a result. The " +
        "paper calls a registration successful when the mean rotation error is below 3 degrees or the mean " +
        "translation error below 3 mm (or); the stricter reading asks for both (and). The paper's success counts " +
        "were made on poses its script chose with the ground truth at hand. Comparable: partly, where start offsets " +
        "are drawn so that they reproduce the Initial row of its Table 1 (volumes and X-rays are others); no elsewhere.",
    ],
  };
}

/** Mean |difference| per axis, DistErr and ImgSim, with the paper's Table 3 below ours. */
export function axisTable(summaries: readonly MethodSummary[]): Table {
  const ours = summaries.map((s) => [
    ...["ours", s.row, s.method, fixed(s.distErrMm.mean, 3), fixed(s.imageSimilarity.mean, 3)],
    ...s.axes.map((value) => fixed(value)),
    "no",
  ]);
  const theirs = paperTable3.map((p) => [
    ...["paper", "X-ray", p.method, fixed(p.distErrMm, 3), fixed(p.imageSimilarity, 3)],
    ...[...p.rotationDeg, ...p.translationMm].map((value) => fixed(value)),
    "-",
  ]);
  return {
    name: "axes",
    title: "Errors by axis, with the paper's Table 3",
    columns: [
      ...["source", "row", "method", "DistErr mm", "ImgSim", "rx \u00b0", "ry \u00b0", "rz \u00b0"],
      ...["tx mm", "ty mm", "tz mm", "comparable?"],
    ],
    rows: [...ours, ...theirs],
    notes: [
      "rx: roll about the beam. tx: depth. Means over the cases that gave a result. The paper's rows are its Table 3 " +
        "(X-rays of patients), where DistErr comes from distances of SURF descriptors; here it is the distance of " +
        "projected corners of the volume, so the two do not compare.",
    ],
  };
}

/** The paper's registration times beside ours; never comparable digit by digit. */
export function paperTimeTable(summaries: readonly MethodSummary[]): Table {
  const ours = summaries.map((s) => ["ours", s.row, s.method, fixed(s.totalMs.mean / 1000)]);
  const theirs = paperTable1
    .filter((p) => p.seconds !== undefined)
    .map((p) => ["paper", "simulation", p.method, fixed(p.seconds!)]);
  return {
    name: "paper-time",
    title: "Mean registration time beside the paper's",
    columns: ["source", "row", "method", "mean s"],
    rows: [...ours, ...theirs],
    notes: ["The paper timed an RTX 3090; ours is the machine stated with the results."],
  };
}

/** Work until the error was below a limit for good: what a better start saves. */
export function effortTable(summaries: readonly MethodSummary[]): Table {
  const count = (value: number): string => fixed(value, 0);
  return {
    name: "effort",
    title: "DRRs until the error stays below a limit",
    columns: ["row", "method", "n", "below 10 mm: median", "p75", "below 2 mm: median", "p75", "in all"],
    rows: summaries.map((s) => [
      ...[s.row, s.method, String(s.cases)],
      ...[count(s.settled10.evaluations.median), count(s.settled10.evaluations.p75)],
      ...[count(s.settled2.evaluations.median), count(s.settled2.evaluations.p75)],
      count(s.evaluations.median),
    ]),
    notes: [
      "Projections rendered until every pose that the method reported afterwards was below the limit. An optimiser that " +
        "still tries candidates elsewhere has not settled, although one of them may be right.",
    ],
  };
}

/** Table 2: what each part adds, the paper's rows below ours. Undefined when no method says which parts it has. */
export function ablationTable(
  summaries: readonly MethodSummary[],
  methods: readonly ProtocolMethod[],
): Table | undefined {
  const parts = new Map(methods.flatMap((m) => (m.parts ? [[m.label ?? m.name, m.parts] as const] : [])));
  if (parts.size === 0) return undefined;
  const marks = (p: AblationParts): string[] =>
    [p.rtpi, p.compositeEncoder, p.embeddedLoss].map((has) => (has ? "yes" : "no"));
  const ours = summaries.flatMap((s) => {
    const own = parts.get(s.method);
    if (!own) return [];
    const errors = [meanSd(s.pooledRotationDeg), meanSd(s.pooledTranslationMm)];
    return [["ours", s.row, s.method, ...marks(own), ...errors, percent(s.failureOr), percent(s.failureAnd)]];
  });
  const theirs = paperTable2.map((p) => [
    ...["paper", "simulation", "", ...marks(p)],
    ...[p.rotationDeg, p.translationMm].map(([m, sd]) => `${fixed(m)} \u00b1 ${fixed(sd)}`),
    ...["-", "-"],
  ]);
  return {
    name: "ablation",
    title: "What each part adds, with the paper's Table 2",
    columns: [
      ...["source", "row", "method", "RTPI", "composite encoder", "embedded loss", "rotation \u00b0"],
      ...["translation mm", "failure % (or)", "failure % (and)"],
    ],
    rows: [...ours, ...theirs],
    notes: ["Configurations whose weights have not been trained are missing from our rows and named above."],
  };
}

/** What others have published on their own data. */
export function literatureTable(): Table {
  return {
    name: "literature",
    title: "Published elsewhere, on other data",
    columns: ["source", "result"],
    rows: literature.map(({ source, result }) => [source, result]),
    notes: ["Other patients, other targets, other machines: orders of magnitude, not digits, compare."],
  };
}
