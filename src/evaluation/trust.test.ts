import { describe, expect, test } from "vitest";
import { errorsOf, recordOf } from "./evaluation.testkit.ts";
import { compactRecords } from "./compactRecords.ts";
import type { RegistrationRecord } from "./record.ts";
import { type RunDescription, changedWeights, parseRuns, runFacts } from "./runDescription.ts";
import { errorRatios, errorScale, precisionTable, trustTable } from "./trustTable.ts";

/** A record that predicts `predicted` and states a probability. */
function stating(index: number, mtreMm: number, within: number, predicted = 0.5): RegistrationRecord {
  const record = recordOf(index, errorsOf(mtreMm));
  const standardError = [predicted, predicted, predicted, predicted, predicted, predicted] as const;
  return {
    ...record,
    result: {
      ...record.result!,
      evidence: { ...record.result!.evidence, precision: { standardError, targetMm: 1 } },
      confidence: { within2mm: within / 2, within10mm: within, standardError },
    },
  };
}

describe("standard errors", () => {
  // |errors| are 1, 2, 3 degrees and 4, 5, 6 mm.
  test("ratios are error over prediction; results that found another optimum are left out", () => {
    const records = [stating(0, 1, 0.9), stating(1, 40, 0.1), recordOf(2, undefined)];
    expect(errorRatios(records, false)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(errorScale(records)).toBeCloseTo(7 / 0.6745, 9);
  });

  test("normal errors of the predicted spread have the factor 1", () => {
    const records = [stating(0, 1, 0.9, 3.5 / 0.6745)];
    expect(errorScale(records)).toBeCloseTo(1, 9);
  });

  test("the table shows predicted and actual spread", () => {
    const groups = [{ row: "near", method: "opt-gc", records: [stating(0, 1, 0.9), stating(1, 1, 0.9)] }];
    expect(precisionTable(groups).rows[0]!.slice(0, 4)).toEqual(["near", "opt-gc", "2", "0.5000 / 1.000"]);
  });
});

describe("stated probabilities", () => {
  test("stand beside what came true", () => {
    const records = [stating(0, 1, 0.8), stating(1, 40, 0.2)];
    const [row] = trustTable([{ row: "near", method: "opt-gc", records }])!.rows;
    expect(row!.slice(0, 9)).toEqual([
      "near",
      "opt-gc",
      "2",
      "25.0",
      "50.0",
      "1.000",
      "50.0",
      "50.0",
      "1.000",
    ]);
  });

  test("no table where nothing is stated", () => {
    const records = [recordOf(0, errorsOf(1))];
    expect(trustTable([{ row: "near", method: "opt-gc", records }])).toBeUndefined();
  });
});

describe("calls", () => {
  const machine = { cpu: "A CPU", cores: 2, memoryGiB: 8, platform: "linux x64", node: "20" };
  const run: RunDescription = {
    ...{ id: "0000000a", date: "2026-01-02", version: "1.0.0", machine, jobs: 1, threads: 2 },
    weights: { rtpi: { rtpi: "abc" } },
  };
  const records = [0, 1].map((i) => ({ ...recordOf(i, errorsOf(1)), method: "rtpi", run: run.id }));

  test("are told by what they made", () => {
    const [fact] = runFacts([run, { ...run, id: "0000000b" }], records);
    expect(fact).toBe(
      "rtpi (2): A CPU, 2 cores, Node 20; cases at a time: 1, threads per case: 2; sopi 1.0.0, 2026-01-02; weights rtpi abc.",
    );
    expect(runFacts([{ ...run, id: "0000000b" }], records)).toEqual([]);
  });

  test("other weights are noticed", () => {
    expect(changedWeights([run], records, run.weights)).toBeUndefined();
    expect(changedWeights([run], records, { rtpi: { rtpi: "def" } })).toBe("rtpi");
  });

  test("a line cut short ends the list", () => {
    expect(parseRuns(`${JSON.stringify(run)}\n{"id":"00`)).toEqual([run]);
  });
});

test("compact records: one cell a column, six digits, nothing where there is none", () => {
  const good = recordOf(0, errorsOf(1 / 3));
  const table = compactRecords([good, recordOf(1, undefined)]);
  const [first, second] = table.rows;
  const cell = (row: readonly string[] | undefined, name: string): string =>
    row![table.columns.indexOf(name)]!;
  expect(first).toHaveLength(table.columns.length);
  expect(second).toHaveLength(table.columns.length);
  expect(cell(first, "mtreMm")).toBe("0.333333");
  expect(cell(first, "error.tzMm")).toBe("6");
  expect(cell(first, "m00")).toBe("1");
  expect([cell(second, "mtreMm"), cell(second, "failure")]).toEqual(["", "it did not work"]);
});
