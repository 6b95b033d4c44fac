import { closeSync, fsyncSync, openSync, truncateSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type RegistrationRecord, formatRecord, parseRecords } from "../../../evaluation/record.ts";

/** The records of an evaluation on disk: one JSON line each, appended as they come. */
export interface RecordFile {
  readonly records: readonly RegistrationRecord[];
  append(record: RegistrationRecord): void;
  close(): void;
}

/** Opens or creates the file; a last line that a kill cut short is removed. */
export async function openRecordFile(path: string): Promise<RecordFile> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const { records, goodLength } = parseRecords(text);
  const descriptor = openSync(path, "a");
  if (goodLength < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, goodLength)));
  return {
    records,
    append(record) {
      records.push(record);
      writeSync(descriptor, `${formatRecord(record)}\n`);
      fsyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
}
