import type { Camera } from "../geometry/camera.ts";
import type { CarmFrame } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import type { NetworkName, Networks } from "../networks/networks.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import type { SimilarityName } from "../similarity/similarity.ts";
import type { SearchRange } from "./searchRange.ts";
import type { PreparedCt } from "./preparedCt.ts";
import type { PreparedXray } from "./prepareXray.ts";
import type { RegistrationEvidence, RegistrationStatus, RegistrationStep } from "./result.ts";

/** Where the methods with networks begin: at the initialiser's answer, or at the start pose. */
export type Initialiser = "network" | "start";

/** Everything a method may see. The true pose is not among it. */
export interface MethodInput {
  readonly projector: Projector;
  readonly ct: PreparedCt;
  readonly xray: PreparedXray;
  /** The other reading of an X-ray of unknown polarity; absent when the polarity is known. */
  readonly otherPolarity?: PreparedXray;
  readonly camera: Camera;
  readonly frame: CarmFrame;
  /** Where rotations turn: on the principal ray, at the depth of the isocentre (camera frame, mm). */
  readonly pivot: Vec3;
  readonly start: Mat4;
  /** Poses to try beside what a search finds: those of an earlier stage. */
  readonly candidates?: readonly Mat4[];
  /**
   * How far from the start the pose may lie; `auto` begins near and widens when the evidence is poor, `anywhere`
   * does not believe the start: nothing but the view is known, and that may be wrong.
   */
  readonly range: SearchRange | "auto" | "anywhere";
  /** Trained networks; absent when the caller gave none. */
  readonly networks?: Networks;
  /** Default "network". */
  readonly initialiser?: Initialiser;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** DRRs that do not go through `projector` are added here. */
  readonly countProjections: (projections: number) => void;
  readonly report: (step: Omit<RegistrationStep, "elapsedMs" | "evaluations">) => Promise<void>;
}

/** What a method hands back; `register` turns it into a result. */
export interface MethodOutcome {
  readonly cameraFromWorld: Mat4;
  readonly status: RegistrationStatus;
  readonly similarity: {
    readonly name: SimilarityName | "network";
    readonly initial: number;
    readonly final: number;
  };
  readonly iterations: number;
  /** Milliseconds until a pose near the result was known. */
  readonly initialiseMs: number;
  readonly xray: PreparedXray;
  readonly warnings: readonly string[];
  readonly evidence: RegistrationEvidence;
}

/** One way to register, chosen by `--method`. */
export interface RegistrationMethod {
  readonly name: string;
  /** One line for help texts and tables. */
  readonly summary: string;
  /** Whose method it is. */
  readonly citation: string;
  /** The networks it cannot do without. */
  readonly needs?: readonly NetworkName[];
  run(input: MethodInput): Promise<MethodOutcome>;
}
