import { join } from "node:path";
import { type Command, Argument, Option } from "commander";
import { usageError } from "../../errors.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { readFileBytes } from "../../platform/node/fileReader.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import { trainOnNode } from "../../platform/node/training.ts";
import { type TrainingConfig, parseTrainingConfig } from "../../training/trainingConfig.ts";
import type { CommandContext } from "../context.ts";
import { addDicomVolumeOptions } from "../dicomOptions.ts";
import { exitCodes } from "../exitCodes.ts";
import { integerOption, labelsOption, numberOption } from "../optionParsers.ts";
import { type PatientTrainingFlags, runPatientTraining } from "../patientTraining.ts";
import { type SummaryRow, alignedLines, writtenRow } from "../resultSummary.ts";

interface TrainFlags extends PatientTrainingFlags {
  readonly volumes?: string;
}

async function runTrain(
  network: TrainingConfig["network"],
  flags: TrainFlags,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  if (flags.mask !== undefined || flags.labels !== undefined) {
    throw usageError({
      what: flags.mask === undefined ? "--labels" : "--mask",
      got: "no --volume",
      expected: "the CT it belongs to with --volume",
    });
  }
  if (flags.config === undefined) {
    throw usageError({
      what: `Training of ${network}`,
      got: "no --config",
      expected: `a configuration, such as models/${network}/config.json`,
      todo: "Or adapt the initialiser to one patient: sopi train rtpi --volume CT",
    });
  }
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
    const { step, reason, bestStep, bestScore } = end;
    const written = [join(flags.out, "checkpoint.safetensors"), join(flags.out, "log.jsonl")];
    const rows: SummaryRow[] = [
      ["steps", `${step} of ${config.run.steps} (${reason})`],
      ["best validation", best],
      writtenRow(written),
    ];
    const document = { steps: step, of: config.run.steps, reason, bestStep, bestScore };
    output.result(flags.json ? formatJson(document).trimEnd() : alignedLines(rows));
    if (end.reason === "aborted") context.setExitCode(exitCodes.interrupted);
  } finally {
    progress.done();
  }
}

/** `sopi train`: trains a network on phantoms, or adapts the initialiser to one patient. */
export function addTrainCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("train")
    .description(
      "Train a network on phantoms, or adapt the initialiser to one patient's CT; resumable to the step.",
    )
    .addArgument(new Argument("<network>", "which network").choices(["rtpi", "encoder", "deep-reg"]))
    .optionsGroup("Run:")
    .option(
      "--config <file>",
      "configuration of the run, such as models/rtpi/config.json; has a default with --volume",
    )
    .requiredOption("--out <folder>", "folder for checkpoint, best weights, log.jsonl and curve.html")
    .option(
      "--from <file>",
      "start from these weights; layers of another shape are drawn anew (with --volume: the shipped initialiser)",
    )
    .option("--resume", "go on from the folder's checkpoint")
    .addOption(
      new Option("--steps <n>", "stop at this step (default: the configured end)").argParser(
        integerOption({ min: 1 }),
      ),
    )
    .addOption(
      new Option(
        "--minutes <m>",
        "stop after this time, to be resumed later (default with --volume: 5)",
      ).argParser(numberOption({ min: 0 })),
    )
    .option("--volumes <folder>", "where training volumes are kept (default: beside --out)")
    .addOption(
      new Option("--threads <n>", "threads of the network").argParser(integerOption({ min: 1 })).default(1),
    )
    .option("--json", "print the result as JSON on stdout")
    .optionsGroup("One patient (rtpi only):")
    .option("--volume <ct>", "adapt the initialiser to this CT, and measure it before and after")
    .option("--mask <file>", "label map of the CT, for registrations that are given one")
    .addOption(
      new Option("--labels <list>", "labels of the mask to keep: 27-31, lumbar (default: all)").argParser(
        labelsOption,
      ),
    );
  addDicomVolumeOptions(command)
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  sopi train rtpi --config models/rtpi/config.json --out runs/rtpi",
        "  sopi train rtpi --volume ct.nii.gz --minutes 5 --out patient",
        "  sopi register ct.nii.gz xray.dcm --method rtpi+opt --initialiser patient/best.safetensors --out result",
      ].join("\n"),
    )
    .action((network: TrainingConfig["network"], flags: TrainFlags) =>
      flags.volume === undefined
        ? runTrain(network, flags, context)
        : runPatientTraining(network, { ...flags, volume: flags.volume }, context),
    );
}
