import { type Command, Option } from "commander";
import { usageError } from "../../errors.ts";
import { approximateSpineMask } from "../../image/spine/approximateSpineMask.ts";
import { cropToLumbarCube } from "../../image/spine/lumbarCube.ts";
import type { Volume } from "../../image/volume.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { writeNifti } from "../../io/nifti/writeNifti.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import type { CommandContext } from "../context.ts";
import { type DicomVolumeFlags, addDicomVolumeOptions, dicomVolumeOptions } from "../dicomOptions.ts";
import { type LoadedVolume, loadMask, loadVolume } from "../inputs.ts";
import { integerOption, labelsOption, numberOption } from "../optionParsers.ts";
import { alignedLines } from "../resultSummary.ts";

interface PrepareFlags extends DicomVolumeFlags {
  readonly mask?: string;
  readonly labels?: string;
  readonly size: number;
  readonly marginMm: number;
  readonly out: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** The mask to crop to, and how it was come by. */
interface CropMask {
  readonly mask: Volume;
  readonly source: "labels" | "mask" | "approximate";
  readonly levels: readonly string[];
  readonly warnings: readonly string[];
}

async function cropMask(flags: PrepareFlags, ct: LoadedVolume): Promise<CropMask> {
  if (flags.mask === undefined) {
    if (flags.labels !== undefined) {
      throw usageError({
        what: "--labels",
        got: "no --mask",
        expected: "a label map with --mask; an approximate mask does not tell levels apart",
      });
    }
    const mask = approximateSpineMask(ct.volume);
    const warning =
      "No --mask: the spine was found by threshold, an approximation (Dice 0.70 and 0.81 against two segmentations); levels are not told apart";
    return { mask, source: "approximate", levels: [], warnings: [warning] };
  }
  const { volume: mask, labels, warnings } = await loadMask(flags.mask, flags.labels, ct.volume);
  return { mask, source: flags.labels === undefined ? "mask" : "labels", levels: labels, warnings };
}

function maskText({ source, levels }: CropMask): string {
  if (source === "approximate") return "approximate (threshold)";
  const shown = levels.length > 12 ? `${levels.length} labels` : levels.join(", ");
  return `from the label map: ${shown}`;
}

async function runPrepare(path: string, flags: PrepareFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const force = flags.force ?? false;
  const names = ["volume.nii.gz", "mask.nii.gz", "prepare.json"].map((name) => `${flags.out}/${name}`);
  await checkOutputs(names, force);
  const ct = await loadVolume(path, "CT", dicomVolumeOptions(flags));
  const chosen = await cropMask(flags, ct);
  for (const warning of [...ct.warnings, ...chosen.warnings]) output.warn(warning);
  const cube = cropToLumbarCube(ct.volume, chosen.mask, { size: flags.size, marginMm: flags.marginMm });
  const document = {
    size: cube.volume.size,
    spacingMm: cube.spacingMm,
    marginMm: flags.marginMm,
    mask: chosen.source,
    ...(flags.labels !== undefined && { labels: flags.labels }),
    levelsInMask: chosen.levels,
    inputs: { volume: { sha256: ct.sha256 } },
    version: context.version,
  };
  const [volumePath, maskPath, documentPath] = names as [string, string, string];
  const files = [
    { path: volumePath, bytes: writeNifti(cube.volume, { type: "int16" }) },
    { path: maskPath, bytes: writeNifti(cube.mask, { type: "uint8" }) },
    { path: documentPath, bytes: formatJson(document) },
  ];
  await writeFiles(files, { force, signal });
  if (flags.json) output.result(formatJson({ ...document, files: names }).trimEnd());
  else {
    output.result(
      alignedLines([
        ["cube", `${cube.volume.size.join(" x ")} voxels of ${cube.spacingMm.toFixed(3)} mm`],
        ["mask", maskText(chosen)],
        ["written", names.join(", ")],
      ]),
    );
  }
}

/** `sopi prepare`: a CT cropped to the lumbar cube, with its mask. */
export function addPrepareCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("prepare")
    .description("Crop a CT to the cube around the lumbar spine and resample it to isotropic voxels.")
    .argument("<ct>", "CT in HU: NIfTI, NRRD, MetaImage, or a folder or zip of DICOM slices")
    .optionsGroup("Input:")
    .option("--mask <file>", "label map of the vertebrae (TotalSegmentator or VerSe numbers), or any mask")
    .addOption(
      new Option("--labels <list>", "labels to keep: lumbar, 27-31, 20-24, T12-L5 (default: all)").argParser(
        labelsOption,
      ),
    );
  addDicomVolumeOptions(command)
    .optionsGroup("Output:")
    .requiredOption("--out <folder>", "folder for volume.nii.gz, mask.nii.gz and prepare.json")
    .addOption(
      new Option("--size <voxels>", "voxels along each edge")
        .argParser(integerOption({ min: 8, max: 1024 }))
        .default(128),
    )
    .addOption(
      new Option("--margin-mm <mm>", "space around the mask")
        .argParser(numberOption({ min: 0, max: 500 }))
        .default(10),
    )
    .option("--force", "overwrite existing files")
    .option("--json", "print one JSON object on stdout")
    .action((path: string, flags: PrepareFlags) => runPrepare(path, flags, context));
}
