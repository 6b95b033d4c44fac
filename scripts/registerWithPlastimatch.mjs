// Registers exported cases with plastimatch's DRR in the loop (Debian package plastimatch): an independent
// renderer, this project's gradient correlation and optimisers. Writes a CSV of poses for `sopi evaluate --poses`.
//
//   npx sopi evaluate table1-simulation --rows initial-row --cases 4 --export --out runs/cases
//   node scripts/registerWithPlastimatch.mjs runs/cases --out runs/plastimatch.csv
//   npx sopi evaluate table1-simulation --rows initial-row --cases 4 --poses runs/plastimatch.csv --out runs/table1
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  cameraFromPose,
  createCmaes,
  createPowell,
  createRandom,
  plastimatchFromView,
  poseFromCamera,
  similarities,
  volumeCentreMm,
  writeMetaImage,
} from "sopi";
import { readGeometryFile, readVolumeFile, readXrayFile } from "sopi/node";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "plastimatch.csv" },
    cases: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const [folder] = positionals;
if (folder === undefined || !existsSync(join(folder, "cases.json"))) {
  console.error(
    "Usage: registerWithPlastimatch.mjs FOLDER --out poses.csv, FOLDER made by sopi evaluate --export",
  );
  process.exit(2);
}
if (spawnSync("plastimatch", ["--version"]).error) {
  console.error(
    "plastimatch is not installed here (Debian: apt install plastimatch): nothing was registered.",
  );
  process.exit(0);
}

/** Renders at the same time. */
const jobs = 2;
/** Search units of theta, radians and mm: the standard deviation of starts within 13 degrees and 30 mm. */
const scales = [0.13, 0.13, 0.13, 17, 17, 17];
const names = ["rx", "ry", "rz", "tx", "ty", "tz"];
const scratch = mkdtempSync(join(tmpdir(), "sopi-plastimatch-"));

/** One DRR by plastimatch, float32, top row first. */
function render(volumeFile, camera, cameraFromWorld, name) {
  const panel = plastimatchFromView({ camera, cameraFromWorld }, 700);
  const list = (numbers) => numbers.join(" ");
  const output = join(scratch, name);
  const words = ["drr", "-i", "exact", "-P", "preprocess", "-t", "raw", "-I", volumeFile, "-O", output];
  words.push("-n", list(panel.normal), "--vup", list(panel.viewUp), "-o", list(panel.isocentreMm));
  words.push("--sad", `${panel.sadMm}`, "--sid", `${panel.sidMm}`, "-r", list(panel.sizePx));
  words.push("-z", list(panel.sizeMm), "-c", list(panel.centrePx));
  return new Promise((resolve, reject) => {
    const child = spawn("plastimatch", words, {
      stdio: "ignore",
      env: { ...process.env, OMP_NUM_THREADS: "1" },
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code !== 0) return reject(new Error(`plastimatch ended with code ${code}`));
      const bytes = readFileSync(`${output}0000.raw`);
      resolve(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
    });
  });
}

/** Line integrals of an X-ray, averaged over blocks of factor x factor pixels. */
function binnedXray({ data, width, height, kind }, factor) {
  const full = data.reduce((most, value) => Math.max(most, value), 0);
  const line = kind === "line-integral" ? data : data.map((value) => -Math.log(Math.max(1e-3, value / full)));
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const image = new Float32Array(w * h);
  for (let y = 0; y < h * factor; y++) {
    for (let x = 0; x < w * factor; x++) {
      image[Math.floor(y / factor) * w + Math.floor(x / factor)] += line[y * width + x] / factor ** 2;
    }
  }
  return { image, width: w, height: h };
}

/** The camera of an image made of blocks of pixels. */
function binnedCamera(camera, factor) {
  const [cu, cv] = camera.principalPointPx;
  return {
    ...camera,
    width: Math.floor(camera.width / factor),
    height: Math.floor(camera.height / factor),
    pixelSpacingMm: camera.pixelSpacingMm.map((pitch) => pitch * factor),
    principalPointPx: [cu, cv].map((c) => (c + 0.5) / factor - 0.5),
  };
}

