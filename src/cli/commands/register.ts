import { type Command, Option } from "commander";
import { usageError } from "../../errors.ts";
import { resultDocument } from "../../evaluation/resultDocument.ts";
import type { CarmFrame } from "../../geometry/carm.ts";
import type { Mat4 } from "../../geometry/mat4.ts";
import type { ImagingGeometry } from "../../geometry/presets.ts";
import type { RadiographKind } from "../../image/radiograph.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import type { Landmark } from "../../io/landmark.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import { registrationMethod, registrationMethods } from "../../registration/methods.ts";
import type { InitialSource } from "../../registration/result.ts";
import type { CommandContext } from "../context.ts";
import {
  type DicomVolumeFlags,
  type DicomXrayFlags,
  addDicomVolumeOptions,
  addDicomXrayOptions,
  dicomVolumeOptions,
  dicomXrayOptions,
} from "../dicomOptions.ts";
import { loadInitialiserFile } from "../initialiserFile.ts";
import { type LoadedXray, dicomStartPose, loadMask, loadStartPose, loadVolume, loadXray } from "../inputs.ts";
import { landmarkStart, loadLandmarks } from "../landmarkStart.ts";
import { type MachineFlags, addMachineOptions, openProjector } from "../machineOptions.ts";
import { integerOption, labelsOption, numberListOption, requireMaskOfLabels } from "../optionParsers.ts";
import { frameOf } from "../phantomScene.ts";
import { type PictureCoordinates, pictureCoordinates } from "../pictureCoordinates.ts";
import { poseExportPaths, poseExports } from "../poseExports.ts";
import { registrationFiles, registrationPaths } from "../registrationFiles.ts";
import { type RegistrationJob, exitCodeOfStatus, runRegistration } from "../registrationJob.ts";
import { alignedLines, resultRows, writtenRow } from "../resultSummary.ts";
import { type XrayGeometryFlags, addXrayGeometryOptions, xrayGeometry } from "../xrayGeometry.ts";

