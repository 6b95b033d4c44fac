import type { Command } from "commander";
import { formatJson } from "../../io/jsonDocument.ts";
import type { CommandContext } from "../context.ts";
import {
  type PairInspection,
  inspectDicomVolume,
  inspectDicomXray,
  inspectPair,
} from "../dicomInspection.ts";
import {
  type DicomVolumeFlags,
  type DicomXrayFlags,
  addDicomVolumeOptions,
  addDicomXrayOptions,
  dicomVolumeOptions,
  dicomXrayOptions,
} from "../dicomOptions.ts";
import { type DicomChoices, type LoadedVolume, type LoadedXray, loadImage } from "../inputs.ts";
import { inspectVolume, inspectXray, volumeLines, xrayLines } from "../inspection.ts";
import { type SummaryRow, alignedLines } from "../resultSummary.ts";

interface InspectFlags extends DicomVolumeFlags, DicomXrayFlags {
  readonly json?: boolean;
  readonly showPhi?: boolean;
}

/** One image, for people and for programs. */
interface Inspected {
  readonly rows: readonly SummaryRow[];
  readonly fields: object;
}

function inspectLoaded(image: LoadedVolume | LoadedXray): Inspected {
  if ("volume" in image) {
    const dicom = image.dicom && inspectDicomVolume(image.dicom);
    return {
      rows: [["kind", "volume"], ...volumeLines(image.volume, image.spacingKnown), ...(dicom?.rows ?? [])],
      fields: { ...inspectVolume(image.volume, image.spacingKnown), ...(dicom && { dicom: dicom.fields }) },
    };
  }
  const dicom = image.dicom && inspectDicomXray(image.dicom);
  const lines = xrayLines(image.radiograph).filter(([label]) => !dicom || label !== "pixel spacing");
  return {
    rows: [["kind", "x-ray"], ...lines, ...(dicom?.rows ?? [])],
    fields: { ...inspectXray(image.radiograph), ...(dicom && { dicom: dicom.fields }) },
  };
}

function pairRow({ registrable, missing }: PairInspection): SummaryRow {
  const wanted = missing.map(({ option, reason }) => `${option} (${reason})`).join("; ");
  return ["registration", registrable ? "possible as it is" : `needs ${wanted}`];
}

async function runInspect(
  paths: readonly string[],
  flags: InspectFlags,
  context: CommandContext,
): Promise<void> {
  const phi = flags.showPhi ? { showPhi: true } : {};
  const choices: DicomChoices = {
    volume: { ...dicomVolumeOptions(flags), ...phi },
    xray: { ...dicomXrayOptions(flags), ...phi },
  };
  const images: (LoadedVolume | LoadedXray)[] = [];
  const texts: string[] = [];
  const objects: object[] = [];
  for (const path of paths) {
    const image = await loadImage(path, choices);
    images.push(image);
    const { format, warnings, sha256 } = image;
    const { rows, fields } = inspectLoaded(image);
    objects.push({ file: path, format, ...fields, sha256, warnings });
    const noted = warnings.map((text): SummaryRow => ["warning", text]);
    texts.push(`${path}\n${alignedLines([["format", format], ...rows, ...noted])}`);
  }
  const volume = images.find((image): image is LoadedVolume => "volume" in image);
  const xray = images.find((image): image is LoadedXray => "radiograph" in image);
  const pair = images.length === 2 && volume && xray ? inspectPair(volume, xray) : undefined;
  if (pair) texts.push(alignedLines([pairRow(pair)]));
  const document = { files: objects, ...(pair && { pair }) };
  context.output.result(flags.json ? formatJson(document).trimEnd() : texts.join("\n\n"));
}

/** `sopi inspect`: what the program understands of a file. */
export function addInspectCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("inspect")
    .description(
      "Say what was understood of images: axes, spacing, values, where numbers came from, warnings.",
    )
    .argument(
      "<file...>",
      "volumes, label maps, X-rays, folders of DICOM slices; a CT and an X-ray as a pair",
    );
  addDicomXrayOptions(addDicomVolumeOptions(command))
    .option("--json", "print one JSON object on stdout")
    .option("--show-phi", "also print names, dates and UIDs of DICOM files")
    .action((paths: string[], flags: InspectFlags) => runInspect(paths, flags, context));
}
