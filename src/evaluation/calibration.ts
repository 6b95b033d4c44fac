import * as v from "valibot";
import { badInput } from "../errors.ts";
import { linearPart } from "../geometry/mat4.ts";
import { geodesicAngle } from "../geometry/so3.ts";
import { readShape } from "../io/jsonDocument.ts";
import type { Forecast } from "./calibrationMeasures.ts";
import { type LogisticModel, fitLogistic, logisticProbability } from "./logistic.ts";
import type { RegistrationRecord } from "./record.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { recordMtre } from "./summary.ts";

/** What a result says of itself, without the truth; numbers of fixed meaning in fixed order. */
export const featureNames: readonly string[] = [
  "similarity.final",
  "similarity.gain",
  "evidence.medium",
  "evidence.margin",
  "evidence.rigid",
  "unsettled",
  "xray.dead",
  "xray.instruments",
  "moved.deg",
];

/** A probability of success for the results of one method, as data. */
export interface Calibration extends LogisticModel {
  readonly method: string;
  /** Success means mTRE below this (mm). */
  readonly limitMm: number;
  readonly features: readonly string[];
  /** Features are shifted and scaled by these before they are weighted. */
  readonly centres: readonly number[];
  readonly scales: readonly number[];
  /** What it was fitted on. */
  readonly fittedOn: { readonly cases: number; readonly successes: number };
}

const finite = v.pipe(v.number(), v.finite());
const shape = v.object({
  method: v.string(),
  limitMm: finite,
  features: v.array(v.string()),
  centres: v.array(finite),
  scales: v.array(finite),
  bias: finite,
  weights: v.array(finite),
  fittedOn: v.object({ cases: finite, successes: finite }),
});

/** The features of a record; undefined when it has no result, which needs no model to be doubted. */
export function confidenceFeatures(record: RegistrationRecord): number[] | undefined {
  const { result, startCamera } = record;
  if (!result) return undefined;
  const { initial, final } = result.similarity;
  const { content, medium, margin } = result.evidence;
  const start = startCamera === "centre" ? result.cameraFromWorld : startCamera;
  const moved = geodesicAngle(linearPart(start), linearPart(result.cameraFromWorld)) * (180 / Math.PI);
  return [
    final ?? 0,
    (final ?? 0) - (initial ?? 0),
    medium ?? 0,
    // A runner-up that is nowhere near says no more than one that is half as good.
    Math.min(1, margin ?? 1),
    content === "rigid" ? 1 : 0,
    result.status === "max-iterations" ? 1 : 0,
    result.deadFraction,
    result.instrumentFraction,
    moved,
  ];
}

/** Fits the probability that mTRE is below `limitMm` on the records of one method. */
export function fitCalibration(
  records: readonly RegistrationRecord[],
  method: string,
  limitMm: number,
): Calibration {
  const samples = records.flatMap((record) => {
    const x = record.method === method ? confidenceFeatures(record) : undefined;
    return x ? [{ x, success: recordMtre(record) < limitMm }] : [];
  });
  if (samples.length < 10) {
    throw badInput({
      what: `Calibration of ${method}`,
      got: `${samples.length} results`,
      expected: "at least 10 to fit it on",
    });
  }
  const columns = featureNames.map((_, i) => samples.map((sample) => sample.x[i]!));
  const centres = columns.map(mean);
  const scales = columns.map((values) => Math.max(standardDeviation(values), 1e-6));
  const scaled = samples.map(({ x, success }) => ({ x: standardised(x, centres, scales), success }));
  return {
    ...{ method, limitMm, features: featureNames, centres, scales },
    ...fitLogistic(scaled),
    fittedOn: { cases: samples.length, successes: samples.filter((s) => s.success).length },
  };
}

/** Deviations from the centre in standard deviations, no farther than 5 out, so that nothing is extrapolated far. */
function standardised(x: readonly number[], centres: readonly number[], scales: readonly number[]): number[] {
  return x.map((value, i) => Math.max(-5, Math.min(5, (value - centres[i]!) / scales[i]!)));
}

/** Probability that the record's pose is within the calibration's limit; 0 without a result. */
export function successProbability(calibration: Calibration, record: RegistrationRecord): number {
  const x = confidenceFeatures(record);
  return x ? logisticProbability(calibration, standardised(x, calibration.centres, calibration.scales)) : 0;
}

/** Probability and outcome of every record of the calibration's method. */
export function forecasts(calibration: Calibration, records: readonly RegistrationRecord[]): Forecast[] {
  return records
    .filter((record) => record.method === calibration.method)
    .map((record) => ({
      probability: successProbability(calibration, record),
      success: recordMtre(record) < calibration.limitMm,
    }));
}

/** Reads a calibration; throws `bad-input` when it was made for other features. */
export function calibrationFromJson(document: unknown, name = "calibration"): Calibration {
  const calibration = readShape(shape, document, name);
  const { features, weights, centres, scales } = calibration;
  const same = features.length === featureNames.length && features.every((f, i) => f === featureNames[i]);
  if (same && [weights, centres, scales].every((list) => list.length === featureNames.length))
    return calibration;
  throw badInput({
    what: `${name}: features`,
    got: features.join(", "),
    expected: featureNames.join(", "),
    todo: "Fit it again with this version",
  });
}
