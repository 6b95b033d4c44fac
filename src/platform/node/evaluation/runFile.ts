import { randomBytes } from "node:crypto";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RegistrationRecord, formatRecord, parseRecords } from "../../../evaluation/record.ts";
import { type RunDescription, parseRuns } from "../../../evaluation/runDescription.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import { createFolder, writeFiles } from "../fileWriter.ts";
import { describeMachine } from "./machine.ts";
import { weightHashes } from "./methodNetworks.ts";

/** One line per registration. */
export const recordFileName = "registrations.jsonl";
/** One line per call of the evaluation. */
export const runFileName = "runs.jsonl";

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}

/** The calls and records kept in a folder; nothing where there is none. */
export async function readRuns(
  folder: string,
): Promise<{ runs: RunDescription[]; records: RegistrationRecord[] }> {
  const records = parseRecords(await textOf(join(folder, recordFileName))).records;
  return { runs: parseRuns(await textOf(join(folder, runFileName))), records };
}

/** This call of the evaluation, before anything is known of it but its circumstances. */
export async function describeRun(
  protocol: Protocol,
  how: { readonly jobs: number; readonly threads: number; readonly version: string },
): Promise<RunDescription> {
  const { jobs, threads, version } = how;
  return {
    id: randomBytes(4).toString("hex"),
    date: new Date().toISOString().slice(0, 10),
    ...{ version, machine: describeMachine(), jobs, threads },
    weights: await weightHashes(protocol.methods),
  };
}

/** Adds a call to the folder's list. */
export async function appendRun(folder: string, run: RunDescription): Promise<void> {
  await createFolder(folder);
  await appendFile(join(folder, runFileName), `${JSON.stringify(run)}\n`);
}

/** Replaces the records of a folder. */
async function writeRecords(folder: string, records: readonly RegistrationRecord[]): Promise<void> {
  const bytes = records.map((record) => `${formatRecord(record)}\n`).join("");
  await writeFiles([{ path: join(folder, recordFileName), bytes }], { force: true });
}

/** Forgets the records of some methods, to be made again. */
export async function dropMethods(folder: string, methods: readonly string[]): Promise<void> {
  const { records } = await readRuns(folder);
  await writeRecords(
    folder,
    records.filter((record) => !methods.includes(record.method)),
  );
}

/** Takes over the records of another folder of the same protocol; those that are there already stay. */
export async function adoptRecords(folder: string, from: string): Promise<number> {
  const [own, other] = [await readRuns(folder), await readRuns(from)];
  const known = new Set(own.records.map((record) => record.id));
  const added = other.records.filter((record) => !known.has(record.id));
  await writeRecords(folder, [...own.records, ...added]);
  const used = new Set(added.map((record) => record.run));
  for (const run of other.runs) if (used.has(run.id)) await appendRun(folder, run);
  return added.length;
}
