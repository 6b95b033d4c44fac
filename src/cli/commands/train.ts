import { join } from "node:path";
import { type Command, Argument, Option } from "commander";
import { usageError } from "../../errors.ts";
import { readFileBytes } from "../../platform/node/fileReader.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import { trainOnNode } from "../../platform/node/training.ts";
import { type TrainingConfig, parseTrainingConfig } from "../../training/trainingConfig.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exitCodes.ts";
import { integerOption, numberOption } from "../optionParsers.ts";
import { alignedLines, writtenRow } from "../resultSummary.ts";

interface TrainFlags {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly from?: string;
  readonly steps?: number;
  readonly minutes?: number;
  readonly volumes?: string;
  readonly threads: number;
}

async function runTrain(
  network: TrainingConfig["network"],
  flags: TrainFlags,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const configText = await readTextFile(flags.config, { what: "Training configuration" });
  const config = parseTrainingConfig(configText, flags.config);
  if (config.network !== network) {
    throw usageError({
      what: "Training configuration",
      got: `one of the network ${config.network}`,
      expected: network,
    });
  }
  output.note(`Training ${network} for ${config.run.steps} steps, seed ${config.seed}`);
  const progress = output.progress();
  const last = Math.min(config.run.steps, flags.steps ?? Infinity);
  try {
    const end = await trainOnNode({
      ...{
        config,
        configText,
        out: flags.out,
        resume: flags.resume ?? false,
        threads: flags.threads,
        signal,
      },
      volumes: flags.volumes ?? join(flags.out, "..", "training-volumes"),
      ...(flags.from !== undefined && {
        start: { bytes: (await readFileBytes(flags.from, { what: "Weights" })).bytes, name: flags.from },
      }),
      ...(flags.steps !== undefined && { stopAtStep: flags.steps }),
      ...(flags.minutes !== undefined && { stopAfterMs: 60_000 * flags.minutes }),
      onVolume: (done, total) => progress.update(0, `training volume ${done} of ${total}`),
      onStep: (step, { loss = Number.NaN }) =>
        progress.update(step / last, `step ${step}, loss ${loss.toFixed(3)}`),
    });
    progress.done();
    const best = Number.isFinite(end.bestScore)
      ? `${end.bestScore.toFixed(3)} at step ${end.bestStep}`
      : "not validated yet";
    output.result(
      alignedLines([
        ["steps", `${end.step} of ${config.run.steps} (${end.reason})`],
        ["best validation", best],
        writtenRow([join(flags.out, "checkpoint.safetensors"), join(flags.out, "log.jsonl")]),
      ]),
    );
    if (end.reason === "aborted") context.setExitCode(exitCodes.interrupted);
  } finally {
    progress.done();
  }
}

/** `sopi train`: trains a network on phantoms. */
export function addTrainCommand(program: Command, context: CommandContext): void {
  program
    .command("train")
    .description("Train a network on phantoms, resumable to the step.")
    .addArgument(new Argument("<network>", "which network").choices(["rtpi", "encoder", "deep-reg"]))
    .requiredOption("--config <file>", "configuration of the run, such as models/rtpi/config.json")
    .requiredOption("--out <folder>", "folder for checkpoint, best weights, log.jsonl and curve.html")
    .option("--from <file>", "start from these weights; layers of another shape are drawn anew")
    .option("--resume", "go on from the folder's checkpoint")
    .addOption(
      new Option("--steps <n>", "stop at this step (default: the configured end)").argParser(
        integerOption({ min: 1 }),
      ),
    )
    .addOption(
      new Option("--minutes <m>", "stop after this time, to be resumed later").argParser(
        numberOption({ min: 0 }),
      ),
    )
    .option("--volumes <folder>", "where training volumes are kept (default: beside --out)")
    .addOption(
      new Option("--threads <n>", "threads of the network").argParser(integerOption({ min: 1 })).default(1),
    )
    .action((network: TrainingConfig["network"], flags: TrainFlags) => runTrain(network, flags, context));
}
