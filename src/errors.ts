/**
 * Errors that say what failed, what was found, what was expected and what to do.
 *
 * `code` decides the exit code of the command line: `usage` 2, `bad-input` 3,
 * `backend-unavailable` 5, `aborted` 130, `internal` 1.
 */
export type SopiErrorCode = "usage" | "bad-input" | "backend-unavailable" | "aborted" | "internal";

/** The parts of a readable error; they are joined to one sentence in `message`. */
export interface SopiErrorParts {
  /** What failed, with the file, field or argument: "NIfTI header of ct.nii". */
  what: string;
  /** What was found. */
  got?: string;
  /** What would have been right. */
  expected?: string;
  /** What the user can do about it. */
  todo?: string;
  cause?: unknown;
}

/** The one error class of the project; everything a user can cause is one of these. */
export class SopiError extends Error {
  readonly code: SopiErrorCode;
  readonly parts: SopiErrorParts;

  constructor(code: SopiErrorCode, parts: SopiErrorParts) {
    const { what, got, expected, todo } = parts;
    const text = [
      what,
      got === undefined ? "" : `; got ${got}`,
      expected === undefined ? "" : `; expected ${expected}`,
      todo === undefined ? "" : `. ${todo}`,
    ].join("");
    super(text, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "SopiError";
    this.code = code;
    this.parts = parts;
  }
}

/** A file or value the user gave cannot be used (exit code 3). */
export function badInput(parts: SopiErrorParts): SopiError {
  return new SopiError("bad-input", parts);
}

/** A call or command line is wrong (exit code 2). */
export function usageError(parts: SopiErrorParts): SopiError {
  return new SopiError("usage", parts);
}

/** Throws the `aborted` error when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SopiError("aborted", { what: "Cancelled", cause: signal.reason });
}
