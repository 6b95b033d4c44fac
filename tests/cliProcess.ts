import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./sourceFiles.ts";

/** The built program; tests run what users run. */
export const mainFile: string = join(root, "dist", "cli", "main.js");

/** How a process ended. */
export interface ProcessOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with stderr so far whenever something arrives; may end the process. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  readonly timeoutMs?: number;
}

/** Runs a program to its end; a process past its time is killed and has the exit code null. */
export function runProcess(
  command: string,
  words: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessOutcome> {
  const { cwd, environment = {}, onStderr, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
      ...(cwd === undefined ? {} : { cwd }),
    });
    let [stdout, stderr] = ["", ""];
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes.toString();
      onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** Runs the built `sopi` with the given words. */
export function sopi(words: readonly string[], options: ProcessOptions = {}): Promise<ProcessOutcome> {
  if (!existsSync(mainFile)) throw new Error(`${mainFile} is missing; run "npm run build" first`);
  return runProcess(process.execPath, [mainFile, ...words], options);
}
