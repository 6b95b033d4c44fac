import { describe, expect, test } from "vitest";
import { captureBins, captureRangeMm, captureTable } from "./capture.ts";
import { errorsOf, recordOf } from "./evaluation.testkit.ts";
import { pearson } from "./imageSimilarity.ts";
import { formatRecord, parseRecords } from "./record.ts";
import { summarise, summariseAll } from "./summary.ts";

const records = [
  recordOf(0, errorsOf(0.5), 1000),
  recordOf(1, errorsOf(1.5, { rotationDeg: [4, 4, 4], translationMm: [1, 1, 1] }), 3000),
  recordOf(2, errorsOf(12, { rotationDeg: [5, 5, 5], translationMm: [9, 9, 9] }), 5000),
  recordOf(3, undefined),
];

describe("four cases by hand", () => {
  const s = summarise(records);

  test("the case without a result is infinitely far off in percentiles and left out of means", () => {
    expect(s).toMatchObject({ cases: 4, withoutResult: 1 });
    expect(s.mtreMm.median).toBeCloseTo((1.5 + 12) / 2, 12);
    expect(s.mtreMm.mean).toBeCloseTo(14 / 3, 12);
    expect(s.mtreMm.p95).toBe(Number.POSITIVE_INFINITY);
  });

  test("success rates count it as failure", () => {
    expect(s.success).toEqual({ below1: 0.25, below2: 0.5, below10: 0.5 });
    expect(s.below10Interval[0]).toBeLessThan(0.5);
    expect(s.below10Interval[1]).toBeGreaterThan(0.5);
  });

  test("errors are pooled over axes as the paper prints them", () => {
    const pool = [1, 2, 3, 4, 4, 4, 5, 5, 5];
    const centre = pool.reduce((a, b) => a + b) / 9;
    expect(s.pooledRotationDeg.mean).toBeCloseTo(centre, 12);
    const squares = pool.map((value) => (value - centre) ** 2).reduce((a, b) => a + b);
    expect(s.pooledRotationDeg.sd).toBeCloseTo(Math.sqrt(squares / 8), 12);
    expect(s.axes.map((value) => Math.round(value * 1e9) / 1e9)).toEqual(
      [10, 11, 12, 14, 15, 16].map((sum) => Math.round((sum / 3) * 1e9) / 1e9),
    );
  });

  test("both forms of the paper's rule: 2 of 4 fail OR, 4 of 4 fail AND", () => {
    // Case 0: rotation 2 < 3, translation 5; case 1: rotation 4, translation 1; case 2: neither.
    expect(s.failureOr).toBe(0.5);
    expect(s.failureAnd).toBe(1);
  });

  test("times and effort", () => {
    expect(s.totalMs).toMatchObject({ mean: 3000, median: 3000, sd: 2000 });
    expect([s.initialiseMs.median, s.refineMs.median, s.evaluations.median]).toEqual([2250, 750, 100]);
  });

  test("results without the way to them say nothing of the effort", () => {
    const settled = { below10: { evaluations: 40, ms: 400 }, below2: null };
    const known = { ...records[0]!, result: { ...records[0]!.result!, settled } };
    expect(summarise(records.slice(0, 3)).settled10.evaluations.median).toBeNaN();
    const mixed = summarise([known, ...records.slice(1, 3)]);
    expect(mixed.settled10.ms.median).toBe(400);
    expect(mixed.settled2.ms.median).toBe(Number.POSITIVE_INFINITY);
  });

  test("where the cases began", () => {
    expect(s.initial).toMatchObject({ failureOr: 0, axes: [1, 2, 3, 4, 5, 6] });
    expect(s.initial!.mtreMm.median).toBe(20);
  });
});

test("the order of records changes nothing", () => {
  const order = { rows: ["near"], methods: ["opt-gc"] };
  expect(summariseAll(records.toReversed(), order)).toEqual(summariseAll(records, order));
});

describe("capture range", () => {
  const at = (index: number, initialMm: number, finalMm: number): ReturnType<typeof recordOf> => ({
    ...recordOf(index, errorsOf(finalMm)),
    initial: errorsOf(initialMm),
  });
  const bins = captureBins(
    [at(0, 5, 1), at(1, 10, 2), at(2, 15, 9), at(3, 25, 11), at(4, 35, 1)],
    [0, 10, 20, 30, 40],
  );

  test("success by bin; an edge belongs to the bin above it", () => {
    expect(bins.map((b) => [b.cases, b.success])).toEqual([
      [1, 1],
      [2, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  test("ends at the first bin that fails, whatever comes after", () => {
    expect(captureRangeMm(bins)).toBe(20);
    expect(captureRangeMm(bins.slice(2))).toBe(0);
    expect(captureRangeMm(captureBins([], [0, 10]))).toBe(0);
  });

  test("passes over bins without a case", () => {
    expect(captureRangeMm(captureBins([at(0, 25, 1), at(1, 35, 99)], [0, 10, 20, 30, 40]))).toBe(30);
  });

  test("is a table with one column per bin", () => {
    const table = captureTable([{ row: "near", method: "opt-gc", bins }]);
    expect(table.rows).toEqual([["near", "opt-gc", "100.0 (1)", "100.0 (2)", "0.0 (1)", "100.0 (1)", "20"]]);
  });
});

describe("Pearson's r", () => {
  test("of 1, 2, 3, 4 and 1, 3, 2, 5", () => {
    // Deviations -1.5, -0.5, 0.5, 1.5 and -1.75, 0.25, -0.75, 2.25: 5.5 / sqrt(5 x 8.75).
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 5])).toBeCloseTo(5.5 / Math.sqrt(5 * 8.75), 12);
  });

  test("pixels without weight do not count, flat images have none", () => {
    expect(pearson([1, 2, 3, 99], [2, 4, 6, -50], [1, 1, 1, 0])).toBeCloseTo(1, 12);
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
  });
});

describe("record lines", () => {
  const text = records.map((record) => `${formatRecord(record)}\n`).join("");

  test("come back digit for digit", () => {
    const parsed = parseRecords(text);
    expect(parsed.records).toEqual(records);
    expect(parsed.goodLength).toBe(text.length);
  });

  test("a line cut at any place is dropped and everything before it kept", () => {
    const third = text.indexOf("\n", text.indexOf("\n") + 1) + 1;
    for (const cut of [third + 1, third + 40, text.indexOf("\n", third)]) {
      expect(parseRecords(text.slice(0, cut))).toEqual({ records: records.slice(0, 2), goodLength: third });
    }
  });
});
