import type { ExitCode } from "./exitCodes.ts";
import type { Output } from "./output.ts";

/** What every command gets besides its own arguments. */
export interface CommandContext {
  readonly output: Output;
  /** Fires on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** Says with which code the program ends; 0 unless a command calls it. */
  setExitCode(code: ExitCode): void;
}

/** Shown by --version, in every report and in the README. */
export const researchUseNotice: string =
  "For research use only. Not a medical device. Do not use for diagnosis, treatment or surgical guidance.";