/** Maximises gradient correlation at one resolution; `make` gives an optimiser about the best so far. */
async function climb({ xray, geometry, frame, volumeFile }, factor, start, make) {
  const camera = binnedCamera(geometry.camera, factor);
  const { image, width, height } = binnedXray(xray, factor);
  const metric = similarities.gc(image, width, height);
  const optimiser = make();
  const poseOf = (x) => Object.fromEntries(names.map((name, i) => [name, start[name] + x[i]]));
  while (optimiser.stop === undefined) {
    const points = optimiser.ask();
    const answers = [];
    for (let first = 0; first < points.length; first += jobs) {
      const batch = [...points.slice(first, first + jobs)].map((x, i) =>
        render(volumeFile, camera, cameraFromPose(poseOf(x), frame), `drr${i}-`),
      );
      for (const drr of await Promise.all(batch)) answers.push({ value: -metric.value(drr) });
    }
    optimiser.tell(answers);
  }
  return { pose: poseOf(optimiser.best.x), value: -optimiser.best.value, evaluations: optimiser.evaluations };
}

async function registerCase(entry, seed) {
  const inside = (name) => join(folder, name);
  const { volume } = await readVolumeFile(inside(entry.volume));
  const { radiograph: read } = await readXrayFile(inside(`${entry.case}/xray.npy`));
  const geometry = await readGeometryFile(inside(`${entry.case}/geometry.json`));
  const { view, sourceToIsocentreMm } = geometry;
  const frame = { view, sourceToIsocentreMm, centreMm: volumeCentreMm(volume) };
  const startFile = inside(`${entry.case}/start.json`);
  const start = existsSync(startFile)
    ? poseFromCamera(JSON.parse(readFileSync(startFile, "utf8")).cameraFromWorld.flat(), frame)
    : Object.fromEntries(names.map((name) => [name, 0]));
  const volumeFile = join(scratch, "volume.mha");
  writeFileSync(volumeFile, writeMetaImage(volume, { compress: false, type: "int16" }));
  const task = { xray: { ...read, kind: entry.kind }, geometry, frame, volumeFile };
  const origin = new Float64Array(6);
  const random = createRandom(seed);
  // From a thumbnail that shows only where the body's edges are to one that shows the vertebrae.
  const stages = [
    { factor: 8, sigma: 1, population: 20, maxEvaluations: 500 },
    { factor: 4, sigma: 0.2, population: 12, maxEvaluations: 250 },
  ];
  let [pose, evaluations] = [start, 0];
  for (const { factor, ...options } of stages) {
    const found = await climb(task, factor, pose, () =>
      createCmaes({ start: origin, scales, random, stepTolerance: 0.02, ...options }),
    );
    pose = found.pose;
    evaluations += found.evaluations;
  }
  const fine = await climb(task, 2, pose, () =>
    createPowell({
      start: origin,
      scales: scales.map((s) => s / 40),
      maxEvaluations: 150,
      stepTolerance: 0.02,
    }),
  );
  evaluations += fine.evaluations;
  return { cameraFromWorld: cameraFromPose(fine.pose, frame), value: fine.value, evaluations };
}

const { cases } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
const chosen = cases.filter(({ mask }) => mask === undefined).slice(0, Number(flags.cases ?? cases.length));
const matrix = [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((column) => `m${row}${column}`));
writeFileSync(flags.out, `case,method,${matrix.join(",")},seconds,drrs\n`);
try {
  for (const entry of chosen) {
    const started = performance.now();
    const { cameraFromWorld, value, evaluations } = await registerCase(entry, Number(flags.seed));
    const seconds = (performance.now() - started) / 1000;
    appendFileSync(
      flags.out,
      `${entry.case},plastimatch,${cameraFromWorld.slice(0, 12).join(",")},${seconds.toFixed(1)},${evaluations}\n`,
    );
    console.error(
      `${entry.case}: ${evaluations} DRRs, gradient correlation ${value.toFixed(3)}, ${seconds.toFixed(0)} s`,
    );
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
