import { createFolder } from "./fileWriter.ts";
import { appendFile, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { badInput, usageError } from "../../errors.ts";
import { trainingCurvePage } from "../../training/trainingCurve.ts";
import type { LogEntry, RunSink } from "../../training/trainingRun.ts";

/** The folder of one run: `checkpoint.safetensors`, `best.safetensors`, `log.jsonl` and `curve.html`. */
export interface TrainingFolder {
  readonly sink: RunSink;
  /** The checkpoint to go on from; undefined for a new run. */
  readonly resumeFrom: Uint8Array | undefined;
}

export interface TrainingFolderOptions {
  readonly title: string;
  /** Go on from the checkpoint; without it a folder that has one is refused. */
  readonly resume: boolean;
  /** Step of a checkpoint, so that log lines written after it are dropped. */
  readonly stepOf: (checkpoint: Uint8Array) => number;
}

/** Opens a run's folder, made when it is not there. */
export async function openTrainingFolder(
  folder: string,
  options: TrainingFolderOptions,
): Promise<TrainingFolder> {
  const { title, resume, stepOf } = options;
  const path = (name: string): string => join(folder, name);
  await createFolder(folder);
  const resumeFrom = await existingCheckpoint(path("checkpoint.safetensors"), resume);
  const entries = resumeFrom ? await keptEntries(path("log.jsonl"), stepOf(resumeFrom)) : [];
  await replaceFile(path("log.jsonl"), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  const drawCurve = (): Promise<void> =>
    replaceFile(path("curve.html"), trainingCurvePage(title, entries, 30));
  return {
    resumeFrom,
    sink: {
      log: async (logged) => {
        const entry = { ...logged, memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20) };
        entries.push(entry);
        await appendFile(path("log.jsonl"), `${JSON.stringify(entry)}\n`);
        if (entry.kind === "validation") await drawCurve();
      },
      checkpoint: async (bytes) => {
        await replaceFile(path("checkpoint.safetensors"), bytes);
        await drawCurve();
      },
      best: (bytes) => replaceFile(path("best.safetensors"), bytes),
    },
  };
}

/** Writes beside the file and renames: a reader, or a power cut, meets the old file or the new one. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.partial`;
  await writeFile(temporary, content, { flush: true });
  await rename(temporary, path);
}

async function existingCheckpoint(path: string, resume: boolean): Promise<Uint8Array | undefined> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  if (!resume) {
    throw usageError({
      what: `Output ${path}`,
      got: "a checkpoint of an earlier run",
      expected: "a new folder",
      todo: "Add --resume to go on with that run, or choose another folder",
    });
  }
  return readFile(path);
}

/** The log up to a step; a last line that was cut short is dropped. */
async function keptEntries(path: string, step: number): Promise<LogEntry[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line, i): LogEntry[] => {
    try {
      const entry = JSON.parse(line) as LogEntry;
      return entry.step <= step ? [entry] : [];
    } catch (cause) {
      if (i === lines.length - 1) return [];
      throw badInput({ what: path, got: `line ${i + 1} that is no JSON`, cause });
    }
  });
}
