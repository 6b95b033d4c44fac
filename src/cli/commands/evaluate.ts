import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { shippedProtocol, shippedProtocols } from "../../evaluation/protocols/index.ts";
import { parseProtocol, selectFromProtocol } from "../../evaluation/protocol.ts";
import type { Protocol } from "../../evaluation/protocolTypes.ts";
import { type ForeignPose, parsePoseTable } from "../../evaluation/poseTable.ts";
import type { RegistrationRecord } from "../../evaluation/record.ts";
import { usageError } from "../../errors.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { recordFileName, runEvaluation } from "../../platform/node/evaluation/runEvaluation.ts";
import { exportCases } from "../../platform/node/evaluation/exportCases.ts";
import { measureForeignPoses } from "../../platform/node/evaluation/foreignPoses.ts";
import { renderGallery } from "../../platform/node/evaluation/gallery.ts";
import { writeFiles } from "../../platform/node/fileWriter.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import type { CommandContext } from "../context.ts";
import { evaluationDocument, evaluationFiles, requireSameProtocol } from "../evaluationFiles.ts";
import { replayCase } from "../evaluationReplay.ts";
import { integerOption } from "../optionParsers.ts";

interface EvaluateFlags {
  readonly quick?: boolean;
  readonly cases?: number;
  readonly rows?: readonly string[];
  readonly methods?: readonly string[];
  readonly seed?: number;
  readonly jobs: number;
  readonly threads: number;
  readonly pictures: number;
  readonly out: string;
  readonly resume?: boolean;
  readonly replay?: string;
  readonly poses?: string;
  readonly export?: boolean;
  readonly json?: boolean;
}

const nameList = (text: string): string[] => text.split(",").map((part) => part.trim());

/** A shipped protocol, or the one in a file. */
async function loadProtocol(value: string): Promise<Protocol> {
  const shipped = shippedProtocol(value);
  if (shipped) return shipped;
  if (!/[./\\]/.test(value)) {
    const names = shippedProtocols.map(({ name }) => name).join(", ");
    throw usageError({ what: "Protocol", got: `"${value}"`, expected: `${names}, or a JSON file` });
  }
  return parseProtocol(await readTextFile(value, { what: "Protocol" }), value);
}

function selected(protocol: Protocol, flags: EvaluateFlags): Protocol {
  const cases = flags.cases ?? (flags.quick ? protocol.quickCases : undefined);
  const rows = flags.rows ?? (flags.quick ? protocol.quickRows : undefined);
  const chosen = selectFromProtocol(protocol, {
    ...(rows && { rows }),
    ...(flags.methods && { methods: flags.methods }),
    ...(cases !== undefined && { cases }),
  });
  return flags.seed === undefined ? chosen : { ...chosen, seed: flags.seed };
}

