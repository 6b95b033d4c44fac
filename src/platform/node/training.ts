import { createDeepRegTrainer } from "../../training/trainDeepReg.ts";
import { createEncoderTrainer } from "../../training/trainEncoder.ts";
import { createFeatureStepTrainer } from "../../training/trainFeatureSteps.ts";
import { type RtpiTrainerInput, createRtpiTrainer } from "../../training/trainRtpi.ts";
import type { Measures, Trainer } from "../../training/trainer.ts";
import type { TrainingConfig, TrainingPlan } from "../../training/trainingConfig.ts";
import { checkpointState } from "../../training/checkpoint.ts";
import { startFrom } from "../../training/startFrom.ts";
import { type RunEnd, runTraining } from "../../training/trainingRun.ts";
import { type TrainingContent, seedsOf, trainingContent } from "../../training/trainingVolumes.ts";
import { withFolderLock } from "./folderLock.ts";
import { createNodeRuntime } from "./onnxSession.ts";
import { createNodeProjector } from "./projector.ts";
import { openTrainingFolder } from "./trainingFolder.ts";
import { loadTrainingVolumes } from "./trainingVolumeFiles.ts";

/** A run on this machine, whatever it trains on. */
export interface NodeRunOptions {
  /** The configuration as its file has it, kept in the checkpoint. */
  readonly configText: string;
  /** Folder of checkpoint, best weights, log and curve. */
  readonly out: string;
  readonly resume: boolean;
  /** Threads of the network; rendering runs beside it. Default 1. */
  readonly threads?: number;
  /** Weights to start from, and the name of their file; ignored when a checkpoint is resumed. */
  readonly start?: { readonly bytes: Uint8Array; readonly name: string };
  readonly stopAtStep?: number;
  readonly stopAfterMs?: number;
  readonly signal?: AbortSignal;
  /** After every step. */
  readonly onStep?: (step: number, measures: Measures) => void;
}

export interface NodeTrainingOptions extends NodeRunOptions {
  readonly config: TrainingConfig;
  /** Folder in which training volumes are kept from run to run. */
  readonly volumes: string;
  /** Volumes ready of all. */
  readonly onVolume?: (done: number, total: number) => void;
}

/** What a run trains on and what it is validated on. */
export interface RunContents {
  readonly training: readonly TrainingContent[];
  readonly validation: readonly TrainingContent[];
  /** Validate before the first step and at the end too. Default false. */
  readonly validateEnds?: boolean;
}

/** Trains a network on this machine on the phantoms of its configuration, kept in files. */
export function trainOnNode(options: NodeTrainingOptions): Promise<RunEnd> {
  return trainOnContents(options.config, options, async () => ({
    training: await loadContents(options, "training"),
    validation: await loadContents(options, "validation"),
  }));
}

/** Trains a network on volumes that are given, alone in its folder; rendering runs beside the network's own thread. */
export function trainOnContents(
  plan: TrainingPlan,
  options: NodeRunOptions,
  load: () => Promise<RunContents>,
): Promise<RunEnd> {
  return withFolderLock(options.out, () => train(plan, options, load));
}

async function train(
  plan: TrainingPlan,
  options: NodeRunOptions,
  load: () => Promise<RunContents>,
): Promise<RunEnd> {
  const { configText, signal, stopAtStep, stopAfterMs, onStep } = options;
  // Refuses a folder in use before volumes are made, which takes minutes.
  const { sink, resumeFrom } = await openTrainingFolder(options.out, {
    title: `Training of ${plan.network}`,
    resume: options.resume,
    stepOf: (checkpoint) => checkpointState(checkpoint, "Checkpoint").step,
  });
  const { training, validation, validateEnds = false } = await load();
  const projector = await createNodeProjector({ threads: 1 });
  const runtime = createNodeRuntime({ threads: options.threads ?? 1, worker: true });
  const shared = { seed: plan.seed, training, validation, projector, runtime };
  let trainer: Trainer | undefined;
  try {
    trainer = await createTrainer(plan, shared);
    if (options.start && !resumeFrom) startFrom(trainer.parameters, options.start.bytes, options.start.name);
    return await runTraining(trainer, {
      ...{ settings: plan.run, seed: plan.seed, config: configText, validateEnds },
      sink: { ...sink, ...(onStep && { progress: onStep }) },
      ...(resumeFrom && { resumeFrom }),
      ...(stopAtStep !== undefined && { stopAtStep }),
      ...(stopAfterMs !== undefined && { stopAfterMs }),
      ...(signal && { signal }),
    });
  } finally {
    await trainer?.dispose();
    await runtime.dispose();
    projector.dispose();
  }
}

function createTrainer(config: TrainingPlan, shared: Omit<RtpiTrainerInput, "config">): Promise<Trainer> {
  switch (config.network) {
    case "rtpi":
      return createRtpiTrainer({ ...shared, config: config.trainer });
    case "encoder":
      return config.trainer.scheme.kind === "step"
        ? createFeatureStepTrainer({ ...shared, config: config.trainer }, config.trainer.scheme.damping)
        : createEncoderTrainer({ ...shared, config: config.trainer });
    case "deep-reg":
      return createDeepRegTrainer({ ...shared, config: config.trainer });
  }
}

async function loadContents(
  { config, volumes, signal, onVolume }: NodeTrainingOptions,
  kind: "training" | "validation",
): Promise<TrainingContent[]> {
  const loaded = await loadTrainingVolumes(seedsOf(config[kind]), config.volumes, {
    folder: volumes,
    ...(signal && { signal }),
    ...(onVolume && { onProgress: onVolume }),
  });
  return loaded.map(trainingContent);
}
