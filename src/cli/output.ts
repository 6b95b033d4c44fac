import { type Progress, createProgress } from "./progress.ts";
import type { TextStream } from "./textStream.ts";

/** Where a command speaks: results to stdout, everything else to stderr. */
export interface Output {
  /** The result, and nothing else, on stdout; a line break is added. */
  result(text: string): void;
  /** A sentence for a person on stderr; a line break is added. */
  note(text: string): void;
  /** A sentence that starts with "Warning:". */
  warn(text: string): void;
  /** A sentence that starts with "Error:". */
  error(text: string): void;
  /** Progress of one long job on stderr. */
  progress(): Progress;
}

/** What decides how an output looks. */
export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** No notes and no progress; warnings and errors stay. */
  readonly quiet?: boolean;
  /** Milliseconds from a fixed point; default `performance.now`. */
  readonly now?: () => number;
}

/** Colour only on a terminal that wants it (https://no-color.org, TERM=dumb). */
export function wantsColour(stream: TextStream, environment: OutputOptions["environment"]): boolean {
  return stream.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}

/** The output of one run of the program. */
export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, environment, quiet = false, now = () => performance.now() } = options;
  const colour = wantsColour(stderr, environment);
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line = (text: string): void => void stderr.write(`${text}\n`);
  return {
    result: (text) => void stdout.write(`${text}\n`),
    note: (text) => {
      if (!quiet) line(text);
    },
    warn: (text) => line(`${paint(33, "Warning:")} ${text}`),
    error: (text) => line(`${paint(31, "Error:")} ${text}`),
    progress: () => createProgress({ stream: stderr, live: wantsColour(stderr, environment), quiet, now }),
  };
}
