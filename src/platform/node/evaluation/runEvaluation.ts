import { createFolder } from "../fileWriter.ts";
import { join } from "node:path";
import { planCases } from "../../../evaluation/cases.ts";
import { methodLabel } from "../../../evaluation/protocol.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { throwIfAborted } from "../../../errors.ts";
import {
  type CaseExecutor,
  type ExecutorOptions,
  type PendingCase,
  createLocalExecutor,
  createProcessExecutor,
} from "./processPool.ts";
import { openRecordFile } from "./recordFile.ts";
import { recordFileName } from "./runFile.ts";

export interface EvaluationOptions extends ExecutorOptions {
  /** Cases run at the same time: 1 in this process, more in processes of their own. */
  readonly jobs: number;
  /** Id of this call, kept with every record it makes. */
  readonly run?: string;
  /** After every registration. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

export interface EvaluationProgress {
  readonly done: number;
  readonly total: number;
  /** Registrations done since this call, and without those that were found on disk. */
  readonly doneNow: number;
  readonly last: RegistrationRecord;
}

/** Records of the cases and methods of this protocol; others in the file are left alone. */
function wantedRecords(protocol: Protocol, records: readonly RegistrationRecord[]): RegistrationRecord[] {
  const rows = new Set(protocol.rows.map((row) => row.name));
  const methods = new Set(protocol.methods.map(methodLabel));
  return records.filter((r) => rows.has(r.row) && methods.has(r.method) && r.index < protocol.cases);
}

function pendingCases(protocol: Protocol, records: readonly RegistrationRecord[]): PendingCase[] {
  const done = new Set(records.map((record) => record.id));
  return protocol.rows.flatMap((row) =>
    planCases(protocol, row).flatMap((plan) => {
      const methods = protocol.methods.filter((method) => !done.has(`${plan.id}/${methodLabel(method)}`));
      return methods.length > 0 ? [{ plan, methods }] : [];
    }),
  );
}

/**
 * Runs whatever of the protocol has no record in the folder yet and returns the records of all of it. Killed at
 * any point and called again, it ends with the same records as one undisturbed run, times aside.
 */
export async function runEvaluation(options: EvaluationOptions): Promise<RegistrationRecord[]> {
  const { protocol, folder, signal } = options;
  await createFolder(folder);
  const file = await openRecordFile(join(folder, recordFileName));
  try {
    const found = wantedRecords(protocol, file.records);
    const queue = pendingCases(protocol, found);
    const total = protocol.rows.length * protocol.cases * protocol.methods.length;
    let doneNow = 0;
    const onRecord = (made: RegistrationRecord): void => {
      const record = options.run === undefined ? made : { ...made, run: options.run };
      file.append(record);
      doneNow++;
      options.onProgress?.({ done: found.length + doneNow, total, doneNow, last: record });
    };
    await drain(queue, options, onRecord);
    throwIfAborted(signal);
    return wantedRecords(protocol, file.records);
  } finally {
    file.close();
  }
}

/** Works off the queue with `jobs` executors; the first error stops all of them. */
async function drain(
  queue: PendingCase[],
  options: EvaluationOptions,
  onRecord: (record: RegistrationRecord) => void,
): Promise<void> {
  const { jobs, signal } = options;
  const count = Math.min(jobs, queue.length);
  const open = jobs > 1 ? createProcessExecutor : createLocalExecutor;
  const executors: CaseExecutor[] = [];
  let stopped = false;
  const work = async (): Promise<void> => {
    const executor = await open(options);
    executors.push(executor);
    if (stopped) await executor.dispose();
    for (let next = queue.shift(); next; next = queue.shift()) {
      throwIfAborted(signal);
      await executor.run(next, onRecord);
    }
  };
  try {
    await Promise.all(Array.from({ length: count }, work));
  } finally {
    stopped = true;
    queue.length = 0;
    for (const executor of executors) await executor.dispose();
  }
}
