import { Command, CommanderError } from "commander";
import { SopiError } from "../errors.ts";
import { addCalibrateCommand } from "./commands/calibrate.ts";
import { addConvertCommand } from "./commands/convert.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEvaluateCommand } from "./commands/evaluate.ts";
import { addInspectCommand } from "./commands/inspect.ts";
import { addPhantomCommand } from "./commands/phantom.ts";
import { addPrepareCommand } from "./commands/prepare.ts";
import { addProjectCommand } from "./commands/project.ts";
import { addRegisterCommand } from "./commands/register.ts";
import { addTrainCommand } from "./commands/train.ts";
import { type CommandContext, researchUseNotice } from "./context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exitCodes.ts";
import { type Output, createOutput } from "./output.ts";
import { packageVersion } from "./packageVersion.ts";
import type { TextStream } from "./textStream.ts";

/** One run of the program, with everything it touches. */
export interface CliRun {
  /** Without the program's own name. */
  readonly arguments: readonly string[];
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const exitCodeHelp = `
Exit codes:
  0 ok   1 internal error   2 wrong usage   3 bad input   4 not converged (the result is written)
  5 backend asked for by name is unavailable   130 interrupted

${researchUseNotice}`;

function createProgram(context: CommandContext, run: CliRun): Command {
  const program = new Command("sopi");
  program
    .description("2D/3D registration: find the pose in which a CT explains an X-ray.")
    .version(`sopi ${context.version}\n${researchUseNotice}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .option("-q, --quiet", "no progress and no notes on stderr")
    .addHelpText("after", exitCodeHelp)
    .showHelpAfterError("Run sopi --help, or sopi help <command>, for the usage.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void run.stdout.write(text),
      writeErr: (text) => void run.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "Error: ")),
    });
  addRegisterCommand(program, context);
  addInspectCommand(program, context);
  addPrepareCommand(program, context);
  addProjectCommand(program, context);
  addConvertCommand(program, context);
  addPhantomCommand(program, context);
  addDemoCommand(program, context);
  addTrainCommand(program, context);
  addEvaluateCommand(program, context);
  addCalibrateCommand(program, context);
  return program;
}

/** Commander's own ends: help and version are fine, everything else is wrong usage. */
function exitCodeOfCommander(error: CommanderError): ExitCode {
  const fine = ["commander.helpDisplayed", "commander.version", "commander.help"];
  return fine.includes(error.code) && error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}

function explain(error: unknown, output: Output, debug: boolean): void {
  if (exitCodeOf(error) === exitCodes.interrupted) {
    const kept = error instanceof SopiError ? error.parts.todo : undefined;
    output.note(`Interrupted; ${kept ?? "nothing was written."}`);
    return;
  }
  output.error(error instanceof SopiError ? error.message : `Internal error: ${String(error)}`);
  if (debug) output.note(error instanceof Error ? (error.stack ?? "") : "");
  else if (!(error instanceof SopiError))
    output.note("Please report it, with the output of the same command and SOPI_DEBUG=1.");
}

/** Runs one command line from start to end; never throws. Resolves to the exit code. */
export async function runCli(run: CliRun): Promise<ExitCode> {
  const { stdout, stderr, environment, signal } = run;
  const quiet = run.arguments.some((argument) => argument === "-q" || argument === "--quiet");
  const output = createOutput({ stdout, stderr, environment, quiet });
  let exitCode: ExitCode = exitCodes.ok;
  const setExitCode = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    const context = { output, signal, version: packageVersion(), setExitCode };
    await createProgram(context, run).parseAsync([...run.arguments], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOfCommander(error);
    explain(error, output, Boolean(environment["SOPI_DEBUG"]));
    return exitCodeOf(error);
  }
}
