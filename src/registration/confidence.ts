import type { Confidence, ConfidenceModel, SuccessModel } from "./confidenceModel.ts";
import { fittedConfidence } from "./fittedConfidence.ts";
import type { PosePrecision } from "./posePrecision.ts";
import type { RegistrationEvidence, RegistrationStatus } from "./result.ts";

/** Below this probability of mTRE < 10 mm a result is called `low-confidence`. */
export const leastConfidence = 0.5;

/**
 * What a result says of itself without the truth: numbers of fixed meaning in fixed order. How much the similarity
 * gained is not among them: it gains little from a good start.
 */
export const confidenceFeatureNames: readonly string[] = [
  "similarity.final",
  "evidence.medium",
  "evidence.whole",
  "evidence.margin",
  "evidence.rigid",
  "evidence.agreement",
  "evidence.trainedShare",
  "precision.log10TargetMm",
  "evidence.unsettled",
  "xray.dead",
  "xray.instruments",
];

/** What the features are computed from. */
export interface ConfidenceInput {
  readonly similarity: { readonly final: number };
  readonly evidence: RegistrationEvidence;
  readonly deadFraction: number;
  readonly instrumentFraction: number;
}

/** A runner-up that is worse by this share is no rival. */
const clearMargin = 0.3;

/** What stands in for a number that is not known. */
const finiteOr = (value: number | undefined, instead: number): number =>
  value !== undefined && Number.isFinite(value) ? value : instead;

/** The features of a result, in the order of `confidenceFeatureNames`. */
export function confidenceFeatures(input: ConfidenceInput): number[] {
  const { similarity, evidence } = input;
  const targetMm = finiteOr(evidence.precision?.targetMm, 10);
  return [
    finiteOr(similarity.final, 0),
    finiteOr(evidence.medium, 0),
    finiteOr(evidence.whole, finiteOr(evidence.medium, 0)),
    // A runner-up that is nowhere near says no more than one that is clearly worse.
    Math.min(clearMargin, finiteOr(evidence.margin, 1)),
    evidence.content === "rigid" ? 1 : 0,
    finiteOr(evidence.agreement, 0),
    Math.min(2, finiteOr(evidence.trainedShare, 0)),
    Math.log10(Math.max(1e-4, targetMm)),
    evidence.settled === false ? 1 : 0,
    input.deadFraction,
    input.instrumentFraction,
  ];
}

/** Deviations from the centre in standard deviations, no farther than 5 out, so that nothing is extrapolated far. */
export function standardised(
  features: readonly number[],
  { centres, scales }: Pick<SuccessModel, "centres" | "scales">,
): number[] {
  return features.map((value, i) => Math.max(-5, Math.min(5, (value - centres[i]!) / scales[i]!)));
}

/** The probability that a model gives to features. */
export function successProbability(model: SuccessModel, features: readonly number[]): number {
  const z = standardised(features, model);
  return 1 / (1 + Math.exp(-z.reduce((sum, value, i) => sum + value * model.weights[i]!, model.bias)));
}

/** The confidence in a result of a method; undefined for methods that were not calibrated. */
export function confidenceOf(
  method: string,
  features: readonly number[],
  precision: PosePrecision | undefined,
  models: Readonly<Record<string, ConfidenceModel>> = fittedConfidence,
): Confidence | undefined {
  const model = models[method];
  if (!model) return undefined;
  const within10mm = successProbability(model.within10mm, features);
  return {
    // Fitted apart, the two might cross where both are nearly sure.
    within2mm: Math.min(within10mm, successProbability(model.within2mm, features)),
    within10mm,
    ...(precision && {
      standardError: precision.standardError.map(
        (value) => value * model.errorScale,
      ) as unknown as PosePrecision["standardError"],
    }),
  };
}

/** The status of a result in the light of its confidence. Where either doubts, the result is doubted. */
export function statusInConfidence(
  status: RegistrationStatus,
  confidence: Confidence | undefined,
): RegistrationStatus {
  if (!confidence || status === "aborted") return status;
  return confidence.within10mm < leastConfidence ? "low-confidence" : status;
}
