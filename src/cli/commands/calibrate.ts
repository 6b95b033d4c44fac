import { basename, join } from "node:path";
import type { Command } from "commander";
import {
  type Calibration,
  fitCalibration,
  forecasts,
  rowByRowForecasts,
} from "../../evaluation/calibration.ts";
import {
  type CalibrationTest,
  calibrationTable,
  reliabilityFigure,
} from "../../evaluation/calibrationReport.ts";
import { type RegistrationRecord, parseRecords } from "../../evaluation/record.ts";
import { csvTable, markdownTable } from "../../evaluation/table.ts";
import { errorScale } from "../../evaluation/trustTable.ts";
import { usageError } from "../../errors.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { recordFileName } from "../../platform/node/evaluation/runFile.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import type { CommandContext } from "../context.ts";
import { namesOption } from "../optionParsers.ts";

interface CalibrateFlags {
  readonly test?: readonly string[];
  readonly pool?: readonly string[];
  readonly out: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Limits of mTRE (mm) a user asks about: fit for a purpose, and in the right place at all. */
const limitsMm = [2, 10];

/** The records of one evaluation. */
interface LoadedRecords {
  readonly name: string;
  readonly records: readonly RegistrationRecord[];
}

async function loadRecords(folder: string): Promise<LoadedRecords> {
  const text = await readTextFile(join(folder, recordFileName), { what: "Records" });
  return { name: basename(folder), records: parseRecords(text).records };
}

/** Every method by itself, but those that share a search together. */
function methodGroups(records: readonly RegistrationRecord[], pools: readonly string[]): string[][] {
  const methods = [...new Set(records.map((record) => record.method))].toSorted();
  const pooled = pools.map(namesOption);
  const stranger = pooled.flat().find((name) => !methods.includes(name));
  if (stranger !== undefined) {
    throw usageError({ what: "--pool", got: `"${stranger}"`, expected: methods.join(", ") });
  }
  const alone = methods.filter((name) => !pooled.flat().includes(name)).map((name) => [name]);
  return [...pooled, ...alone];
}

/** Several evaluations as one. */
function together(loaded: readonly LoadedRecords[]): LoadedRecords {
  return {
    name: loaded.map(({ name }) => name).join(" + "),
    records: loaded.flatMap(({ records }) => records),
  };
}

async function runCalibrate(
  fitFolders: readonly string[],
  flags: CalibrateFlags,
  context: CommandContext,
): Promise<void> {
  const path = (name: string): string => join(flags.out, name);
  const names = ["calibration.json", "calibration.csv", "reliability.svg"].map(path);
  const force = flags.force ?? false;
  await checkOutputs(names, force);
  const fit = together(await Promise.all(fitFolders.map(loadRecords)));
  const tests = await Promise.all((flags.test ?? []).map(loadRecords));
  const groups = methodGroups(fit.records, flags.pool ?? []);
  const calibrations: Calibration[] = groups.flatMap((methods) =>
    limitsMm.map((limit) => fitCalibration(fit.records, methods, limit)),
  );
  const errorScales = groups.map((methods) => {
    const records = fit.records.filter((record) => methods.includes(record.method));
    return { methods, factor: errorScale(records) };
  });
  const judged: CalibrationTest[] = [
    { name: `${fit.name} (fitted)`, made: (one) => forecasts(one, fit.records) },
    {
      name: `${fit.name} (each row by the others)`,
      made: (one) => rowByRowForecasts(fit.records, one),
    },
    ...tests.map(({ name, records }) => ({ name, made: (one: Calibration) => forecasts(one, records) })),
  ];
  const table = calibrationTable(calibrations, judged);
  const document = {
    schema: "sopi-calibration/1",
    version: context.version,
    calibrations,
    errorScales,
    table,
  };
  const files = [formatJson(document), csvTable(table), `${reliabilityFigure(calibrations, judged).svg}\n`];
  await writeFiles(
    files.map((bytes, i) => ({ path: names[i]!, bytes })),
    { force, signal: context.signal },
  );
  context.output.result(flags.json ? formatJson(document).trimEnd() : markdownTable(table).trimEnd());
}

/** `sopi calibrate`: from what results say of themselves to a probability that they are right. */
export function addCalibrateCommand(program: Command, context: CommandContext): void {
  program
    .command("calibrate")
    .description("Fit the probability that a result is right on one evaluation and judge it on others.")
    .argument("<folders...>", "folders of evaluations to fit on")
    .option("--test <folders...>", "folders of evaluations to judge it on")
    .option("--pool <lists...>", "methods fitted together, as in opt-gc,rtpi+opt; others are fitted alone")
    .requiredOption("--out <folder>", "folder for calibration.json, calibration.csv and reliability.svg")
    .option("--force", "overwrite existing files")
    .option("--json", "print calibration.json on stdout instead of the table")
    .action((folders: readonly string[], flags: CalibrateFlags) => runCalibrate(folders, flags, context));
}
