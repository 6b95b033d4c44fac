import type { Mat4 } from "../../geometry/mat4.ts";
import type { RegistrationResult } from "../../registration/result.ts";
import type { RegistrationPictures } from "../pictures/registrationPictures.ts";
import type { PoseErrors } from "../poseErrors.ts";

/** What a report shows. Nothing that names a person, a date or a file goes in, so none comes out. */
export interface ReportInput {
  readonly result: RegistrationResult;
  readonly pictures: RegistrationPictures;
  /** Version of the software. */
  readonly version: string;
  /** The sentence on what the software is for, shown on top. */
  readonly notice: string;
  /** Milliseconds spent reading files. */
  readonly loadMs?: number;
  /** Doubts about the inputs, beside those in the result. */
  readonly warnings?: readonly string[];
  /** SHA-256 of the input files. */
  readonly inputs?: { readonly volumeSha256: string; readonly xraySha256: string };
  /** The true pose, where it is known (simulated X-rays), with the errors at the start and at the result. */
  readonly truth?: {
    readonly cameraFromWorld: Mat4;
    readonly before: PoseErrors;
    readonly after: PoseErrors;
  };
}
