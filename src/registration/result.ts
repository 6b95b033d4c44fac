import type { Camera } from "../geometry/camera.ts";
import type { CarmFrame } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Pose } from "../geometry/pose.ts";
import type { SimilarityName } from "../similarity/similarity.ts";
import type { Confidence } from "./confidenceModel.ts";
import type { PosePrecision } from "./posePrecision.ts";
import type { PreparedXray } from "./prepareXray.ts";

/** How a registration ended. */
export type RegistrationStatus = "converged" | "max-iterations" | "low-confidence" | "aborted";

/** Where the start pose came from. */
export type InitialSource = "file" | "centre" | "network" | "dicom" | "landmarks";

/** One step of the way, as reported to `onStep` and kept in the result. */
export interface RegistrationStep {
  readonly stage: string;
  readonly iteration: number;
  /** DRRs rendered since the start. */
  readonly evaluations: number;
  /** Value of the stage's metric at the best pose so far; higher is better. */
  readonly similarity: number;
  readonly cameraFromWorld: Mat4;
  /** Work done, 0 to 1, as far as it can be foreseen; never goes back. */
  readonly fraction: number;
  readonly elapsedMs: number;
}

/** What speaks for the result and against it; no true pose is involved. */
export interface RegistrationEvidence {
  /** Whether the whole volume explained the X-ray or only its rigid part was used. */
  readonly content: "all" | "rigid";
  /** Metric at medium resolution. */
  readonly medium: number;
  /** Metric of the whole volume at medium resolution; absent where the volume holds nothing but what is rigid. */
  readonly whole?: number;
  /** How much better the pose is than the best one found elsewhere, as a share of its own value. */
  readonly margin: number;
  /** False when the search ran out of iterations. */
  readonly settled?: boolean;
  /** Share of the independent searches that ended within 8 mm of the pose; absent where there was one. */
  readonly agreement?: number;
  /** Largest share that a pose parameter takes of the range the networks were trained in; absent without networks. */
  readonly trainedShare?: number;
  /** Standard errors from the curvature of the metric at the pose; absent where it determines none. */
  readonly precision?: PosePrecision;
}

/** What a registration found, how, and how sure it is. */
export interface RegistrationResult {
  readonly method: string;
  readonly status: RegistrationStatus;
  /** The pose: the truth of the result. */
  readonly cameraFromWorld: Mat4;
  /** The same pose as theta in `frame` (radians, mm). */
  readonly pose: Pose;
  readonly camera: Camera;
  readonly frame: CarmFrame;
  readonly initial: { readonly cameraFromWorld: Mat4; readonly source: InitialSource };
  /** The method's metric at full resolution, at the start and at the result. */
  readonly similarity: {
    readonly name: SimilarityName | "network";
    readonly initial: number;
    readonly final: number;
  };
  readonly timings: {
    readonly initialiseMs: number;
    readonly refineMs: number;
    readonly totalMs: number;
  };
  readonly iterations: number;
  readonly evaluations: number;
  readonly seed: number;
  readonly backend: string;
  /** What was understood about the X-ray. */
  readonly xray: Pick<
    PreparedXray,
    "polarity" | "kindSource" | "logTransformed" | "collimation" | "instrumentFraction"
  >;
  readonly evidence: RegistrationEvidence;
  /** Calibrated probabilities and standard errors; absent for methods that were not calibrated. */
  readonly confidence?: Confidence;
  readonly warnings: readonly string[];
  readonly trace: readonly RegistrationStep[];
}
