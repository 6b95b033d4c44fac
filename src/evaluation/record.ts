import type { View } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { PoseDegMm } from "../geometry/pose.ts";
import type { Confidence } from "../registration/confidenceModel.ts";
import type { RegistrationEvidence, RegistrationResult } from "../registration/result.ts";
import type { PoseErrors } from "./poseErrors.ts";

/** Errors of one pose with the two measures of the paper's Table 3. */
export interface MeasuredErrors extends PoseErrors {
  /** Mean distance (mm at the detector) of the projected corners of the volume's box. */
  readonly distErrMm: number;
}

/** DRRs rendered and time spent. */
export interface Effort {
  readonly evaluations: number;
  readonly ms: number;
}

/** What a registration gave; absent when it threw. */
export interface RecordedResult {
  /** Null for another program's pose, of which nobody knows. */
  readonly status: RegistrationResult["status"] | null;
  /** 16 numbers, row-major. */
  readonly cameraFromWorld: Mat4;
  readonly errors: MeasuredErrors;
  /** Pearson correlation of the X-ray's line integrals with the DRR at the result; null without contrast. */
  readonly imageSimilarity: number | null;
  readonly similarity: {
    readonly name: string;
    readonly initial: number | null;
    readonly final: number | null;
  };
  /** See `RegistrationEvidence`; null where a number is infinite or none. */
  readonly evidence: Omit<RegistrationEvidence, "medium" | "margin"> & {
    readonly medium: number | null;
    readonly margin: number | null;
  };
  /** What the result said of its own probability of being right; absent for methods that say nothing. */
  readonly confidence?: Confidence;
  /** What it took until every later pose reported stayed below 10 and below 2 mm mTRE; null if it never did. */
  readonly settled?: { readonly below10: Effort | null; readonly below2: Effort | null };
  readonly iterations: number;
  /** DRRs; null where another program does not tell. */
  readonly evaluations: number | null;
  readonly backend: string;
  /** Shares of the X-ray behind blades and behind instruments. */
  readonly deadFraction: number;
  readonly instrumentFraction: number;
  readonly warnings: readonly string[];
}

/** One registration: one line of registrations.jsonl, with everything needed to do it again. */
export interface RegistrationRecord {
  /** "near/0003/opt-gc". */
  readonly id: string;
  readonly row: string;
  readonly index: number;
  readonly method: string;
  readonly subject: string;
  readonly view: View;
  readonly xraySeed: number;
  readonly registrationSeed: number;
  readonly truth: PoseDegMm;
  readonly truthCamera: Mat4;
  readonly startCamera: Mat4 | "centre";
  /** Errors of the start pose; null when the method got none. */
  readonly initial: MeasuredErrors | null;
  readonly result: RecordedResult | null;
  /** Why there is no result. */
  readonly failure: string | null;
  /** Which call of the evaluation made it, see `RunDescription`; absent for poses of other programs. */
  readonly run?: string;
  readonly timings: {
    readonly initialiseMs: number;
    readonly refineMs: number;
    readonly totalMs: number;
  } | null;
  /** Peak resident memory of the process that ran it (MiB); absent where the platform cannot say. */
  readonly memoryMiB?: number;
}

/** One line of JSON; numbers keep every digit, so that reading it back changes no table. */
export function formatRecord(record: RegistrationRecord): string {
  return JSON.stringify(record);
}

/** Reads lines written by `formatRecord`; a line cut off by a kill ends the list. */
export function parseRecords(text: string): { records: RegistrationRecord[]; goodLength: number } {
  const records: RegistrationRecord[] = [];
  let goodLength = 0;
  for (;;) {
    const end = text.indexOf("\n", goodLength);
    if (end < 0) break;
    const record = parseLine(text.slice(goodLength, end));
    if (!record) break;
    records.push(record);
    goodLength = end + 1;
  }
  return { records, goodLength };
}

function parseLine(line: string): RegistrationRecord | undefined {
  try {
    const record = JSON.parse(line) as RegistrationRecord;
    return typeof record.id === "string" && typeof record.row === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}
