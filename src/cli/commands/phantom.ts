import { join } from "node:path";
import { type Command, Option } from "commander";
import { throwIfAborted } from "../../errors.ts";
import { type View, views } from "../../geometry/carm.ts";
import { type Pose, poseFromDegMm } from "../../geometry/pose.ts";
import type { Radiograph } from "../../image/radiograph.ts";
import { writeNifti } from "../../io/nifti/writeNifti.ts";
import { writePng } from "../../io/png.ts";
import { type XrayPreset, xrayPresets } from "../../phantoms/xray/xrayPhysics.ts";
import { pause } from "../../pause.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import { createRandom } from "../../random.ts";
import type { CommandContext } from "../context.ts";
import { geometryJson, poseJson } from "../documents.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { integerOption, numberListOption, numberOption } from "../optionParsers.ts";
import { createPhantomScene, drawPose, phantomGeometry } from "../phantomScene.ts";

interface PhantomFlags {
  readonly out: string;
  readonly seed: number;
  readonly spacingMm: number;
  readonly field: "trunk" | "lumbar";
  readonly view: View;
  readonly detectorPx: number;
  readonly pose?: readonly number[];
  readonly physics: XrayPreset;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Poses of phantoms unless given: what a careful technician still leaves. */
const usualRange = { rotationDeg: 10, inPlaneMm: 15, depthMm: 30 };

/** A 16-bit PNG of detected intensities as they are; a float image in 0..1 fills the range. */
function intensityPng(radiograph: Radiograph): Uint8Array {
  const counts = radiograph.data.some((value) => value > 1);
  return writePng(radiograph, { range: counts ? [0, 65535] : [0, 1] }).bytes;
}

function poseOf(flags: PhantomFlags): Pose {
  if (!flags.pose) return drawPose(createRandom(flags.seed).fork("pose"), usualRange);
  const [rxDeg = 0, ryDeg = 0, rzDeg = 0, txMm = 0, tyMm = 0, tzMm = 0] = flags.pose;
  return poseFromDegMm({ rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm });
}

async function runPhantom(flags: PhantomFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const path = (name: string): string => join(flags.out, name);
  const names = ["ct.nii.gz", "labels.nii.gz", "xray.png", "geometry.json", "truth.json"];
  await checkOutputs(names.map(path), flags.force ?? false);
  output.note(`Building a phantom and its X-ray, seed ${flags.seed}`);
  await pause();
  const geometry = phantomGeometry(flags.view, flags.detectorPx);
  const { seed, spacingMm, field, physics } = flags;
  const scene = createPhantomScene({ seed, spacingMm, field, geometry, physics, pose: poseOf(flags) });
  const { phantom, xray, frame, cameraFromWorld } = scene;
  await pause();
  throwIfAborted(signal);
  await writeFiles(
    [
      { path: path("ct.nii.gz"), bytes: writeNifti(phantom.ct) },
      { path: path("labels.nii.gz"), bytes: writeNifti(phantom.labels) },
      { path: path("xray.png"), bytes: intensityPng(xray.radiograph) },
      { path: path("geometry.json"), bytes: geometryJson(geometry) },
      { path: path("truth.json"), bytes: poseJson(cameraFromWorld, frame, { seed }) },
    ],
    { force: flags.force ?? false, signal },
  );
  if (flags.json)
    output.result(formatJson({ seed, size: phantom.ct.size, files: names.map(path) }).trimEnd());
  else output.result([`seed  ${seed}`, ...names.map(path)].join("\n"));
}

/** `sopi phantom`: a synthetic patient with a CT, labels and an X-ray of known pose. */
export function addPhantomCommand(program: Command, context: CommandContext): void {
  program
    .command("phantom")
    .description("Make a lumbar phantom: CT, vertebra labels, and an X-ray of known pose.")
    .optionsGroup("Phantom:")
    .addOption(
      new Option("--seed <n>", "seed of anatomy, pose and noise").argParser(integerOption()).default(1),
    )
    .addOption(
      new Option("--spacing-mm <mm>", "voxel spacing")
        .argParser(numberOption({ min: 0.5, max: 10 }))
        .default(2.5),
    )
    .addOption(
      new Option("--field <name>", "the whole trunk, or a cube around the lumbar spine")
        .choices(["trunk", "lumbar"])
        .default("trunk"),
    )
    .optionsGroup("X-ray:")
    .addOption(new Option("--view <name>", "reference view").choices(views).default("AP"))
    .addOption(
      new Option("--detector-px <n>", "pixels along each side of the 204 mm detector")
        .argParser(integerOption({ min: 16, max: 2048 }))
        .default(256),
    )
    .addOption(
      new Option(
        "--pose <rx,ry,rz,tx,ty,tz>",
        "true pose in degrees and mm (default: drawn from the seed)",
      ).argParser(numberListOption(6)),
    )
    .addOption(
      new Option("--physics <name>", "how the X-ray is taken").choices(xrayPresets).default("default"),
    )
    .optionsGroup("Output:")
    .requiredOption(
      "--out <folder>",
      "folder for ct.nii.gz, labels.nii.gz, xray.png, geometry.json, truth.json",
    )
    .option("--force", "overwrite existing files")
    .option("--json", "print one JSON object on stdout")
    .action((flags: PhantomFlags) => runPhantom(flags, context));
}
