import type { PosePrecision } from "./posePrecision.ts";

/** A logistic model of success on standardised features: p = 1 / (1 + exp(-(bias + weights . z))). */
export interface SuccessModel {
  readonly bias: number;
  readonly weights: readonly number[];
  /** Features are shifted and scaled by these before they are weighted. */
  readonly centres: readonly number[];
  readonly scales: readonly number[];
}

/** What was learned about the results of one method from cases with known truth. */
export interface ConfidenceModel {
  /** mTRE below 2 mm and below 10 mm. */
  readonly within2mm: SuccessModel;
  readonly within10mm: SuccessModel;
  /** Actual errors over the standard errors that the curvature alone predicts. */
  readonly errorScale: number;
}

/** How far to trust a result. Probabilities are calibrated on simulated cases; see experiments/README.md. */
export interface Confidence {
  /** Probability that the mean target registration error is below 2 mm and below 10 mm. */
  readonly within2mm: number;
  readonly within10mm: number;
  /** Standard error of rx, ry, rz (degrees) and tx, ty, tz (mm), given that the right optimum was found. */
  readonly standardError?: PosePrecision["standardError"];
}
