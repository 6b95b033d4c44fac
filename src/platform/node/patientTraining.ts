import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { usageError } from "../../errors.ts";
import { readInitialiserWeights } from "../../networks/initialiserWeights.ts";
import { checkpointState } from "../../training/checkpoint.ts";
import type { RtpiPlan } from "../../training/patientPlan.ts";
import type { Measures } from "../../training/trainer.ts";
import type { RunEnd } from "../../training/trainingRun.ts";
import type { TrainingContent } from "../../training/trainingVolumes.ts";
import { createRtpiTrainer } from "../../training/trainRtpi.ts";
import { sha256 } from "./fileReader.ts";
import { createNodeRuntime } from "./onnxSession.ts";
import { createNodeProjector } from "./projector.ts";
import { type NodeRunOptions, trainOnContents } from "./training.ts";

export interface PatientTrainingOptions extends Omit<NodeRunOptions, "configText" | "start"> {
  /** Sizes in it are those of `start`: see `readInitialiserWeights`. */
  readonly plan: RtpiPlan;
  readonly content: TrainingContent;
  /** Hash of the CT, by which a run that is resumed knows its patient. */
  readonly volumeSha256: string;
  /** The weights that are adapted, and the name of their file. */
  readonly start: { readonly bytes: Uint8Array; readonly name: string };
  /** Called when training is over and the measurement begins. */
  readonly onMeasure?: () => void;
}

/** Errors on poses that neither the training nor the choice of the best weights has seen. */
export interface HeldOutErrors {
  /** X-rays they are means over. */
  readonly images: number;
  readonly before: Measures;
  /** With the best weights, which are those of the start where nothing was better. */
  readonly after: Measures;
}

/** How a run ended; a run that was aborted is not measured. */
export interface PatientTrainingEnd {
  readonly end: RunEnd;
  readonly errors?: HeldOutErrors;
}

/** Steps' worth of held-out poses. */
const heldOutBatches = 10;

/** Adapts the pose initialiser to one CT and measures it before and after on held-out poses of that CT. */
export async function trainForPatient(options: PatientTrainingOptions): Promise<PatientTrainingEnd> {
  const { plan, content, start, volumeSha256, out } = options;
  const files = { volume: { sha256: volumeSha256 }, start: { sha256: sha256(start.bytes) } };
  const configText = JSON.stringify({ ...plan, files });
  if (options.resume) await requireSameRun(join(out, "checkpoint.safetensors"), configText);
  const end = await trainOnContents(plan, { ...options, configText }, () =>
    Promise.resolve({ training: [content], validation: [content], validateEnds: true }),
  );
  if (end.reason === "aborted") return { end };
  options.onMeasure?.();
  const best = { bytes: await readFile(join(out, "best.safetensors")), name: "best.safetensors" };
  const [before, after] = await measureHeldOut(plan, content, [start, best]);
  const images = heldOutBatches * plan.trainer.batch;
  return { end, errors: { images, before: before!, after: after! } };
}

/** Errors of weight files on the same held-out poses. */
async function measureHeldOut(
  { seed, trainer: config }: RtpiPlan,
  content: TrainingContent,
  files: readonly PatientTrainingOptions["start"][],
): Promise<Measures[]> {
  const projector = await createNodeProjector({ threads: 1 });
  const runtime = createNodeRuntime({ threads: 1, worker: true });
  try {
    const trainer = await createRtpiTrainer({
      // Four directions of view a batch: more of them than a step of training has.
      config: { ...config, volumes: config.batch % 4 === 0 ? 4 : 1, validationBatches: heldOutBatches },
      // Everything is drawn from the seed, so another seed draws other poses.
      seed: seed + 1_000_003,
      ...{ training: [content], validation: [content], projector, runtime },
    });
    const measures: Measures[] = [];
    for (const { bytes, name } of files) {
      const { values } = readInitialiserWeights(bytes, name).parameters(trainer.parameters.shapes);
      trainer.parameters.values.set(values);
      measures.push(await trainer.validate());
    }
    await trainer.dispose();
    return measures;
  } finally {
    await runtime.dispose();
    projector.dispose();
  }
}

/** Throws when a checkpoint is there and belongs to another CT or to other settings. */
async function requireSameRun(checkpoint: string, configText: string): Promise<void> {
  const bytes = await readFile(checkpoint).catch(() => undefined);
  if (!bytes) return;
  const { config } = checkpointState(bytes, checkpoint);
  if (config === configText) return;
  throw usageError({
    what: `Checkpoint ${checkpoint}`,
    got: "a run of another CT, of other weights or with other settings",
    expected: "the run that is to be resumed",
    todo: "Give the same files and flags as before, or choose another folder",
  });
}
