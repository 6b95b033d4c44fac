import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sopi } from "./cliProcess.ts";

let folder = "";
const at = (...names: string[]): string => join(folder, ...names);

/** Offsets of fields in a NIfTI-1 header. */
const field = { dim: 40, pixdim: 76, srow: 280 };

/** A variation of a small, good NIfTI file. */
async function writeVariation(
  name: string,
  change: (view: DataView, bytes: Uint8Array) => Uint8Array | void,
): Promise<void> {
  const bytes = new Uint8Array(gunzipSync(await readFile(at("ct.nii.gz"))));
  const view = new DataView(bytes.buffer);
  await writeFile(at(name), change(view, bytes) ?? bytes);
}

const geometry = (change: object): string =>
  JSON.stringify({
    sourceToDetectorMm: 1011.7,
    detector: { width: 64, height: 64, pixelSpacingMm: [3.2, 3.2] },
    ...change,
  });

/** A NumPy array of one number. */
function npy(shape: readonly number[], value: number): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`.padEnd(117);
  const prefix = Uint8Array.of(0x93, ...Buffer.from("NUMPY"), 1, 0, header.length + 1, 0);
  const values = new Float32Array(shape.reduce((a, b) => a * b)).fill(value);
  return Buffer.concat([prefix, Buffer.from(`${header}\n`), Buffer.from(values.buffer)]);
}

const png = (value: (i: number) => number): Uint8Array =>
  encode({
    width: 64,
    height: 64,
    channels: 1,
    depth: 16,
    data: Uint16Array.from({ length: 4096 }, (_, i) => value(i)),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-bad-"));
  const words = ["phantom", "--out", "good", "--spacing-mm", "6", "--detector-px", "64"];
  expect(await sopi(words, { cwd: folder })).toMatchObject({ exitCode: 0 });
  for (const name of ["ct.nii.gz", "labels.nii.gz", "xray.png", "geometry.json"]) {
    await copyFile(at("good", name), at(name));
  }
  const ct = await readFile(at("ct.nii.gz"));
  await mkdir(at("empty-folder"));
  await writeFile(at("empty.nii.gz"), "");
  await writeFile(at("truncated.nii.gz"), ct.subarray(0, ct.length / 2));
  await writeFile(at("short.nii"), gunzipSync(ct).subarray(0, 20_000));
  await writeFile(at("text.nii.gz"), "I am not an image at all.\n".repeat(40));
  await writeFile(at("volume.png"), ct);
  await writeFile(at("truncated.png"), (await readFile(at("xray.png"))).subarray(0, 900));
  await copyFile(at("xray.png"), at("picture.nii.gz"));
  await writeFile(
    at("flat.png"),
    png(() => 1234),
  );
  await writeFile(
    at("black.png"),
    png(() => 0),
  );
  await writeVariation("nan-spacing.nii", (view) => {
    for (let i = 1; i < 4; i++) view.setFloat32(field.pixdim + 4 * i, Number.NaN, true);
    for (let i = 0; i < 12; i++) view.setFloat32(field.srow + 4 * i, Number.NaN, true);
  });
  await writeVariation("zero-size.nii", (view) => view.setInt16(field.dim + 2, 0, true));
  await writeVariation("negative-size.nii", (view) => view.setInt16(field.dim + 4, -5, true));
  await writeVariation("huge.nii", (view) => {
    for (let i = 1; i < 4; i++) view.setInt16(field.dim + 2 * i, 32_000, true);
  });
  await writeVariation("four-d.nii", (view, bytes) => {
    view.setInt16(field.dim, 4, true);
    view.setInt16(field.dim + 8, 3, true);
    const voxels = bytes.subarray(352);
    return Buffer.concat([bytes.subarray(0, 352), voxels, voxels, voxels]);
  });
  await writeVariation("all-air.nii", (_, bytes) => {
    const voxels = new DataView(bytes.buffer, 352);
    for (let i = 0; i + 1 < voxels.byteLength; i += 2) voxels.setInt16(i, -1024, true);
  });
  await writeFile(
    at("other-size.json"),
    geometry({ detector: { width: 100, height: 80, pixelSpacingMm: [2, 2] } }),
  );
  await writeFile(at("negative.json"), geometry({ sourceToDetectorMm: -1000 }));
  await writeFile(at("inside-out.json"), geometry({ sourceToIsocentreMm: 2000 }));
  await writeFile(at("wordy.json"), geometry({ sourceToDetectorMm: "about a metre" }));
  await writeFile(at("unknown-preset.json"), '{"preset": "nobody"}');
  await writeFile(
    at("negative-k.json"),
    '{"K": [[-1000, 0, 31.5], [0, 1000, 31.5], [0, 0, 1]], "width": 64, "height": 64}',
  );
  await writeFile(
    at("zero-spacing.json"),
    geometry({ detector: { width: 64, height: 64, pixelSpacingMm: [0, 3.2] } }),
  );
  await writeFile(at("nan.npy"), npy([64, 64], Number.NaN));
  await writeFile(at("cube.npy"), npy([16, 16, 16], 1));
  await writeFile(at("broken.json"), '{"sourceToDetectorMm": ');
  await writeFile(at("empty-object.json"), "{}");
  await writeFile(at("behind.json"), '{"cameraFromWorld": [[1,0,0,0],[0,0,-1,0],[0,1,0,-2000],[0,0,0,1]]}');
  await writeFile(at("not-rigid.json"), '{"cameraFromWorld": [[2,0,0,0],[0,2,0,0],[0,0,2,700],[0,0,0,1]]}');
  await writeFile(at("mirror.json"), '{"cameraFromWorld": [[-1,0,0,0],[0,1,0,0],[0,0,1,700],[0,0,0,1]]}');
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface BadCase {
  readonly name: string;
  readonly ct?: string;
  readonly xray?: string;
  readonly geometry?: string;
  readonly more?: readonly string[];
  /** What the sentence must say. */
  readonly says: RegExp;
}

const cases: readonly BadCase[] = [
  { name: "missing CT", ct: "nowhere.nii.gz", says: /nowhere\.nii\.gz.*no such file/ },
  { name: "missing X-ray", xray: "nowhere.png", says: /nowhere\.png.*no such file/ },
  { name: "an empty folder as CT", ct: "empty-folder", says: /empty-folder.*empty folder/ },
  { name: "a folder as X-ray", xray: "empty-folder", says: /empty-folder.*folder/ },
  { name: "an empty file", ct: "empty.nii.gz", says: /empty\.nii\.gz.*empty file/ },
  {
    name: "a truncated gzip",
    ct: "truncated.nii.gz",
    says: /truncated\.nii\.gz.*(cut|incomplete|truncated|end)/i,
  },
  { name: "a truncated volume", ct: "short.nii", says: /short\.nii/ },
  { name: "a text with an image's name", ct: "text.nii.gz", says: /text\.nii\.gz/ },
  { name: "a picture with a volume's name", ct: "picture.nii.gz", says: /picture/ },
  { name: "a volume with a picture's name", xray: "volume.png", says: /volume/i },
  { name: "a truncated picture", xray: "truncated.png", says: /truncated\.png/ },
  { name: "CT and X-ray swapped", ct: "xray.png", xray: "ct.nii.gz", says: /CT first|first and an X-ray/ },
  { name: "NaN spacing", ct: "nan-spacing.nii", says: /spacing|grid|finite|affine/i },
  { name: "a size of zero", ct: "zero-size.nii", says: /size|dimension|voxels/i },
  { name: "a negative size", ct: "negative-size.nii", says: /size|dimension|voxels/i },
  { name: "a header that promises 32000^3 voxels", ct: "huge.nii", says: /huge\.nii|voxels/ },
  { name: "four dimensions", ct: "four-d.nii", says: /4D|four|dimension|3/i },
  { name: "a CT of air alone", ct: "all-air.nii", says: /air|empty/ },
  { name: "the labels in place of the CT", ct: "labels.nii.gz", says: /label map.*mask/ },
  { name: "an X-ray without contrast", xray: "flat.png", says: /contrast|constant/ },
  { name: "a black X-ray", xray: "black.png", says: /contrast|constant/ },
  { name: "a geometry of another size", geometry: "other-size.json", says: /100 x 80.*64 x 64/ },
  { name: "a negative distance", geometry: "negative.json", says: /sourceToDetectorMm/ },
  { name: "an isocentre behind the detector", geometry: "inside-out.json", says: /sourceToIsocentreMm/ },
  { name: "words for numbers", geometry: "wordy.json", says: /sourceToDetectorMm/ },
  { name: "an unknown preset", geometry: "unknown-preset.json", says: /nobody.*perlove-plx118f/ },
  { name: "broken JSON", geometry: "broken.json", says: /broken\.json/ },
  { name: "an object without fields", geometry: "empty-object.json", says: /empty-object\.json/ },
  { name: "a geometry that is an image", geometry: "ct.nii.gz", says: /ct\.nii\.gz/ },
  {
    name: "a start with the volume behind the source",
    more: ["--init", "behind.json"],
    says: /behind the source/,
  },
  { name: "a start that is not rigid", more: ["--init", "not-rigid.json"], says: /rigid/ },
  { name: "a mirrored start", more: ["--init", "mirror.json"], says: /rigid/ },
  { name: "a start that is a geometry", more: ["--init", "geometry.json"], says: /cameraFromWorld|pose/ },
  {
    name: "labels that are not in the mask",
    more: ["--mask", "labels.nii.gz", "--labels", "99"],
    says: /label 99/,
  },
  { name: "a missing start", more: ["--init", "nowhere.json"], says: /nowhere\.json.*no such file/ },
  { name: "a picture as mask", more: ["--mask", "xray.png"], says: /picture/ },
  { name: "a missing geometry", geometry: "nowhere.json", says: /nowhere\.json.*no such file/ },
  { name: "a folder as geometry", geometry: "empty-folder", says: /empty-folder.*a folder/ },
  { name: "a focal length below zero", geometry: "negative-k.json", says: /focal length/ },
  { name: "a pixel spacing of zero", geometry: "zero-spacing.json", says: /pixelSpacingMm/ },
  { name: "an X-ray of nothing but NaN", xray: "nan.npy", says: /no finite pixel/ },
  { name: "a volume as X-ray", xray: "cube.npy", says: /volume of 16 x 16 x 16/ },
  { name: "a missing mask", more: ["--mask", "nowhere.nii.gz"], says: /nowhere\.nii\.gz.*no such file/ },
];

describe("bad input ends in one sentence, exit code 3 and nothing written", () => {
  test.each(cases)(
    "$name",
    async ({ ct = "ct.nii.gz", xray = "xray.png", geometry: file = "geometry.json", more = [], says }) => {
      const words = ["register", ct, xray, "--geometry", file, ...more, "--out", "out", "--json"];
      const { exitCode, stdout, stderr } = await sopi(words, { cwd: folder, timeoutMs: 30_000 });
      const errors = stderr.split("\n").filter((line) => line.startsWith("Error: "));
      expect({ exitCode, stdout, count: errors.length }, stderr).toEqual({
        exitCode: 3,
        stdout: "",
        count: 1,
      });
      expect(stderr).not.toMatch(/\n\s+at |Internal/);
      expect(stderr.trim().endsWith(errors[0]!)).toBe(true);
      expect(errors[0]).toMatch(says);
      expect(errors[0]!.length).toBeLessThan(500);
      expect(existsSync(at("out"))).toBe(false);
    },
  );
});

test("inspect and project say the same of a bad file", async () => {
  const geometryWords = ["--geometry", "geometry.json", "--out", "drr.png"];
  for (const words of [
    ["inspect", "truncated.nii.gz"],
    ["project", "truncated.nii.gz", ...geometryWords],
  ]) {
    const { exitCode, stdout, stderr } = await sopi(words, { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toMatch(/^Error: .*truncated\.nii\.gz.*\n$/);
  }
  expect(existsSync(at("drr.png"))).toBe(false);
});

test("an output that cannot be written is refused before any work", async () => {
  const words = ["register", "ct.nii.gz", "xray.png", "--geometry", "geometry.json", "--out", "xray.png/sub"];
  const { exitCode, stderr } = await sopi(words, { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/which is a file/);
});

/** Training for one patient and weights that are given: exit code and what the sentence says. */
const patientCases: readonly [name: string, words: readonly string[], exitCode: number, says: RegExp][] = [
  ["a CT that is not there", ["train", "rtpi", "--volume", "no.nii.gz", "--out", "out"], 3, /no\.nii\.gz/],
  ["labels as CT", ["train", "rtpi", "--volume", "labels.nii.gz", "--out", "out"], 3, /label map/],
  [
    "weights that are none",
    ["train", "rtpi", "--volume", "ct.nii.gz", "--from", "xray.png", "--out", "out"],
    3,
    /xray\.png/,
  ],
  ["another network", ["train", "encoder", "--volume", "ct.nii.gz", "--out", "out"], 2, /initialiser/],
  ["neither CT nor configuration", ["train", "rtpi", "--out", "out"], 2, /--config.*--volume/],
  [
    "labels without a mask",
    ["train", "rtpi", "--volume", "ct.nii.gz", "--labels", "lumbar", "--out", "out"],
    2,
    /--mask/,
  ],
  [
    "weights for a method without an initialiser",
    ["register", "ct.nii.gz", "xray.png", "--initialiser", "w", "--method", "opt-gc", "--out", "out"],
    2,
    /opt-gc.*rtpi/,
  ],
  [
    "weights that are not there",
    ["register", "ct.nii.gz", "xray.png", "--initialiser", "w", "--method", "rtpi", "--out", "out"],
    3,
    /Weights w/,
  ],
];

test.each(patientCases)(
  "fine-tuning and its weights: %s is one sentence",
  async (_, words, exitCode, says) => {
    const ended = await sopi(words, { cwd: folder, timeoutMs: 60_000 });
    expect({ exitCode: ended.exitCode, stdout: ended.stdout }, ended.stderr).toEqual({
      exitCode,
      stdout: "",
    });
    const errors = ended.stderr.split("\n").filter((line) => line.startsWith("Error: "));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(says);
    expect(existsSync(at("out"))).toBe(false);
  },
);
