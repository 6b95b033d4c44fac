import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { confidenceFeatureNames } from "../registration/confidence.ts";
import {
  type Calibration,
  calibrationFromJson,
  fitCalibration,
  forecasts,
  recordFeatures,
  recordProbability,
  rowByRowForecasts,
} from "./calibration.ts";
import { areaUnderCurve, brierScore, calibrationError, reliabilityBins } from "./calibrationMeasures.ts";
import { calibrationTable, reliabilityFigure } from "./calibrationReport.ts";
import { errorsOf, recordOf } from "./evaluation.testkit.ts";
import { fitLogistic, logisticProbability } from "./logistic.ts";
import type { RegistrationRecord } from "./record.ts";

describe("by hand", () => {
  const made = [
    { probability: 0.9, success: true },
    { probability: 0.6, success: false },
    { probability: 0.6, success: true },
    { probability: 0.1, success: false },
  ];

  test("AUC: 3.5 of 4 pairs are in order", () => {
    expect(areaUnderCurve(made)).toBe(3.5 / 4);
    expect(areaUnderCurve(made.filter((f) => f.success))).toBeNaN();
  });

  test("Brier score: (0.01 + 0.36 + 0.16 + 0.01) / 4", () => {
    expect(brierScore(made)).toBeCloseTo(0.135, 12);
  });

  test("two reliability bins and their error", () => {
    const bins = reliabilityBins(made, 2);
    expect(bins.map((bin) => bin.cases)).toEqual([2, 2]);
    expect(bins[0]!.stated).toBeCloseTo(0.35, 12);
    expect(bins[0]!.observed).toBe(0);
    expect(bins[1]!.observed).toBe(1);
    expect(calibrationError(bins)).toBeCloseTo((0.35 + 0.25) / 2, 12);
  });
});

describe("logistic regression", () => {
  test("without features it states the share of successes, softened after Platt", () => {
    const samples = Array.from({ length: 8 }, (_, i) => ({ x: [], success: i < 6 }));
    const { bias } = fitLogistic(samples);
    // Six targets of 7/8, two of 1/4.
    expect(logisticProbability({ bias, weights: [] }, [])).toBeCloseTo((6 * (7 / 8) + 2 * (1 / 4)) / 8, 9);
  });

  test("finds the weights that made the data", () => {
    const random = createRandom(3);
    const samples = Array.from({ length: 4000 }, () => {
      const x = [random.normal(), random.normal()];
      return { x, success: random.next() < logisticProbability({ bias: 0.5, weights: [2, -1] }, x) };
    });
    const { bias, weights } = fitLogistic(samples);
    expect(bias).toBeCloseTo(0.5, 0);
    expect(weights[0]! / 2).toBeCloseTo(1, 0.7);
    expect(weights[1]!).toBeCloseTo(-1, 0.7);
  });

  test.each([true, false])("data that are all alike (%s) give a probability short of certain", (success) => {
    const samples = Array.from({ length: 20 }, (_, i) => ({ x: [i], success }));
    const p = logisticProbability(fitLogistic(samples), [10]);
    expect(Math.abs(p - (success ? 21 / 22 : 1 / 22))).toBeLessThan(0.01);
  });
});

/** Records in which a high final similarity means a good pose, with exceptions. */
function series(seed: number, count: number): RegistrationRecord[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const final = random.uniform(0.2, 1);
    const good = random.next() < 1 / (1 + Math.exp(-20 * (final - 0.6)));
    const record = recordOf(index, errorsOf(good ? 0.5 : 40));
    return { ...record, result: { ...record.result!, similarity: { name: "gc", initial: 0.1, final } } };
  });
}

describe("calibration of records", () => {
  const calibration = fitCalibration(series(1, 400), ["opt-gc"], 10);
  const other = series(2, 400);

  test("tells good from bad on cases it was not fitted on, and its numbers come true", () => {
    const made = forecasts(calibration, other);
    expect(areaUnderCurve(made)).toBeGreaterThan(0.9);
    expect(calibrationError(reliabilityBins(made))).toBeLessThan(0.08);
  });

  test("a record without a result has probability 0 and no features", () => {
    expect(recordProbability(calibration, recordOf(0, undefined))).toBe(0);
    expect(recordFeatures(recordOf(0, undefined))).toBeUndefined();
    expect(recordFeatures(other[0]!)).toHaveLength(confidenceFeatureNames.length);
  });

  test("features use nothing that needs the truth", () => {
    const [one] = other;
    const blind = {
      ...one!,
      truthCamera: [],
      initial: null,
      result: { ...one!.result!, errors: errorsOf(99) },
    };
    expect(recordFeatures(blind)).toEqual(recordFeatures(one!));
  });

  test("survives JSON; other features are refused", () => {
    expect(calibrationFromJson(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration);
    expect(() => calibrationFromJson({ ...calibration, features: ["luck"] })).toThrow(/Fit it again/);
  });

  test("a row is judged by a model of the other rows alone", () => {
    const misleading = series(3, 60).map((record) => {
      const mtreMm = record.result!.errors.mtreMm < 10 ? 40 : 0.5;
      return { ...record, row: "reverse", result: { ...record.result!, errors: errorsOf(mtreMm) } };
    });
    const made = rowByRowForecasts([...series(1, 200), ...misleading], calibration);
    // Had it been fitted on itself, the reversed row would look well judged.
    expect(areaUnderCurve(made.slice(200))).toBeLessThan(0.2);
    expect(made).toHaveLength(260);
  });

  test("few results are no basis", () => {
    expect(() => fitCalibration(series(1, 9), ["opt-gc"], 10)).toThrow(/9 results.*at least 10/);
  });

  test("is shown as a table and a curve", () => {
    const tests = [{ name: "other", made: (c: Calibration) => forecasts(c, other) }];
    expect(calibrationTable([calibration], tests).rows[0]!.slice(0, 4)).toEqual([
      "opt-gc",
      "mTRE < 10 mm",
      "other",
      "400",
    ]);
    expect(reliabilityFigure([calibration], tests).svg).not.toMatch(/NaN|undefined/);
  });
});
