#!/usr/bin/env node
import { runCli } from "./program.ts";

// A reader that stops early (`sopi ... | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const controller = new AbortController();
const interrupt = (): void => {
  // The second time the user means it: leave at once, nothing is half-written at any moment.
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
};
process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

process.exitCode = await runCli({
  arguments: process.argv.slice(2),
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: controller.signal,
});
process.off("SIGINT", interrupt);
process.off("SIGTERM", interrupt);
