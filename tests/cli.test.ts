import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromRows, transformPoint } from "../src/geometry/mat4.ts";
import { distance } from "../src/geometry/vec3.ts";
import { readNifti } from "../src/io/nifti/readNifti.ts";
import { type ResultDocument, parseResult } from "../src/io/resultFile.ts";
import { createRandom } from "../src/random.ts";
import { type ProcessOutcome, sopi } from "./cliProcess.ts";
import { root } from "./sourceFiles.ts";

let folder = "";
const at = (...names: string[]): string => join(folder, ...names);
const inFolder = (words: readonly string[], quick: object = {}): Promise<ProcessOutcome> =>
  sopi(words, { cwd: folder, ...quick });
const text = (...names: string[]): Promise<string> => readFile(at(...names), "utf8");
const registerWords = ["register", "case/ct.nii.gz", "case/xray.png", "--geometry", "case/geometry.json"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-cli-"));
  const phantom = ["phantom", "--out", "case", "--spacing-mm", "4", "--detector-px", "128", "--seed", "7"];
  expect(await inFolder(phantom)).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Distance (mm) at the volume's centre between a result's pose and the true one. */
async function centreErrorMm(result: ResultDocument): Promise<number> {
  const truth = JSON.parse(await text("case", "truth.json")) as {
    cameraFromWorld: number[][];
    centreMm: number[];
  };
  const [x = 0, y = 0, z = 0] = truth.centreMm;
  const place = (rows: readonly (readonly number[])[]) => transformPoint(fromRows(rows), [x, y, z]);
  return distance(place(result.cameraFromWorld), place(truth.cameraFromWorld));
}

describe("usage", () => {
  test("help and version go to stdout with exit code 0 and name every command and exit code", async () => {
    const help = await inFolder(["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    for (const word of ["register", "inspect", "project", "phantom", "demo", "130", "research use only"]) {
      expect(help.stdout).toContain(word);
    }
    const version = await inFolder(["--version"]);
    expect(version).toMatchObject({ exitCode: 0, stderr: "" });
    expect(version.stdout).toMatch(/^sopi \d+\.\d+\.\d+\n/);
  });

  test.each([
    [[]],
    [["fly"]],
    [["register", "only-one.nii.gz", "--out", "x"]],
    [["register", "a", "b", "--out", "x", "--method", "guess"]],
    [["register", "a", "b", "--out", "x", "--seed", "1.5"]],
    [["register", "a", "b", "--out", "x", "--frobnicate"]],
    [["phantom"]],
    [["phantom", "--out", "x", "--spacing-mm", "0"]],
    [["project", "case/ct.nii.gz", "--geometry", "perlove-plx118f", "--out", "drr.jpg"]],
    [["register", "case/ct.nii.gz", "case/xray.png", "--out", "x"]],
  ])("wrong usage is exit code 2 with the reason on stderr: %j", async (words) => {
    const { exitCode, stdout, stderr } = await inFolder(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr.length).toBeGreaterThan(20);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("inspect", () => {
  test("says axes, spacing, values and labels, for people and for programs", async () => {
    const { exitCode, stdout, stderr } = await inFolder([
      "inspect",
      "case/ct.nii.gz",
      "case/labels.nii.gz",
      "case/xray.png",
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const words of [
      "LPS: i runs to the left",
      "4 x 4 x 4 mm",
      "Hounsfield units",
      "29 L3",
      "128 x 128 pixels",
    ]) {
      expect(stdout).toContain(words);
    }
    const json = await inFolder(["inspect", "case/ct.nii.gz", "--json"]);
    const [ct] = (JSON.parse(json.stdout) as { files: Record<string, unknown>[] }).files;
    expect(ct).toMatchObject({ kind: "volume", orientation: "LPS", spacingMm: [4, 4, 4], quantity: "hu" });
  });
});

describe("project", () => {
  test("a 16-bit PNG and its scale give the values of the float NIfTI", async () => {
    const words = [
      "project",
      "case/ct.nii.gz",
      "--geometry",
      "case/geometry.json",
      "--pose",
      "case/truth.json",
    ];
    expect(await inFolder([...words, "--out", "drr.png"])).toMatchObject({ exitCode: 0 });
    expect(await inFolder([...words, "--out", "float.nii.gz"])).toMatchObject({ exitCode: 0 });
    const png = decode(await readFile(at("drr.png")));
    const scale = JSON.parse(await text("drr.scale.json")) as { minimum: number; maximum: number };
    const { volume } = await readNifti({ name: "float.nii.gz", bytes: await readFile(at("float.nii.gz")) });
    expect(volume.size).toEqual([128, 128, 1]);
    const step = (scale.maximum - scale.minimum) / 65535;
    for (let i = 0; i < png.data.length; i++) {
      expect(Math.abs(scale.minimum + step * png.data[i]! - volume.data[i]!)).toBeLessThan(step);
    }
    expect(JSON.parse(await text("drr.geometry.json"))).toEqual(
      JSON.parse(await text("case", "geometry.json")),
    );
  });

  test("the same pose as numbers and as a file gives the same image", async () => {
    const { pose } = JSON.parse(await text("case", "truth.json")) as { pose: Record<string, number> };
    const theta = ["rxDeg", "ryDeg", "rzDeg", "txMm", "tyMm", "tzMm"].map((name) => pose[name]).join(",");
    const words = ["project", "case/ct.nii.gz", "--geometry", "case/geometry.json", `--theta=${theta}`];
    expect(await inFolder([...words, "--out", "theta.png"])).toMatchObject({ exitCode: 0 });
    const [a, b] = [await readFile(at("drr.png")), await readFile(at("theta.png"))].map(
      (bytes) => decode(bytes).data,
    );
    let largest = 0;
    a!.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - b![i]!))));
    expect(largest).toBeLessThanOrEqual(2);
  });
});

describe("register", () => {
  let first: ProcessOutcome;
  beforeAll(async () => {
    first = await inFolder([...registerWords, "--out", "result"]);
  }, 120_000);

  test("finds the pose and writes result, overlay, report and pictures", async () => {
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(/^status +converged$/m);
    expect(first.stdout).toMatch(/^seed +1$/m);
    expect((await readdir(at("result"))).toSorted()).toEqual([
      "overlay.png",
      "pictures",
      "pose.tfm",
      "report.html",
      "result.json",
    ]);
    expect((await readdir(at("result", "pictures"))).length).toBe(10);
    const result = parseResult(await text("result", "result.json"));
    expect(result).toMatchObject({
      method: "opt-gc",
      status: "converged",
      view: "AP",
      initial: { source: "centre" },
    });
    expect(await centreErrorMm(result)).toBeLessThan(3);
  });

  test("names no input file in anything it writes", async () => {
    for (const name of ["result.json", "report.html", "pose.tfm"]) {
      expect(await text("result", name)).not.toMatch(/case\/|ct\.nii|xray\.png/);
    }
  });

  test("stderr is plain text without control codes when it is no terminal", () => {
    expect(first.stderr.includes("\u001b") || first.stderr.includes("\r")).toBe(false);
    expect(first.stderr).toContain("seed 1");
  });

  test("refuses to overwrite, and changes nothing, without --force", async () => {
    const before = await text("result", "result.json");
    const { exitCode, stderr } = await inFolder([...registerWords, "--out", "result"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/result\.json.*--force/);
    expect(await text("result", "result.json")).toBe(before);
  });

  test("with --json and --quiet: one object on stdout, nothing on stderr, the same pose for the same seed", async () => {
    const words = [...registerWords, "--out", "again", "--json", "--quiet", "--threads", "1"];
    const { exitCode, stdout, stderr } = await inFolder(words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const printed = JSON.parse(stdout) as ResultDocument;
    expect(printed).toEqual(JSON.parse(await text("again", "result.json")));
    const earlier = parseResult(await text("result", "result.json"));
    printed.cameraFromWorld.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(earlier.cameraFromWorld.flat()[i]!, 3);
    });
  });

  test("takes an earlier result as start, and a mask with labels", async () => {
    const words = [
      ...registerWords,
      "--init",
      "result/result.json",
      "--mask",
      "case/labels.nii.gz",
      "--labels",
      "27-31",
    ];
    const { exitCode } = await inFolder([...words, "--out", "masked", "--json", "--quiet"]);
    expect([0, 4]).toContain(exitCode);
    const result = parseResult(await text("masked", "result.json"));
    expect(result.initial.source).toBe("file");
    expect(await centreErrorMm(result)).toBeLessThan(10);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends it with exit code 130 and nothing written",
    async (signal) => {
      const words = [...registerWords, "--out", "interrupted", "--backend", "reference"];
      let sent = false;
      const onStderr = (seen: string, kill: (signal: NodeJS.Signals) => void): void => {
        if (sent || !seen.includes("Registering")) return;
        sent = true;
        setTimeout(() => kill(signal), 300);
      };
      const { exitCode, stdout, stderr } = await inFolder(words, { onStderr });
      expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
      expect(stderr).toContain("Interrupted");
      expect(existsSync(at("interrupted"))).toBe(false);
    },
  );
});

test("an X-ray that the CT does not explain ends with exit code 4, and the doubtful result is written", async () => {
  const random = createRandom(3);
  const data = Uint16Array.from({ length: 128 * 128 }, () => 20_000 + random.integer(20_000));
  await writeFile(at("noise.png"), encode({ width: 128, height: 128, channels: 1, depth: 16, data }));
  const words = [
    "register",
    "case/ct.nii.gz",
    "noise.png",
    "--geometry",
    "case/geometry.json",
    "--range",
    "10,20,20",
  ];
  const { exitCode, stdout } = await inFolder([...words, "--out", "doubtful", "--quiet"]);
  expect(exitCode).toBe(4);
  expect(stdout).toMatch(/^status +(low-confidence|max-iterations)$/m);
  expect(parseResult(await text("doubtful", "result.json")).status).not.toBe("converged");
});

const sharedXray = join(root, "..", "shared", "data", "dicom_xray", "IM-0001-0020.dcm");

describe.skipIf(!existsSync(sharedXray))("a DICOM X-ray (needs ../shared/data)", () => {
  test("is understood, and what its attributes lack is asked for by the flag that supplies it", async () => {
    const seen = await inFolder(["inspect", sharedXray]);
    expect(seen).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("1024 x 1024 pixels") });
    const words = ["register", "case/ct.nii.gz", sharedXray, "--out", "dicom"];
    const { exitCode, stderr } = await inFolder(words);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/pixel spacing.*--pixel-spacing/);
    const noView = await inFolder([...words, "--pixel-spacing", "0.3,0.3", "--init", "dicom"]);
    expect(noView).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/PositionerPrimaryAngle/) });
  });
});

test("single geometry numbers are for DICOM alone", async () => {
  const { exitCode, stderr } = await inFolder([...registerWords, "--sdd", "1000", "--out", "twice"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--geometry as well");
});

test("demo prints the pose and its true error and writes what it promises", async () => {
  const { exitCode, stdout } = await inFolder(["demo", "--json"]);
  expect(exitCode).toBe(0);
  const result = JSON.parse(stdout) as ResultDocument & {
    truth: { initialError: { mtreMm: number }; error: { mtreMm: number } };
  };
  expect(result.truth.initialError.mtreMm).toBeGreaterThan(5);
  expect(result.truth.error.mtreMm).toBeLessThan(2);
  expect((await readdir(at("demo-out"))).toSorted()).toEqual([
    "overlay.png",
    "pictures",
    "report.html",
    "result.json",
  ]);
});
