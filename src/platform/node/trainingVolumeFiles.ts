import { stat } from "node:fs/promises";
import { join } from "node:path";
import { badInput, throwIfAborted } from "../../errors.ts";
import { writeNrrd } from "../../io/nrrd/writeNrrd.ts";
import { readNrrd } from "../../io/nrrd/readNrrd.ts";
import type { Volume } from "../../image/volume.ts";
import { createPacer } from "../../pause.ts";
import {
  type TrainingVolume,
  type TrainingVolumeSpec,
  createTrainingVolume,
} from "../../training/trainingVolumes.ts";
import { readFileBytes } from "./fileReader.ts";
import { writeFiles } from "./fileWriter.ts";

export interface TrainingVolumeFilesOptions {
  /** Where volumes are kept from run to run; they are made when they are not there. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** Volumes ready of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The training volumes of some seeds, read from a folder or made and kept there. */
export async function loadTrainingVolumes(
  seeds: readonly number[],
  spec: TrainingVolumeSpec,
  options: TrainingVolumeFilesOptions,
): Promise<TrainingVolume[]> {
  const volumes: TrainingVolume[] = [];
  const pace = createPacer();
  for (const seed of seeds) {
    throwIfAborted(options.signal);
    volumes.push(await loadOrCreate(seed, spec, options));
    options.onProgress?.(volumes.length, seeds.length);
    await pace();
  }
  return volumes;
}

async function loadOrCreate(
  seed: number,
  spec: TrainingVolumeSpec,
  { folder, signal }: TrainingVolumeFilesOptions,
): Promise<TrainingVolume> {
  const base = join(folder, `${spec.field}-${spec.size}-${spec.spacingMm}mm`, String(seed));
  const [ctPath, labelsPath] = [`${base}-ct.nrrd`, `${base}-labels.nrrd`];
  if ((await isFile(ctPath)) && (await isFile(labelsPath))) {
    const ct = await readCube(ctPath, spec);
    const labels = await readCube(labelsPath, spec);
    return { seed, ct: { ...ct, quantity: "hu" }, labels: { ...labels, quantity: "label" } };
  }
  const made = createTrainingVolume(seed, spec);
  await writeFiles(
    [
      { path: ctPath, bytes: writeNrrd(made.ct) },
      { path: labelsPath, bytes: writeNrrd(made.labels) },
    ],
    { force: true, ...(signal && { signal }) },
  );
  return made;
}

async function readCube(path: string, spec: TrainingVolumeSpec): Promise<Volume> {
  const { volume } = await readNrrd(await readFileBytes(path, { what: "Training volume" }));
  if (volume.size.every((n) => n === spec.size)) return volume;
  throw badInput({
    what: `Training volume ${path}`,
    got: `${volume.size.join(" x ")} voxels`,
    expected: `${spec.size} a side`,
    todo: "Delete the folder of training volumes; it is made again",
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
