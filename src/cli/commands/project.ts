import { type Command, Option } from "commander";
import { usageError } from "../../errors.ts";
import type { Camera } from "../../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../../geometry/carm.ts";
import type { Mat4 } from "../../geometry/mat4.ts";
import { poseFromDegMm, zeroPose } from "../../geometry/pose.ts";
import { attenuationFromHu } from "../../image/attenuation.ts";
import { applyMask } from "../../image/mask.ts";
import type { Volume } from "../../image/volume.ts";
import { finiteRange } from "../../image/voxelData.ts";
import { writeNifti } from "../../io/nifti/writeNifti.ts";
import { writePng } from "../../io/png.ts";
import { type OutputFile, checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import type { CommandContext } from "../context.ts";
import { geometryJson, poseJson } from "../documents.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { loadGeometry, loadMask, loadStartPose, loadVolume } from "../inputs.ts";
import { type MachineFlags, addMachineOptions, openProjector } from "../machineOptions.ts";
import { labelsOption, numberListOption, numberOption } from "../optionParsers.ts";
import { frameOf } from "../phantomScene.ts";
import { alignedLines } from "../resultSummary.ts";

interface ProjectFlags extends MachineFlags {
  readonly geometry?: string;
  readonly pose?: string;
  readonly theta?: readonly number[];
  readonly mask?: string;
  readonly labels?: string;
  readonly muWater: number;
  readonly out: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** The name of an output without its ending, and the ending itself. */
function splitName(out: string): { base: string; ending: ".png" | ".nii.gz" } {
  const ending = /(\.png|\.nii\.gz)$/i.exec(out)?.[1]?.toLowerCase();
  if (ending === ".png" || ending === ".nii.gz") return { base: out.slice(0, -ending.length), ending };
  throw usageError({
    what: `--out ${out}`,
    got: "an unknown kind of file",
    expected: "a name that ends in .nii.gz or .png",
  });
}

async function poseOf(flags: ProjectFlags, frame: CarmFrame): Promise<Mat4> {
  if (flags.pose !== undefined && flags.theta) {
    throw usageError({ what: "Pose", got: "both --pose and --theta", expected: "one of them" });
  }
  if (flags.theta) {
    const [rxDeg = 0, ryDeg = 0, rzDeg = 0, txMm = 0, tyMm = 0, tzMm = 0] = flags.theta;
    return cameraFromPose(poseFromDegMm({ rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm }), frame);
  }
  const start = flags.pose === undefined ? "centre" : await loadStartPose(flags.pose, frame);
  return start === "centre" ? cameraFromPose(zeroPose, frame) : start;
}

/** Attenuation by the plain formula; values that are attenuation already, or mean nothing known, stay. */
function attenuationOf(volume: Volume, muWaterPerMm: number): Volume {
  return volume.quantity === "hu" ? attenuationFromHu(volume, { muWaterPerMm }) : volume;
}

/** The image itself; a PNG has a scale beside it that gives the line integrals back. */
function imageFiles(base: string, ending: string, drr: Float32Array, camera: Camera): OutputFile[] {
  const { width, height, pixelSpacingMm } = camera;
  if (ending === ".png") {
    const { bytes, scale } = writePng({ data: drr, width, height });
    const formula = "lineIntegral = minimum + pixel / 65535 * (maximum - minimum)";
    return [
      { path: `${base}.png`, bytes },
      { path: `${base}.scale.json`, bytes: formatJson({ ...scale, formula }) },
    ];
  }
  const [du, dv] = pixelSpacingMm;
  const worldFromVoxel = [du, 0, 0, 0, 0, dv, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const image: Volume = { data: drr, size: [width, height, 1], worldFromVoxel, quantity: "unknown" };
  return [{ path: `${base}.nii.gz`, bytes: writeNifti(image) }];
}

async function runProject(path: string, flags: ProjectFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const { base, ending } = splitName(flags.out);
  const force = flags.force ?? false;
  const sides = [".geometry.json", ".pose.json", ...(ending === ".png" ? [".scale.json"] : [])];
  await checkOutputs([flags.out, ...sides.map((side) => base + side)], force);
  const geometry = await loadGeometry(flags.geometry, path);
  const ct = await loadVolume(path, "Volume");
  for (const warning of ct.warnings) output.warn(warning);
  const frame = frameOf(ct.volume, geometry);
  const cameraFromWorld = await poseOf(flags, frame);
  const mask = flags.mask === undefined ? undefined : await loadMask(flags.mask, flags.labels, ct.volume);
  const shown = mask ? applyMask(ct.volume, mask.volume) : ct.volume;
  const projector = await openProjector(flags);
  try {
    const loaded = projector.load(attenuationOf(shown, flags.muWater));
    const drr = projector.drr(loaded, geometry.camera, cameraFromWorld);
    const files = [
      ...imageFiles(base, ending, drr, geometry.camera),
      { path: `${base}.geometry.json`, bytes: geometryJson(geometry) },
      { path: `${base}.pose.json`, bytes: poseJson(cameraFromWorld, frame) },
    ];
    await writeFiles(files, { force, signal });
    const range = finiteRange(drr);
    const names = files.map((file) => file.path);
    const { backend } = projector;
    if (flags.json) output.result(formatJson({ files: names, range, backend }).trimEnd());
    else {
      const shownRange = range.map((value) => value.toFixed(4)).join(" to ");
      output.result(
        alignedLines([
          ["line integrals", shownRange],
          ["backend", backend],
          ["written", names.join(", ")],
        ]),
      );
    }
  } finally {
    projector.dispose();
  }
}

/** `sopi project`: a DRR of a volume. */
export function addProjectCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("project")
    .description("Render a digitally reconstructed radiograph (line integrals of attenuation).")
    .argument("<volume>", "CT in HU, or attenuation in 1/mm")
    .optionsGroup("Input:")
    .option("--geometry <file>", "geometry.json, or the name of a preset")
    .option("--pose <file>", "pose.json or result.json (default: the volume's centre on the isocentre)")
    .addOption(
      new Option("--theta <rx,ry,rz,tx,ty,tz>", "the pose as numbers, degrees and mm").argParser(
        numberListOption(6),
      ),
    )
    .option("--mask <file>", "label map or mask; everything else becomes air")
    .addOption(
      new Option("--labels <list>", "labels of the mask to keep (default: all)").argParser(labelsOption),
    )
    .addOption(
      new Option("--mu-water <1/mm>", "attenuation of water")
        .argParser(numberOption({ min: 1e-4, max: 1 }))
        .default(0.02),
    );
  addMachineOptions(command)
    .optionsGroup("Output:")
    .requiredOption(
      "--out <file>",
      "drr.nii.gz (32-bit float) or drr.png (16 bit, its scale in a .scale.json)",
    )
    .option("--force", "overwrite existing files")
    .option("--json", "print one JSON object on stdout")
    .action((path: string, flags: ProjectFlags) => runProject(path, flags, context));
}
