import * as v from "valibot";
import { badInput } from "../errors.ts";
import { readShape } from "../io/jsonDocument.ts";
import type { Forecast } from "./calibrationMeasures.ts";
import {
  confidenceFeatureNames,
  confidenceFeatures,
  standardised,
  successProbability,
} from "../registration/confidence.ts";
import type { SuccessModel } from "../registration/confidenceModel.ts";
import { fitLogistic } from "./logistic.ts";
import type { RegistrationRecord } from "./record.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { recordMtre } from "./summary.ts";

/** A probability of success for the results of one method, as data. */
export interface Calibration extends SuccessModel {
  /** The methods whose results it was fitted on and is meant for. */
  readonly methods: readonly string[];
  /** Success means mTRE below this (mm). */
  readonly limitMm: number;
  readonly features: readonly string[];
  /** What it was fitted on. */
  readonly fittedOn: { readonly cases: number; readonly successes: number };
}

const finite = v.pipe(v.number(), v.finite());
const shape = v.object({
  methods: v.array(v.string()),
  limitMm: finite,
  features: v.array(v.string()),
  centres: v.array(finite),
  scales: v.array(finite),
  bias: finite,
  weights: v.array(finite),
  fittedOn: v.object({ cases: finite, successes: finite }),
});

/** The features of a record; undefined when it has no result, which needs no model to be doubted. */
export function recordFeatures({ result }: RegistrationRecord): number[] | undefined {
  if (!result) return undefined;
  const { similarity, evidence, deadFraction, instrumentFraction } = result;
  const number = (value: number | null): number => value ?? Number.NaN;
  return confidenceFeatures({
    similarity: { final: number(similarity.final) },
    evidence: { ...evidence, medium: number(evidence.medium), margin: number(evidence.margin) },
    ...{ deadFraction, instrumentFraction },
  });
}

const leastSamples = 10;

/** Fits the probability that mTRE is below `limitMm` on the records of methods that end alike. */
export function fitCalibration(
  records: readonly RegistrationRecord[],
  methods: readonly string[],
  limitMm: number,
): Calibration {
  const samples = records.flatMap((record) => {
    const x = methods.includes(record.method) ? recordFeatures(record) : undefined;
    return x ? [{ x, success: recordMtre(record) < limitMm }] : [];
  });
  if (samples.length < leastSamples) {
    throw badInput({
      what: `Calibration of ${methods.join(", ")}`,
      got: `${samples.length} results`,
      expected: `at least ${leastSamples} to fit it on`,
    });
  }
  const columns = confidenceFeatureNames.map((_, i) => samples.map((sample) => sample.x[i]!));
  const centres = columns.map(mean);
  const scales = columns.map((values) => Math.max(standardDeviation(values), 1e-6));
  const scaled = samples.map(({ x, success }) => ({ x: standardised(x, { centres, scales }), success }));
  return {
    ...{ methods, limitMm, features: confidenceFeatureNames, centres, scales },
    ...fitLogistic(scaled),
    fittedOn: { cases: samples.length, successes: samples.filter((s) => s.success).length },
  };
}

/** Probability that the record's pose is within the calibration's limit; 0 without a result. */
export function recordProbability(calibration: Calibration, record: RegistrationRecord): number {
  const x = recordFeatures(record);
  return x ? successProbability(calibration, x) : 0;
}

/** Probability and outcome of every record of the calibration's methods. */
export function forecasts(calibration: Calibration, records: readonly RegistrationRecord[]): Forecast[] {
  return records
    .filter((record) => calibration.methods.includes(record.method))
    .map((record) => ({
      probability: recordProbability(calibration, record),
      success: recordMtre(record) < calibration.limitMm,
    }));
}

/**
 * Every row of the records judged by a model of the other rows: what to expect of conditions that no model was
 * fitted on. Rows without ten results elsewhere are left out.
 */
export function rowByRowForecasts(
  records: readonly RegistrationRecord[],
  { methods, limitMm }: Pick<Calibration, "methods" | "limitMm">,
): Forecast[] {
  const own = records.filter((record) => methods.includes(record.method));
  return [...new Set(own.map((record) => record.row))].flatMap((row) => {
    const others = own.filter((record) => record.row !== row && record.result);
    if (others.length < leastSamples) return [];
    const model = fitCalibration(others, methods, limitMm);
    return forecasts(
      model,
      own.filter((record) => record.row === row),
    );
  });
}

/** Reads a calibration; throws `bad-input` when it was made for other features. */
export function calibrationFromJson(document: unknown, name = "calibration"): Calibration {
  const calibration = readShape(shape, document, name);
  const { features, weights, centres, scales } = calibration;
  const same =
    features.length === confidenceFeatureNames.length &&
    features.every((f, i) => f === confidenceFeatureNames[i]);
  if (same && [weights, centres, scales].every((list) => list.length === confidenceFeatureNames.length))
    return calibration;
  throw badInput({
    what: `${name}: features`,
    got: features.join(", "),
    expected: confidenceFeatureNames.join(", "),
    todo: "Fit it again with this version",
  });
}
