import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { SopiError, usageError } from "../errors.ts";
import { methodLabel, parseProtocol, selectFromProtocol } from "../evaluation/protocol.ts";
import { shippedProtocol, shippedProtocols } from "../evaluation/protocols/index.ts";
import type { Protocol } from "../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../evaluation/record.ts";
import { type RunDescription, changedWeights } from "../evaluation/runDescription.ts";
import { unavailableMethods } from "../platform/node/evaluation/methodNetworks.ts";
import { runEvaluation } from "../platform/node/evaluation/runEvaluation.ts";
import {
  adoptRecords,
  appendRun,
  describeRun,
  dropMethods,
  readRuns,
  recordFileName,
} from "../platform/node/evaluation/runFile.ts";
import { readTextFile } from "../platform/node/imageFiles.ts";
import type { CommandContext } from "./context.ts";
import { requireSameProtocol } from "./evaluationFiles.ts";

/** What decides which registrations are run, and how. */
export interface EvaluationFlags {
  readonly quick?: boolean;
  readonly cases?: number;
  readonly rows?: readonly string[];
  readonly methods?: readonly string[];
  readonly seed?: number;
  readonly jobs?: number;
  readonly threads?: number;
  readonly out: string;
  readonly resume?: boolean;
  readonly merge?: readonly string[];
  readonly redo?: readonly string[];
}

/** A shipped protocol, or the one in a file. */
export async function loadProtocol(value: string): Promise<Protocol> {
  const shipped = shippedProtocol(value);
  if (shipped) return shipped;
  if (!/[./\\]/.test(value)) {
    const names = shippedProtocols.map(({ name }) => name).join(", ");
    throw usageError({ what: "Protocol", got: `"${value}"`, expected: `${names}, or a JSON file` });
  }
  return parseProtocol(await readTextFile(value, { what: "Protocol" }), value);
}

export function selected(protocol: Protocol, flags: EvaluationFlags): Protocol {
  const cases = flags.cases ?? (flags.quick ? protocol.quickCases : undefined);
  const rows = flags.rows ?? (flags.quick ? protocol.quickRows : undefined);
  const methods = flags.methods ?? (flags.quick ? protocol.quickMethods : undefined);
  const chosen = selectFromProtocol(protocol, {
    ...(rows && { rows }),
    ...(methods && { methods }),
    ...(cases !== undefined && { cases }),
  });
  return flags.seed === undefined ? chosen : { ...chosen, seed: flags.seed };
}

/**
 * The protocol without the methods whose weights are not there, and a sentence on each of these. A method that was
 * asked for by name and cannot run ends the command.
 */
export async function runnable(
  protocol: Protocol,
  named: readonly string[] | undefined,
): Promise<{ protocol: Protocol; remarks: string[] }> {
  const missing = await unavailableMethods(protocol.methods);
  const [first] = missing;
  if (!first) return { protocol, remarks: [] };
  const methods = protocol.methods.filter(
    (method) => !missing.some(({ label }) => label === methodLabel(method)),
  );
  if (named || methods.length === 0) {
    throw new SopiError("backend-unavailable", {
      what: `Method ${first.label}`,
      got: first.reason,
      expected: "the weights it was trained to",
      todo: "Train them with `sopi train`, or choose other methods with --methods",
    });
  }
  const remarks = missing.map(({ label, reason }) => `Not run: ${label} (${reason}).`);
  return { protocol: selectFromProtocol(protocol, { methods: methods.map(methodLabel) }), remarks };
}

/** Times of single registrations are best taken alone; --quick wants to be quick and gives every core a case. */
export function parallelism({ quick, jobs, threads }: EvaluationFlags): { jobs: number; threads: number } {
  return { jobs: jobs ?? (quick ? availableParallelism() : 1), threads: threads ?? (quick ? 1 : 2) };
}

/** Refuses a folder with results unless they are to be continued, and results of another protocol always. */
export async function requireUsableFolder(flags: EvaluationFlags, protocol: Protocol): Promise<void> {
  for (const from of flags.merge ?? []) await requireSameProtocol(from, protocol);
  if (!existsSync(join(flags.out, recordFileName))) return;
  if (!flags.resume) {
    throw usageError({
      what: `Output ${flags.out}`,
      got: "a folder that holds results already",
      expected: "a new folder",
      todo: "Add --resume to continue it",
    });
  }
  await requireSameProtocol(flags.out, protocol);
}

/** Takes over and forgets records as the flags say, and refuses to mix results of different weights. */
async function prepareFolder(
  flags: EvaluationFlags,
  protocol: Protocol,
  run: RunDescription,
  note: (text: string) => void,
): Promise<void> {
  const { out: folder } = flags;
  if (flags.redo) await dropMethods(folder, flags.redo);
  for (const from of flags.merge ?? []) {
    note(`${await adoptRecords(folder, from)} registrations taken over from ${from}`);
  }
  const { runs, records } = await readRuns(folder);
  const wanted = new Set(protocol.methods.map(methodLabel));
  const changed = changedWeights(
    runs,
    records.filter(({ method }) => wanted.has(method)),
    run.weights,
  );
  if (changed === undefined) return;
  throw usageError({
    what: `--resume in ${folder}`,
    got: `results of ${changed} made with other weights`,
    expected: "one set of weights in one table",
    todo: `Add --redo ${changed}, or choose a new folder`,
  });
}

/** Runs what has no record yet; the records of all of the protocol, and how each was made. */
export async function measure(
  protocol: Protocol,
  flags: EvaluationFlags,
  context: CommandContext,
): Promise<{ records: RegistrationRecord[]; runs: RunDescription[] }> {
  const { output, signal, version } = context;
  const { out: folder } = flags;
  const { jobs, threads } = parallelism(flags);
  const run = await describeRun(protocol, { jobs, threads, version });
  await prepareFolder(flags, protocol, run, (text) => output.note(text));
  await appendRun(folder, run);
  output.note(
    `${protocol.name}: ${protocol.rows.length} rows x ${protocol.cases} cases x ${protocol.methods.length} methods, ` +
      `seed ${protocol.seed}; cases at a time: ${jobs}, threads per case: ${threads}`,
  );
  const progress = output.progress();
  try {
    const records = await runEvaluation({
      ...{ protocol, folder, jobs, threads, signal, run: run.id },
      onProgress: ({ done, doneNow, total, last }) => {
        const mtre = last.result ? `mTRE ${last.result.errors.mtreMm.toFixed(2)} mm` : "failed";
        progress.update(doneNow / (total - done + doneNow), `${done} of ${total}, ${last.id}: ${mtre}`);
      },
    });
    return { records, runs: (await readRuns(folder)).runs };
  } catch (error) {
    if (!(error instanceof SopiError) || error.code !== "aborted") throw error;
    const { length } = (await readRuns(folder)).records;
    const todo = `${length} registrations are kept in ${folder}: --resume goes on with them.`;
    throw new SopiError("aborted", { what: "Cancelled", todo, cause: error });
  } finally {
    progress.done();
  }
}
