import { join } from "node:path";
import { type Command, Option } from "commander";
import { type ForeignPose, parsePoseTable } from "../../evaluation/poseTable.ts";
import { shippedProtocols } from "../../evaluation/protocols/index.ts";
import type { Protocol } from "../../evaluation/protocolTypes.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { exportCases } from "../../platform/node/evaluation/exportCases.ts";
import { measureForeignPoses } from "../../platform/node/evaluation/foreignPoses.ts";
import { renderGallery } from "../../platform/node/evaluation/gallery.ts";
import { writeFiles } from "../../platform/node/fileWriter.ts";
import { withFolderLock } from "../../platform/node/folderLock.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import type { CommandContext } from "../context.ts";
import { evaluationDocument, evaluationFiles } from "../evaluationFiles.ts";
import { replayCase } from "../evaluationReplay.ts";
import {
  type EvaluationFlags,
  loadProtocol,
  measure,
  parallelism,
  requireUsableFolder,
  runnable,
  selected,
} from "../evaluationRun.ts";
import { integerOption, namesOption } from "../optionParsers.ts";

interface EvaluateFlags extends EvaluationFlags {
  readonly pictures: number;
  readonly replay?: string;
  readonly poses?: string;
  readonly export?: boolean;
  readonly json?: boolean;
}

async function loadPoses(path: string): Promise<ForeignPose[]> {
  return parsePoseTable(await readTextFile(path, { what: "Poses" }), path);
}

async function runExport(protocol: Protocol, flags: EvaluateFlags, context: CommandContext): Promise<void> {
  const { out: folder } = flags;
  const { threads } = parallelism(flags);
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
  const whole = selected(await loadProtocol(name), flags);
  if (flags.replay !== undefined) {
    const { threads } = parallelism(flags);
    return replayCase(whole, { ...flags, threads, replay: flags.replay }, context);
  }
  if (flags.export) return withFolderLock(flags.out, () => runExport(whole, flags, context));
  const { protocol, remarks } = await runnable(whole, flags.methods);
  for (const remark of remarks) context.output.warn(remark);
  await requireUsableFolder(flags, protocol);
  return withFolderLock(flags.out, () => runProtocol({ protocol, remarks }, flags, context));
}

/** Runs, measures and reports, alone in its folder. */
async function runProtocol(
  { protocol, remarks }: { readonly protocol: Protocol; readonly remarks: readonly string[] },
  flags: EvaluateFlags,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const { threads } = parallelism(flags);
  const poses = flags.poses === undefined ? [] : await loadPoses(flags.poses);
  await writeFiles([{ path: join(flags.out, "protocol.json"), bytes: formatJson(protocol) }], {
    force: true,
  });
  const { out: folder } = flags;
  const { records: own, runs } = await measure(protocol, flags, context);
  if (poses.length > 0) output.note(`Measuring ${poses.length} poses of ${flags.poses}`);
  const foreign =
    poses.length > 0 ? await measureForeignPoses({ protocol, folder, threads, poses, signal }) : [];
  const records = [...own, ...foreign];
  const document = evaluationDocument(protocol, records, { version: context.version, runs, remarks });
  output.note("Drawing pictures");
  const gallery = await renderGallery({
    ...{ protocol, records, folder, threads, signal, perRow: flags.pictures },
    worst: flags.pictures > 0 ? 10 : 0,
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
    .addOption(new Option("--rows <list>", "only these rows, by name").argParser(namesOption))
    .addOption(new Option("--methods <list>", "only these methods, by name").argParser(namesOption))
    .addOption(new Option("--seed <n>", "another seed than the protocol's").argParser(integerOption()))
    .option("--replay <id>", "redo one registration (row/case/method) and write its pictures")
    .option("--export", "write the cases for other programs instead: X-rays, volumes, geometry, start poses")
    .option("--poses <file>", "add the results of other programs: a CSV of poses, see experiments/README.md")
    .optionsGroup("Machine:")
    .addOption(
      new Option("--jobs <n>", "cases at the same time (default: 1; with --quick one per core)").argParser(
        integerOption({ min: 1, max: 64 }),
      ),
    )
    .addOption(
      new Option("--threads <n>", "threads of each case (default: 2; with --quick 1)").argParser(
        integerOption({ min: 1, max: 64 }),
      ),
    )
    .optionsGroup("Output:")
    .requiredOption(
      "--out <folder>",
      "folder for registrations.jsonl, result.json, report.html, tables, figures and X-rays",
    )
    .option("--resume", "continue the results in the folder")
    .addOption(
      new Option(
        "--redo <list>",
        "with --resume: forget the results of these methods and make them again",
      ).argParser(namesOption),
    )
    .option("--merge <folders...>", "take over results of the same protocol from other folders")
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
