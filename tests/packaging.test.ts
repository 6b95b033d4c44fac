import { symlinkSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ProcessOutcome, runProcess } from "./cliProcess.ts";
import { root } from "./sourceFiles.ts";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Manifest;

/** Distance (mm) of the CT's centre from the source under the pose in a file. */
async function depthOfCentre(path: string): Promise<number> {
  const { cameraFromWorld, centreMm } = JSON.parse(await readFile(path, "utf8")) as {
    cameraFromWorld: number[][];
    centreMm: number[];
  };
  const row = cameraFromWorld[2]!;
  return centreMm.reduce((sum, mm, axis) => sum + row[axis]! * mm, row[3]!);
}

/** onnxruntime-node would otherwise fetch graphics drivers that no test needs. */
const environment = { ONNXRUNTIME_NODE_INSTALL: "skip", npm_config_update_notifier: "false" };
const inFolder = (cwd: string, command: string, ...words: string[]): Promise<ProcessOutcome> =>
  runProcess(command, words, { cwd, environment, timeoutMs: 240_000 });

test("the lock file lists every optional package, without which npm ci refuses it", async () => {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const wanted = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
  const missing = wanted.filter((name) => lock.packages[`node_modules/${name}`] === undefined);
  expect(missing, "run scripts/completeLockFile.mjs").toEqual([]);
});

test("npx sopi works in the checkout", async () => {
  // A cache of its own: npx links the checkout into it, and the user's cache is none of a test's business.
  const cache = await mkdtemp(join(tmpdir(), "sopi-npx-"));
  const words = ["--cache", cache, "sopi", "--version"];
  const { exitCode, stdout } = await inFolder(root, "npx", ...words);
  await rm(cache, { recursive: true, force: true });
  expect(stdout).toContain(`sopi ${manifest.version}\n`);
  expect(exitCode).toBe(0);
});

describe("the packed tarball", () => {
  let folder = "";
  let tarball = "";
  let packed: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sopi-pack-"));
    const words = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await inFolder(root, "npm", ...words);
    const [entry] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    tarball = join(folder, entry!.filename);
    packed = entry!.files.map((file) => file.path);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test("holds the built library, its types and the papers, and no sources or tests", () => {
    for (const path of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
      "dist/platform/node/index.js",
      "README.md",
      "LICENSE",
      "CONVENTIONS.md",
    ]) {
      expect(packed).toContain(path);
    }
    expect(packed.filter((path) => /(^src\/|^tests\/|\.test\.|\.testkit\.)/.test(path))).toEqual([]);
  });

  test("installed in an empty folder, program and library work", async () => {
    const home = join(folder, "empty");
    await mkdir(home);
    await installTarball(tarball, home);
    const version = await inFolder(home, "npx", "--no-install", "sopi", "--version");
    expect(version).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`sopi ${manifest.version}\n`),
    });
    const phantom = ["phantom", "--out", "p", "--spacing-mm", "4", "--detector-px", "128", "--seed", "3"];
    const made = await inFolder(home, "npx", "--no-install", "sopi", ...phantom);
    expect(made).toMatchObject({ exitCode: 0 });
    expect((await readdir(join(home, "p"))).length).toBeGreaterThan(3);
    const register = ["register", "p/ct.nii.gz", "p/xray.png", "--geometry", "p/geometry.json", "--out", "r"];
    const registered = await inFolder(home, "npx", "--no-install", "sopi", ...register);
    expect(registered, registered.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^status +converged$/m),
    });
    const found = await depthOfCentre(join(home, "r", "result.json"));
    expect(Math.abs(found - (await depthOfCentre(join(home, "p", "truth.json"))))).toBeLessThan(2);
    expect(await readdir(join(home, "r"))).toEqual(
      expect.arrayContaining(["overlay.png", "report.html", "result.json"]),
    );
    const program =
      'import { poseMatrix, zeroPose } from "sopi"; import { createNodeProjector } from "sopi/node";' +
      "console.log(poseMatrix(zeroPose)[0], typeof createNodeProjector);";
    const imported = await inFolder(home, process.execPath, "--input-type=module", "-e", program);
    expect(imported).toEqual({ exitCode: 0, stdout: "1 function\n", stderr: "" });
  });
});

/**
 * Installs as a user would. Where no registry can be reached, the tarball is unpacked by hand and finds its
 * dependencies, exactly those it declares, in the checkout's node_modules; a printed line says so.
 */
async function installTarball(tarball: string, home: string): Promise<void> {
  const words = ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball];
  const { exitCode } = await inFolder(home, "npm", ...words);
  if (exitCode === 0) return;
  console.warn("No registry could be reached: the tarball is unpacked beside the checkout's dependencies.");
  const modules = join(home, "node_modules");
  await rm(modules, { recursive: true, force: true });
  await mkdir(join(modules, ".bin"), { recursive: true });
  await inFolder(home, "tar", "-xzf", tarball);
  await rename(join(home, "package"), join(modules, "sopi"));
  for (const name of Object.keys(manifest.dependencies)) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  symlinkSync("../sopi/dist/cli/main.js", join(modules, ".bin", "sopi"));
}
