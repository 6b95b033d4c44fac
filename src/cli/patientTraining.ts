import { join } from "node:path";
import { usageError } from "../errors.ts";
import { formatJson } from "../io/jsonDocument.ts";
import { readTextFile } from "../platform/node/imageFiles.ts";
import { networkFile } from "../platform/node/networks.ts";
import { patientContent } from "../platform/node/patientContent.ts";
import { type PatientTrainingEnd, trainForPatient } from "../platform/node/patientTraining.ts";
import { type RtpiPlan, patientPlan } from "../training/patientPlan.ts";
import type { Measures } from "../training/trainer.ts";
import { type TrainingConfig, parseTrainingConfig } from "../training/trainingConfig.ts";
import type { CommandContext } from "./context.ts";
import { type DicomVolumeFlags, dicomVolumeOptions } from "./dicomOptions.ts";
import { exitCodes } from "./exitCodes.ts";
import { type InitialiserFile, loadInitialiserFile } from "./initialiserFile.ts";
import { loadMask, loadVolume } from "./inputs.ts";
import { requireMaskOfLabels } from "./optionParsers.ts";
import { type SummaryRow, alignedLines, writtenRow } from "./resultSummary.ts";

/** Flags of `sopi train` that a run for one patient heeds. */
export interface PatientTrainingFlags extends DicomVolumeFlags {
  readonly volume?: string;
  readonly mask?: string;
  readonly labels?: string;
  readonly config?: string;
  readonly from?: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly steps?: number;
  readonly minutes?: number;
  readonly volumes?: string;
  readonly threads: number;
  readonly json?: boolean;
}

const defaultMinutes = 5;
const defaultSeed = 1;

/** `sopi train rtpi --volume CT`: adapts the initialiser to one patient before the operation. */
export async function runPatientTraining(
  network: TrainingConfig["network"],
  flags: PatientTrainingFlags & { readonly volume: string },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  requireFlags(network, flags);
  const start = await loadInitialiserFile(flags.from ?? networkFile("rtpi"));
  const ct = await loadVolume(flags.volume, "CT", dicomVolumeOptions(flags));
  const mask = flags.mask === undefined ? undefined : await loadMask(flags.mask, flags.labels, ct.volume);
  for (const warning of [...ct.warnings, ...(mask?.warnings ?? [])]) output.warn(warning);
  const plan = await planOf(flags, start, mask !== undefined);
  const minutes = flags.minutes ?? (flags.steps === undefined ? defaultMinutes : undefined);
  const last = Math.min(plan.run.steps, flags.steps ?? Infinity);
  output.note(
    `Adapting the initialiser to the CT for ${minutes === undefined ? `${last} steps` : `${minutes} minutes`}, seed ${plan.seed}`,
  );
  const progress = output.progress();
  const started = performance.now();
  try {
    const ended = await trainForPatient({
      ...{ plan, content: patientContent(ct.volume, mask?.volume), volumeSha256: ct.sha256, start },
      ...{ out: flags.out, resume: flags.resume ?? false, threads: flags.threads, signal },
      ...(flags.steps !== undefined && { stopAtStep: flags.steps }),
      ...(minutes !== undefined && { stopAfterMs: 60_000 * minutes }),
      onStep: (step, { loss = Number.NaN }) => {
        const spent = minutes === undefined ? 0 : (performance.now() - started) / (60_000 * minutes);
        progress.update(Math.min(1, Math.max(step / last, spent)), `step ${step}, loss ${loss.toFixed(3)}`);
      },
      onMeasure: () => progress.update(1, "measuring on held-out poses"),
    });
    progress.done();
    output.result(
      flags.json
        ? formatJson(resultOf(ended, plan, { version: context.version, volume: ct, start })).trimEnd()
        : alignedLines(rowsOf(ended, plan, flags.out)),
    );
    if (ended.end.reason === "aborted") context.setExitCode(exitCodes.interrupted);
  } finally {
    progress.done();
  }
}

function requireFlags(network: string, flags: PatientTrainingFlags): void {
  if (network !== "rtpi") {
    throw usageError({ what: "--volume", got: `the network ${network}`, expected: "rtpi, the initialiser" });
  }
  requireMaskOfLabels(flags);
  if (flags.volumes !== undefined) {
    throw usageError({
      what: "--volumes",
      got: "a folder of phantoms beside --volume",
      expected: "one of the two: a run for one patient sees no phantoms",
    });
  }
}

/** The built-in plan, or that of --config; the network's sizes are those of the weights in either. */
async function planOf(
  { config: path }: PatientTrainingFlags,
  { config }: InitialiserFile,
  labelled: boolean,
): Promise<RtpiPlan> {
  if (path === undefined) return patientPlan({ seed: defaultSeed, config, labelled });
  const text = await readTextFile(path, { what: "Training configuration" });
  const { network, seed, run, trainer } = parseTrainingConfig(text, path);
  if (network === "rtpi") return { network, seed, run, trainer: { ...trainer, config } };
  throw usageError({
    what: "Training configuration",
    got: `one of the network ${network}`,
    expected: "rtpi",
  });
}

const columns = [
  ["rotation", "rotationDeg", "deg"],
  ["in plane", "inPlaneMm", "mm"],
  ["depth", "depthMm", "mm"],
] as const;

function rowsOf({ end, errors }: PatientTrainingEnd, plan: RtpiPlan, out: string): SummaryRow[] {
  const best = join(out, "best.safetensors");
  const step = end.bestStep === 0 ? "those it started from: nothing was better" : `of step ${end.bestStep}`;
  const change = errors
    ? columns.map(([label, key, unit]): SummaryRow => {
        const [before, after] = [errors.before[key]!, errors.after[key]!];
        return [label, `${before.toFixed(2)} -> ${after.toFixed(2)} ${unit}`];
      })
    : [];
  return [
    ["steps", `${end.step} of ${plan.run.steps} (${end.reason}), ${(end.trainedMs / 1000).toFixed(0)} s`],
    ["best weights", step],
    ...change,
    ...(errors ? ([["held-out X-rays", `${errors.images} of this CT, mean errors`]] as const) : []),
    writtenRow([best, join(out, "checkpoint.safetensors"), join(out, "log.jsonl")]),
    ["use", `sopi register ... --method rtpi+opt --initialiser ${best}`],
  ];
}

interface Inputs {
  readonly version: string;
  readonly volume: { readonly sha256: string };
  readonly start: { readonly sha256: string };
}

/** Files appear by their hash alone. */
function resultOf({ end, errors }: PatientTrainingEnd, plan: RtpiPlan, inputs: Inputs): object {
  const numbers = ({ rotationDeg, inPlaneMm, depthMm, weightedError }: Measures): object => ({
    ...{ rotationDeg, inPlaneMm, depthMm, weightedError },
  });
  return {
    ...{ schema: "sopi-fine-tuning/1", version: inputs.version, seed: plan.seed },
    ...{ steps: end.step, bestStep: end.bestStep, reason: end.reason },
    trainedSeconds: Math.round(end.trainedMs / 1000),
    ...(errors && {
      heldOut: {
        ...{ images: errors.images, before: numbers(errors.before), after: numbers(errors.after) },
      },
    }),
    inputs: { volume: { sha256: inputs.volume.sha256 }, start: { sha256: inputs.start.sha256 } },
  };
}