interface RegisterFlags extends MachineFlags, XrayGeometryFlags, DicomVolumeFlags, DicomXrayFlags {
  readonly init: string;
  readonly mask?: string;
  readonly labels?: string;
  readonly landmarks?: string;
  readonly xrayKind: "auto" | RadiographKind;
  readonly method: string;
  readonly initialiser?: string;
  readonly range?: readonly number[];
  readonly seed: number;
  readonly out: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** A start pose with what was noticed on the way. */
interface Start {
  readonly initial: Mat4 | "centre";
  readonly source?: InitialSource;
  /** Those of the CT, where the start came from landmarks. */
  readonly landmarks?: readonly Landmark[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** Everything read from files, and what was noticed on the way. */
interface RegisterInputs {
  readonly notes: readonly string[];
  readonly job: Omit<RegistrationJob, "projector">;
  readonly warnings: readonly string[];
  readonly picture: PictureCoordinates;
  /** Landmarks of the CT whose projections are written. */
  readonly landmarks?: readonly Landmark[];
  readonly volumeSha256: string;
  readonly xraySha256: string;
  readonly initialiserSha256?: string;
}

/** Checks the weights of --initialiser; a method that would not look at them is wrong usage. */
async function checkedInitialiser(path: string, method: string): Promise<{ readonly sha256: string }> {
  if (registrationMethod(method).needs?.includes("rtpi")) return loadInitialiserFile(path);
  const able = registrationMethods.filter(({ needs }) => needs?.includes("rtpi")).map(({ name }) => name);
  throw usageError({
    what: "--initialiser",
    got: `the method ${method}, which has none`,
    expected: `--method ${able.join(", ")}`,
  });
}

async function loadStart(
  flags: RegisterFlags,
  landmarkPaths: readonly string[],
  xray: LoadedXray,
  geometry: ImagingGeometry,
  frame: CarmFrame,
): Promise<Start> {
  const plain = { warnings: [], notes: [] };
  if (flags.init === "landmarks") {
    const { pose, ...rest } = await landmarkStart(landmarkPaths, xray, geometry.camera);
    return { initial: pose.cameraFromWorld, source: "landmarks", ...rest };
  }
  if (landmarkPaths.length > 0) {
    throw usageError({
      what: "Arguments",
      got: `${landmarkPaths.length} more than the CT and the X-ray`,
      expected: "two files, and landmarks only with --init landmarks",
    });
  }
  if (flags.init !== "dicom") return { ...plain, initial: await loadStartPose(flags.init, frame) };
  const { cameraFromWorld, warnings } = dicomStartPose(xray, geometry, frame.centreMm);
  return { ...plain, initial: cameraFromWorld, source: "dicom", warnings };
}

async function loadInputs(
  ctPath: string,
  xrayPath: string,
  landmarkPaths: readonly string[],
  flags: RegisterFlags,
): Promise<RegisterInputs> {
  requireMaskOfLabels(flags);
  const initialiser =
    flags.initialiser === undefined ? undefined : await checkedInitialiser(flags.initialiser, flags.method);
  const kind = flags.xrayKind === "auto" ? undefined : flags.xrayKind;
  const xray = await loadXray(xrayPath, kind, { ...dicomXrayOptions(flags), hideUnexposed: true });
  const geometry = await xrayGeometry(flags, xray, xrayPath);
  const ct = await loadVolume(ctPath, "CT", dicomVolumeOptions(flags));
  const mask = flags.mask === undefined ? undefined : await loadMask(flags.mask, flags.labels, ct.volume);
  const start = await loadStart(flags, landmarkPaths, xray, geometry, frameOf(ct.volume, geometry));
  const given = flags.landmarks === undefined ? undefined : await loadLandmarks(flags.landmarks);
  const landmarks = given?.landmarks ?? start.landmarks;
  const [rotationDeg = 0, inPlaneMm = 0, depthMm = 0] = flags.range ?? [];
  return {
    picture: pictureCoordinates(xray),
    ...(landmarks && { landmarks }),
    job: {
      volume: ct.volume,
      radiograph: xray.radiograph,
      geometry,
      method: flags.method,
      initial: start.initial,
      ...(start.source && { initialSource: start.source }),
      seed: flags.seed,
      ...(mask && { mask: mask.volume }),
      ...(flags.range && { range: { rotationDeg, inPlaneMm, depthMm } }),
      ...(kind && { xrayKind: kind }),
      ...(flags.initialiser !== undefined && { initialiserPath: flags.initialiser }),
    },
    warnings: [
      ...ct.warnings,
      ...xray.warnings,
      ...(mask?.warnings ?? []),
      ...start.warnings,
      ...(given?.warnings ?? []).map(({ message }) => message),
    ],
    notes: start.notes,
    volumeSha256: ct.sha256,
    xraySha256: xray.sha256,
    ...(initialiser && { initialiserSha256: initialiser.sha256 }),
  };
}

async function runRegister(
  ctPath: string,
  xrayPath: string,
  landmarkPaths: readonly string[],
  flags: RegisterFlags,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const force = flags.force ?? false;
  const withLandmarks = flags.landmarks !== undefined || flags.init === "landmarks";
  const exportPaths = poseExportPaths(flags.out, withLandmarks);
  await checkOutputs([...registrationPaths(flags.out), ...exportPaths], force);
  const loadStart = performance.now();
  const inputs = await loadInputs(ctPath, xrayPath, landmarkPaths, flags);
  const loadMs = performance.now() - loadStart;
  for (const warning of inputs.warnings) output.warn(warning);
  for (const note of inputs.notes) output.note(note);
  const projector = await openProjector(flags);
  try {
    output.note(`Registering with ${flags.method} on ${projector.backend}, seed ${flags.seed}`);
    const result = await runRegistration({ ...inputs.job, projector }, context);
    for (const warning of result.warnings) output.warn(warning);
    const { volumeSha256, xraySha256, initialiserSha256, warnings, picture } = inputs;
    const resultContext = {
      version: context.version,
      ...{ loadMs, volumeSha256, xraySha256, warnings },
      xrayMirrored: picture.mirrored,
      ...(initialiserSha256 !== undefined && { initialiserSha256 }),
    };
    const files = [
      ...registrationFiles(flags.out, { ...inputs.job, result, context: resultContext, projector }),
      ...poseExports(flags.out, result, picture, inputs.landmarks),
    ];
    await writeFiles(files, { force, signal });
    if (flags.json) output.result(formatJson(resultDocument(result, resultContext)).trimEnd());
    else output.result(alignedLines([...resultRows(result), writtenRow(files.map((file) => file.path))]));
    context.setExitCode(exitCodeOfStatus(result.status));
  } finally {
    projector.dispose();
  }
}

/** `sopi register`: a CT and an X-ray in, the pose out. */
export function addRegisterCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("register")
    .description("Find the pose in which the CT explains the X-ray.")
    .argument("<ct>", "CT in HU: NIfTI, NRRD, MetaImage, or a folder of DICOM slices")
    .argument("<xray>", "X-ray: PNG, PFM, NPY, NIfTI, NRRD, MetaImage or DICOM")
    .argument("[landmarks...]", "with --init landmarks: the landmarks of the CT, then those of the X-ray")
    .optionsGroup("Input:");
  addDicomXrayOptions(addDicomVolumeOptions(addXrayGeometryOptions(command)))
    .option(
      "--init <file>",
      "start pose: pose.json, a result.json, `dicom`, `landmarks`, or `centre`",
      "centre",
    )
    .option("--mask <file>", "label map or mask of the voxels to compare (a segmented spine)")
    .addOption(
      new Option(
        "--labels <list>",
        "labels of the mask to keep: 27-31, lumbar, T12-L5 (default: all)",
      ).argParser(labelsOption),
    )
    .addOption(
      new Option("--xray-kind <kind>", "what pixels mean")
        .choices(["auto", "intensity", "line-integral"])
        .default("auto"),
    )
    .optionsGroup("Method:")
    .addOption(
      new Option("--method <name>", "how to register")
        .choices(registrationMethods.map((method) => method.name))
        .default("opt-gc"),
    )
    .option(
      "--initialiser <file>",
      "weights of the pose initialiser, as `sopi train rtpi` writes them (default: the shipped ones)",
    )
    .addOption(
      new Option(
        "--range <deg,mm,depth-mm>",
        "how far from the start the pose may lie: rotation, in-plane, depth (default: near first, then wider, at last far)",
      ).argParser(numberListOption(3)),
    )
    .addOption(new Option("--seed <n>", "seed of every random choice").argParser(integerOption()).default(1));
  addMachineOptions(command)
    .optionsGroup("Output:")
    .requiredOption(
      "--out <folder>",
      "folder for result.json, overlay.png, report.html, pictures/ and pose.tfm (ITK, Slicer)",
    )
    .option(
      "--landmarks <file>",
      "landmarks of the CT (Slicer .mrk.json or CSV) to project: landmarks.csv and .mrk.json; those of --init landmarks by default",
    )
    .option("--force", "overwrite existing files")
    .option("--json", "print result.json on stdout instead of a summary")
    .addHelpText(
      "after",
      [
        "\nMethods:",
        ...registrationMethods.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`),
        "\nExamples:",
        "  sopi register ct.nii.gz xray.png --geometry geometry.json --out result",
        "  sopi register ct.nii.gz xray.png --geometry perlove-plx118f --init pose.json \\",
        "    --mask vertebrae.nii.gz --labels lumbar --out result --json > result.json",
        "  sopi register ct-folder xray.dcm --sdd 1000 --pixel-spacing 0.22,0.22 --init dicom --out result",
        "  sopi register ct.nii.gz xray.dcm --init landmarks ct.mrk.json xray.json --out result",
      ].join("\n"),
    )
    .action((ct: string, xray: string, landmarks: string[], flags: RegisterFlags) =>
      runRegister(ct, xray, landmarks, flags, context),
    );
}