/** Refuses a folder with results unless they are to be continued, and results of another protocol always. */
async function requireUsableFolder(flags: EvaluateFlags, protocol: Protocol): Promise<void> {
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

async function loadPoses(path: string): Promise<ForeignPose[]> {
  return parsePoseTable(await readTextFile(path, { what: "Poses" }), path);
}

async function runExport(protocol: Protocol, flags: EvaluateFlags, context: CommandContext): Promise<void> {
  const { out: folder, threads } = flags;
  const progress = context.output.progress();
  try {
    const cases = await exportCases({
      ...{ protocol, folder, threads, signal: context.signal },
      onCase: (done, total) => progress.update(done / total, `${done} of ${total} cases`),
    });
    context.output.result(`${cases} cases in ${folder}; list: ${join(folder, "cases.json")}`);
  } finally {
    progress.done();
  }
}

async function runEvaluate(name: string, flags: EvaluateFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const protocol = selected(await loadProtocol(name), flags);
  if (flags.replay !== undefined) return replayCase(protocol, { ...flags, replay: flags.replay }, context);
  if (flags.export) return runExport(protocol, flags, context);
  await requireUsableFolder(flags, protocol);
  const poses = flags.poses === undefined ? [] : await loadPoses(flags.poses);
  await writeFiles([{ path: join(flags.out, "protocol.json"), bytes: formatJson(protocol) }], {
    force: true,
  });
  const { jobs, threads, out: folder } = flags;
  output.note(
    `${protocol.name}: ${protocol.rows.length} rows x ${protocol.cases} cases x ${protocol.methods.length} methods, ` +
      `seed ${protocol.seed}; cases at a time: ${jobs}, threads per case: ${threads}`,
  );
  const progress = output.progress();
  let records: RegistrationRecord[];
  try {
    records = await runEvaluation({
      ...{ protocol, folder, jobs, threads, signal },
      onProgress: ({ done, doneNow, total, last }) => {
        const mtre = last.result ? `mTRE ${last.result.errors.mtreMm.toFixed(2)} mm` : "failed";
        progress.update(doneNow / (total - done + doneNow), `${done} of ${total}, ${last.id}: ${mtre}`);
      },
    });
  } finally {
    progress.done();
  }
  if (poses.length > 0) {
    output.note(`Measuring ${poses.length} poses of ${flags.poses}`);
    records = [...records, ...(await measureForeignPoses({ protocol, folder, threads, poses, signal }))];
  }
  const document = evaluationDocument(protocol, records, { jobs, threads, version: context.version });
  output.note("Drawing pictures");
  const gallery = await renderGallery({
    protocol,
    records,
    folder,
    threads,
    perRow: flags.pictures,
    worst: flags.pictures > 0 ? 10 : 0,
    signal,
  });
  const files = evaluationFiles(folder, document, gallery);
  await writeFiles(files, { force: true, signal });
  if (flags.json) output.result(String(files[0]!.bytes).trimEnd());
  else output.result(document.page.trimEnd());
}

/** `sopi evaluate`: many registrations with known truth, their errors and tables. */
export function addEvaluateCommand(program: Command, context: CommandContext): void {
  const list = shippedProtocols.map(({ name, title }) => `  ${name.padEnd(18)} ${title}`).join("\n");
  program
    .command("evaluate")
    .description("Run an experiment: many simulated cases, every method, true errors, tables.")
    .argument("<protocol>", "name of a protocol below, or a protocol.json")
    .optionsGroup("What to run:")
    .option("--quick", "the protocol's small number of cases and rows")
    .addOption(new Option("--cases <n>", "cases per row").argParser(integerOption({ min: 1 })))
    .addOption(new Option("--rows <list>", "only these rows, by name").argParser(nameList))
    .addOption(new Option("--methods <list>", "only these methods, by name").argParser(nameList))
    .addOption(new Option("--seed <n>", "another seed than the protocol's").argParser(integerOption()))
    .option("--replay <id>", "redo one registration (row/case/method) and write its pictures")
    .option("--export", "write the cases for other programs instead: X-rays, volumes, geometry, start poses")
    .option("--poses <file>", "add the results of other programs: a CSV of poses, see experiments/README.md")
    .optionsGroup("Machine:")
    .addOption(
      new Option("--jobs <n>", "cases at the same time")
        .argParser(integerOption({ min: 1, max: 64 }))
        .default(1),
    )
    .addOption(
      new Option("--threads <n>", "threads of each case")
        .argParser(integerOption({ min: 1, max: 64 }))
        .default(2),
    )
    .optionsGroup("Output:")
    .requiredOption(
      "--out <folder>",
      "folder for registrations.jsonl, result.json, report.html, tables, figures and X-rays",
    )
    .option("--resume", "continue the results in the folder")
    .addOption(
      new Option("--pictures <n>", "cases of each row shown side by side in report.html; 0 = no pictures")
        .argParser(integerOption({ min: 0, max: 100 }))
        .default(2),
    )
    .option("--json", "print result.json on stdout instead of the tables")
    .addHelpText(
      "after",
      `\nProtocols:\n${list}\n\nTimes want --jobs 1; throughput wants one job per core with --threads 1.`,
    )
    .action((protocol: string, flags: EvaluateFlags) => runEvaluate(protocol, flags, context));
}
