import { type Command, Option } from "commander";
import { usageError } from "../../errors.ts";
import type { CarmFrame } from "../../geometry/carm.ts";
import { type ImagingGeometry, isocentreRatio } from "../../geometry/presets.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import { volumeCentreMm } from "../../image/volume.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { writeProjectedLandmarks } from "../../io/landmarksCsv.ts";
import { writePoseCsv } from "../../io/poseCsv.ts";
import { viewDocument } from "../../io/viewDocument.ts";
import { type ReadView, parseView } from "../../io/viewFile.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import { readTextFile } from "../../platform/node/imageFiles.ts";
import type { CommandContext } from "../context.ts";
import { loadGeometry, loadVolume } from "../inputs.ts";
import { loadLandmarks } from "../landmarkStart.ts";
import { numberListOption } from "../optionParsers.ts";
import { landmarksInPicture, movedLandmarks, poseTransform } from "../poseExports.ts";

interface ConvertFlags {
  readonly geometry?: string;
  readonly ct?: string;
  readonly centre?: readonly number[];
  readonly landmarks?: string;
  readonly out?: string;
  readonly force?: boolean;
}

async function centreOf(flags: ConvertFlags): Promise<Vec3 | undefined> {
  if (flags.centre) {
    const [x = 0, y = 0, z = 0] = flags.centre;
    return [x, y, z];
  }
  return flags.ct === undefined ? undefined : volumeCentreMm((await loadVolume(flags.ct, "CT")).volume);
}

/** The frame that theta and the isocentre refer to: the user's, then the document's, then what the preset implies. */
function frameOfView(
  view: ReadView,
  geometry: ImagingGeometry | undefined,
  centreMm: Vec3 | undefined,
): CarmFrame {
  const { stated, camera } = view;
  return {
    view: geometry?.view ?? stated.view ?? "AP",
    centreMm: centreMm ?? stated.centreMm ?? [0, 0, 0],
    sourceToIsocentreMm:
      geometry?.sourceToIsocentreMm ??
      stated.sourceToIsocentreMm ??
      isocentreRatio * camera.sourceToDetectorMm,
  };
}

async function rendered(view: ReadView, frame: CarmFrame, flags: ConvertFlags): Promise<string> {
  const ending = /\.(mrk\.json|json|tfm|csv)$/i.exec(flags.out ?? ".json")?.[1]?.toLowerCase();
  if (ending === "json") return formatJson(viewDocument(view, frame));
  if (ending === "tfm") return poseTransform(view.cameraFromWorld);
  if (ending === "csv" && flags.landmarks === undefined) return writePoseCsv(view.cameraFromWorld);
  if (ending === undefined || flags.landmarks === undefined) {
    throw usageError({
      what: `--out ${flags.out}`,
      got: ending === undefined ? "an unknown kind of file" : "no --landmarks",
      expected: "a name ending in .json, .tfm or .csv, or in .csv or .mrk.json with --landmarks",
    });
  }
  const { landmarks } = await loadLandmarks(flags.landmarks);
  const { camera, cameraFromWorld, mirrored } = view;
  if (ending === "mrk.json") return movedLandmarks(landmarks, cameraFromWorld);
  return writeProjectedLandmarks(landmarksInPicture(landmarks, camera, cameraFromWorld, mirrored));
}

async function runConvert(path: string, flags: ConvertFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const force = flags.force ?? false;
  if (flags.out !== undefined) await checkOutputs([flags.out], force);
  const geometry = flags.geometry === undefined ? undefined : await loadGeometry(flags.geometry, path);
  const centreMm = await centreOf(flags);
  const text = await readTextFile(path, { what: "View" });
  const view = parseView(text, { ...(geometry && { geometry }), ...(centreMm && { centreMm }) }, path);
  if (view.mirrored) {
    const where =
      view.form === "diffDrr" ? "DiffDRR's PA pictures are mirrored" : "The X-ray is stored mirrored";
    output.warn(`${where}: its column u is column width - 1 - u of this camera`);
  }
  const document = await rendered(view, frameOfView(view, geometry, centreMm), flags);
  if (flags.out === undefined) output.result(document.trimEnd());
  else {
    await writeFiles([{ path: flags.out, bytes: document }], { force, signal });
    output.result(`written  ${flags.out}`);
  }
}

/** `sopi convert`: one view in every convention. */
export function addConvertCommand(program: Command, context: CommandContext): void {
  program
    .command("convert")
    .description("Convert a pose or calibration between conventions, or export it for other programs.")
    .argument(
      "<view>",
      "pose.json, result.json, 3x4 or 11-parameter projection, C-arm angles, plastimatch, DiffDRR, .tfm, .csv",
    )
    .optionsGroup("Input:")
    .option("--geometry <file>", "geometry.json or preset, for views that are a pose alone")
    .option("--ct <file>", "the CT, whose centre is the isocentre at zero pose")
    .addOption(
      new Option("--centre <x,y,z>", "that centre as numbers, LPS mm")
        .argParser(numberListOption(3))
        .conflicts("ct"),
    )
    .option("--landmarks <file>", "landmarks of the CT: Slicer .mrk.json or CSV")
    .optionsGroup("Output:")
    .option(
      "--out <file>",
      "all conventions (.json, default on stdout), ITK .tfm, matrix .csv; with --landmarks their projections .csv, or moved .mrk.json",
    )
    .option("--force", "overwrite an existing file")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  sopi convert result/result.json --out pose.tfm",
        "  sopi convert projection.json --ct ct.nii.gz",
        "  sopi convert result/result.json --landmarks ct.mrk.json --out projected.csv",
      ].join("\n"),
    )
    .action((path: string, flags: ConvertFlags) => runConvert(path, flags, context));
}
