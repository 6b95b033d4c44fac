import type { Command } from "commander";
import type { ImagingGeometry } from "../../geometry/presets.ts";
import { completeGeometry, givenGeometry } from "../../io/dicom/completeGeometry.ts";
import type { DicomRadiograph } from "../../io/dicom/index.ts";
import { geometryDocument } from "../../io/geometryFile.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import type { CommandContext } from "../context.ts";
import {
  type PairInspection,
  inspectDicomVolume,
  inspectDicomXray,
  inspectPair,
  volumeSources,
} from "../dicomInspection.ts";
import {
  type DicomVolumeFlags,
  type DicomXrayFlags,
  addDicomVolumeOptions,
  addDicomXrayOptions,
  dicomVolumeOptions,
  dicomXrayOptions,
} from "../dicomOptions.ts";
import { type DicomChoices, type LoadedVolume, type LoadedXray, loadGeometry, loadImage } from "../inputs.ts";
import {
  gridSources,
  inspectVolume,
  inspectXray,
  shortNumber,
  volumeLines,
  xrayLines,
} from "../inspection.ts";
import { type SummaryRow, alignedLines } from "../resultSummary.ts";
import { type XrayGeometryFlags, addXrayGeometryOptions, overridesOf } from "../xrayGeometry.ts";

interface InspectFlags extends DicomVolumeFlags, DicomXrayFlags, XrayGeometryFlags {
  readonly json?: boolean;
  readonly showPhi?: boolean;
}

/** One image, for people and for programs. */
interface Inspected {
  readonly rows: readonly SummaryRow[];
  readonly fields: object;
}

function inspectLoadedVolume(image: LoadedVolume): Inspected {
  const { volume, spacingKnown, gridSource } = image;
  const dicom = image.dicom && inspectDicomVolume(image.dicom);
  const sources = image.dicom ? volumeSources(image.dicom) : gridSources(gridSource);
  return {
    rows: [["kind", "volume"], ...(dicom?.rows ?? []), ...volumeLines(volume, spacingKnown, sources)],
    fields: {
      ...inspectVolume(volume, spacingKnown),
      ...(gridSource !== undefined && { gridSource }),
      ...(dicom && { dicom: dicom.fields }),
    },
  };
}

/** `geometry` is the one of --geometry; without it a DICOM X-ray may carry one. */
function inspectLoadedXray(image: LoadedXray, geometry: ImagingGeometry | undefined): Inspected {
  const dicom = image.dicom && inspectDicomXray(image.dicom);
  const lines = xrayLines(image.radiograph).filter(([label]) => !dicom || label !== "pixel spacing");
  const camera = geometry ?? (image.dicom && geometryOf(image.dicom));
  const isocentreKnown = geometry !== undefined || image.dicom?.geometry.sourceToIsocentreMm !== undefined;
  return {
    rows: [
      ["kind", "x-ray"],
      ...lines,
      ...(dicom?.rows ?? []),
      ...(camera ? [["camera", cameraText(camera, isocentreKnown)] as const] : []),
    ],
    fields: {
      ...inspectXray(image.radiograph),
      ...(dicom && { dicom: dicom.fields }),
      ...(camera && { geometry: geometryDocument(camera) }),
    },
  };
}

/** The geometry that `register` would use; undefined where numbers are missing. */
function geometryOf({ geometry }: DicomRadiograph): ImagingGeometry | undefined {
  return geometry.missing.some(({ needed }) => needed === "to register")
    ? undefined
    : completeGeometry(geometry);
}

function cameraText({ camera, sourceToIsocentreMm, view }: ImagingGeometry, isocentreKnown: boolean): string {
  const { sourceToDetectorMm, pixelSpacingMm, principalPointPx } = camera;
  const spacing = pixelSpacingMm.map(shortNumber).join(" x ");
  const principal = principalPointPx.map(shortNumber).join(", ");
  const sid = `${shortNumber(sourceToIsocentreMm)} mm to the isocentre${isocentreKnown ? "" : " (assumed)"}`;
  return `${shortNumber(sourceToDetectorMm)} mm to pixels of ${spacing} mm, ${sid}, principal ray at pixel (${principal}), view ${view}`;
}

function pairRow({ registrable, missing, startFromDicom }: PairInspection): SummaryRow {
  if (!registrable) {
    const wanted = missing.map(({ option, reason }) => `${option} (${reason})`).join("; ");
    return ["registration", `needs ${wanted}`];
  }
  const start = startFromDicom
    ? "--init dicom gives a start"
    : "--init landmarks or a pose.json gives a start";
  return ["registration", `possible as it is; ${start}`];
}

/** The file with the numbers of --sdd, --sid and --pixel-spacing in what its attributes say. */
function withGiven(image: LoadedVolume | LoadedXray, flags: InspectFlags): LoadedVolume | LoadedXray {
  if ("volume" in image || !image.dicom) return image;
  const geometry = givenGeometry(image.dicom.geometry, overridesOf(flags));
  return { ...image, dicom: { ...image.dicom, geometry } };
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
  const geometry = flags.geometry === undefined ? undefined : await loadGeometry(flags.geometry, "the X-ray");
  const images: (LoadedVolume | LoadedXray)[] = [];
  const texts: string[] = [];
  const objects: object[] = [];
  for (const path of paths) {
    const image = withGiven(await loadImage(path, choices), flags);
    images.push(image);
    const { format, warnings, sha256 } = image;
    const isVolume = "volume" in image;
    const { rows, fields } = isVolume ? inspectLoadedVolume(image) : inspectLoadedXray(image, geometry);
    objects.push({ file: path, format, ...fields, sha256, warnings });
    const noted = warnings.map((text): SummaryRow => ["warning", text]);
    texts.push(`${path}\n${alignedLines([["format", format], ...rows, ...noted])}`);
  }
  const volume = images.find((image): image is LoadedVolume => "volume" in image);
  const xray = images.find((image): image is LoadedXray => "radiograph" in image);
  const pair = images.length === 2 && volume && xray ? inspectPair(volume, xray, geometry) : undefined;
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
    )
    .optionsGroup("Input:");
  addDicomXrayOptions(addDicomVolumeOptions(addXrayGeometryOptions(command)))
    .optionsGroup("Output:")
    .option("--json", "print one JSON object on stdout")
    .option("--show-phi", "also print names, dates and UIDs of DICOM files")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  sopi inspect ct-folder xray.dcm",
        "  sopi inspect ct-folder xray.dcm --sdd 1000 --pixel-spacing 0.2,0.2",
      ].join("\n"),
    )
    .action((paths: string[], flags: InspectFlags) => runInspect(paths, flags, context));
}
