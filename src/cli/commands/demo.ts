import { type Command, Option } from "commander";
import { type PoseErrors, poseErrors } from "../../evaluation/poseErrors.ts";
import { resultDocument } from "../../evaluation/resultDocument.ts";
import { cameraFromPose } from "../../geometry/carm.ts";
import { type Mat4, toRows, transformPoint } from "../../geometry/mat4.ts";
import { poseToDegMm } from "../../geometry/pose.ts";
import type { Vec3 } from "../../geometry/vec3.ts";
import type { Volume } from "../../image/volume.ts";
import { pause } from "../../pause.ts";
import { sha256 } from "../../platform/node/fileReader.ts";
import { checkOutputs, writeFiles } from "../../platform/node/fileWriter.ts";
import { createNodeProjector } from "../../platform/node/projector.ts";
import { createRandom } from "../../random.ts";
import { registrationMethods } from "../../registration/methods.ts";
import type { CommandContext } from "../context.ts";
import { formatJson } from "../../io/jsonDocument.ts";
import { integerOption } from "../optionParsers.ts";
import { type PhantomScene, createPhantomScene, drawPose, phantomGeometry } from "../phantomScene.ts";
import { registrationFiles, registrationPaths } from "../registrationFiles.ts";
import { exitCodeOfStatus, runRegistration } from "../registrationJob.ts";
import { alignedLines, errorRows, resultRows, writtenRow } from "../resultSummary.ts";

interface DemoFlags {
  readonly out: string;
  readonly seed: number;
  readonly method: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

const truthRange = { rotationDeg: 8, inPlaneMm: 15, depthMm: 30 };
/** Offsets of the start from the truth that reproduce the "Initial" row of the paper's Table 1. */
const startRange = { rotationDeg: 13, inPlaneMm: 30, depthMm: 30 };
const voxelMm = 2.5;

/** World positions (mm) of every `stride`-th voxel of the vertebrae L1 to L5. */
function lumbarTargets(labels: Volume, stride = 16): Vec3[] {
  const [nx, ny] = labels.size;
  const targets: Vec3[] = [];
  let count = 0;
  labels.data.forEach((label, i) => {
    if (label < 27 || label > 31 || count++ % stride !== 0) return;
    const voxel: Vec3 = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
    targets.push(transformPoint(labels.worldFromVoxel, voxel));
  });
  return targets;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The scene, and a start pose away from its truth; all from the seed. */
function createDemoCase(seed: number): {
  scene: PhantomScene;
  start: Mat4;
  geometry: ReturnType<typeof phantomGeometry>;
} {
  const random = createRandom(seed).fork("demo");
  const geometry = phantomGeometry("AP", 256);
  const pose = drawPose(random.fork("truth"), truthRange);
  const scene = createPhantomScene({
    seed,
    spacingMm: voxelMm,
    field: "trunk",
    geometry,
    physics: "default",
    pose,
  });
  const start = cameraFromPose(drawPose(random.fork("start"), startRange, poseToDegMm(pose)), scene.frame);
  return { scene, start, geometry };
}

async function runDemo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  await checkOutputs(registrationPaths(flags.out), flags.force ?? false);
  output.note(`Making a lumbar phantom CT and a noisy X-ray of known pose, seed ${flags.seed}`);
  await pause();
  const loadStart = performance.now();
  const { scene, start, geometry } = createDemoCase(flags.seed);
  const { phantom, xray, frame, cameraFromWorld } = scene;
  const loadMs = performance.now() - loadStart;
  const pair = { volume: phantom.ct, radiograph: xray.radiograph };
  const projector = await createNodeProjector();
  try {
    output.note(`Registering with ${flags.method} on ${projector.backend}`);
    const job = { ...pair, geometry, projector, method: flags.method, initial: start, seed: flags.seed };
    const result = await runRegistration(job, context);
    const targets = lumbarTargets(phantom.labels);
    const errorsOf = (estimate: Mat4): PoseErrors =>
      poseErrors({ estimate, truth: cameraFromWorld }, targets, geometry.camera, frame);
    const truth = { cameraFromWorld, before: errorsOf(start), after: errorsOf(result.cameraFromWorld) };
    const resultContext = {
      version: context.version,
      loadMs,
      volumeSha256: sha256(bytesOf(phantom.ct.data)),
      xraySha256: sha256(bytesOf(xray.radiograph.data)),
    };
    const files = registrationFiles(flags.out, { ...pair, result, context: resultContext, projector, truth });
    await writeFiles(files, { force: flags.force ?? false, signal });
    if (flags.json) {
      const known = {
        cameraFromWorld: toRows(cameraFromWorld),
        initialError: truth.before,
        error: truth.after,
      };
      output.result(formatJson({ ...resultDocument(result, resultContext), truth: known }).trimEnd());
    } else {
      const errors = errorRows(truth.before, truth.after);
      const written = writtenRow(files.map((file) => file.path));
      output.result(alignedLines([...resultRows(result), ...errors, written]));
    }
    context.setExitCode(exitCodeOfStatus(result.status));
  } finally {
    projector.dispose();
  }
}

/** `sopi demo`: the whole road on a phantom, with the true error at its end. */
export function addDemoCommand(program: Command, context: CommandContext): void {
  program
    .command("demo")
    .description("Register a lumbar phantom to a noisy X-ray of known pose and print the true error.")
    .optionsGroup("Case:")
    .addOption(
      new Option("--seed <n>", "seed of anatomy, poses, noise and search")
        .argParser(integerOption())
        .default(1),
    )
    .addOption(
      new Option("--method <name>", "how to register")
        .choices(registrationMethods.map((method) => method.name))
        .default("opt-gc"),
    )
    .optionsGroup("Output:")
    .addOption(
      new Option("--out <folder>", "folder for result.json, overlay.png, report.html").default("demo-out"),
    )
    .option("--force", "overwrite existing files")
    .option("--json", "print one JSON object on stdout")
    .action((flags: DemoFlags) => runDemo(flags, context));
}
