import { SopiError, type SopiErrorCode } from "../errors.ts";

/** Exit codes of the command line; documented in the README and in `sopi --help`. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  badInput: 3,
  notConverged: 4,
  backendUnavailable: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const codeOfError: Record<SopiErrorCode, ExitCode> = {
  usage: exitCodes.usage,
  "bad-input": exitCodes.badInput,
  "backend-unavailable": exitCodes.backendUnavailable,
  aborted: exitCodes.interrupted,
  internal: exitCodes.internal,
};

/** The exit code of anything that was thrown. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof SopiError) return codeOfError[error.code];
  if (error instanceof Error && error.name === "AbortError") return exitCodes.interrupted;
  return exitCodes.internal;
}
