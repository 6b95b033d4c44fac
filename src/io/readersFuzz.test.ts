import { gzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { SopiError } from "../errors.ts";
import { type Random, createRandom } from "../random.ts";
import { parseGeometry } from "./geometryFile.ts";
import { bytesOf, sampleVolume } from "./images.testkit.ts";
import { writeMetaImage } from "./metaimage/writeMetaImage.ts";
import { writeNifti } from "./nifti/writeNifti.ts";
import { writeNpy } from "./npy.ts";
import { writeNrrd } from "./nrrd/writeNrrd.ts";
import { writePfm } from "./pfm.ts";
import { writePng } from "./png.ts";
import { parsePose } from "./poseFile.ts";
import { readRadiograph } from "./readRadiograph.ts";
import { readVolume } from "./readVolume.ts";
import { parseResult } from "./resultFile.ts";

const volume = sampleVolume(Int16Array.of(-1000, 50, 300, 1200));
const slice = sampleVolume(Float32Array.of(1, 2, 3, 4), [6, 5, 1]);
const picture = { data: slice.data as Float32Array, width: 6, height: 5 };

const seeds: [name: string, bytes: Uint8Array][] = [
  ["ct.nii", writeNifti(volume, { gzip: false })],
  ["ct.nii.gz", writeNifti(volume)],
  ["x.nii", writeNifti(slice, { gzip: false })],
  ["ct.nrrd", writeNrrd(volume)],
  ["ct-raw.nrrd", writeNrrd(volume, { gzip: false })],
  ["ct.mha", writeMetaImage(volume)],
  ["x.mha", writeMetaImage(slice, { compress: false })],
  ["ct.npy", writeNpy(volume)],
  ["x.npy", writeNpy({ ...picture, kind: "unknown" })],
  ["x8.png", writePng(picture, { bits: 8 }).bytes],
  ["x16.png", writePng(picture).bytes],
  ["x.pfm", writePfm(picture)],
];

/** One to eight small injuries: flipped bits, set bytes, digits, cuts, insertions, copies within the file. */
function injured(bytes: Uint8Array, random: Random): Uint8Array {
  let out = [...bytes];
  for (let n = random.integer(8); n >= 0 && out.length > 0; n--) {
    const at = random.integer(random.next() < 0.6 ? Math.min(400, out.length) : out.length);
    const kind = random.integer(7);
    if (kind === 0) out[at]! ^= 1 << random.integer(8);
    else if (kind === 1) out[at] = [0, 1, 127, 128, 255][random.integer(5)]!;
    else if (kind === 2) out[at] = 48 + random.integer(10);
    else if (kind === 3) out = out.slice(0, at);
    else if (kind === 4)
      out.splice(at, 0, ...bytesOf(["-", "9999999", " nan ", "\n", "1e999", "\0\0\0"][random.integer(6)]!));
    else if (kind === 5) out.splice(at, random.integer(9));
    else out.splice(at, 4, ...out.slice(random.integer(out.length)).slice(0, 4));
  }
  return Uint8Array.from(out);
}

/** Ends in a value or a SopiError, within a second. */
async function expectTotal(what: string, run: () => unknown): Promise<"read" | "refused"> {
  const start = performance.now();
  let outcome: "read" | "refused" = "read";
  try {
    await run();
  } catch (error) {
    outcome = "refused";
    if (!(error instanceof SopiError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    expect(error.message, what).not.toMatch(/\n/);
    expect(error.message.length, what).toBeLessThan(700);
    expect(error.parts.got, what).not.toBe("a file that cannot be understood");
  }
  expect(performance.now() - start, what).toBeLessThan(3000);
  return outcome;
}

describe("readers are total", () => {
  it.each(seeds)("%s, injured", async (name, bytes) => {
    const random = createRandom(20).fork(name);
    const outcomes = { read: 0, refused: 0 };
    for (let n = 0; n < 150; n++) {
      let hurt = injured(bytes, random);
      if (random.next() < 0.2) hurt = gzipSync(hurt);
      const file = { name: random.next() < 0.8 ? name : "x", bytes: hurt };
      const what = `${name} #${n}`;
      const outcome = await expectTotal(what, async () => {
        const { volume: read } = await readVolume(file);
        expect(read.data.length).toBeLessThanOrEqual(1032 * hurt.length);
      });
      outcomes[outcome]++;
      await expectTotal(`${what} as X-ray`, () => readRadiograph(file));
    }
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  it("noise under every name", async () => {
    const random = createRandom(21);
    const marks = [
      "",
      "NRRD0004\n",
      "\x93NUMPY\x01\0",
      "Pf\n",
      "\x89PNG\r\n\x1a\n",
      "\x5c\x01\0\0",
      "\x1f\x8b\x08\0",
      "NDims = 3\n",
      "\0\0\x02\x1c",
    ];
    for (let n = 0; n < 400; n++) {
      const noise = Uint8Array.from({ length: random.integer(2000) }, () => random.integer(256));
      const bytes = Uint8Array.from([...bytesOf(marks[n % marks.length]!), ...noise]);
      const name = ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.npy", "a.png", "a.pfm", "a.img", "a"][
        random.integer(9)
      ]!;
      await expectTotal(`noise #${n}`, () => readVolume({ name, bytes }));
      await expectTotal(`noise #${n} as X-ray`, () => readRadiograph({ name, bytes }));
    }
  });

  it("long hostile text headers end at once", async () => {
    const long = 900_000;
    const headers = [
      `NRRD0004\ntype: uint8\ndimension: 3\nsizes: 1 1 1\nencoding: raw\nspace directions: ${"(".repeat(long)}\n\n1`,
      `NRRD0004\n${"a".repeat(long)}\n\n`,
      `NRRD0004\nsizes: ${" ".repeat(long)}x\n\n`,
      `NDims = 3\nComment = x${" ".repeat(long)}y\nElementDataFile = LOCAL\n`,
      `NDims = 3\n${" ".repeat(long)}ElementDataFile`,
      `Pf ${" ".repeat(long)}`,
    ];
    for (const header of headers) {
      expect(await expectTotal("header", () => readVolume({ name: "x", bytes: bytesOf(header) }))).toBe(
        "refused",
      );
    }
  });

  it("JSON documents, injured", async () => {
    const random = createRandom(22);
    const frame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 } as const;
    const texts = [
      '{"sourceToDetectorMm": 1000, "detector": {"width": 4, "height": 4, "pixelSpacingMm": [1, 1]}}',
      '{"K": [[1000, 0, 2], [0, 1000, 2], [0, 0, 1]], "width": 4, "height": 4}',
      '{"cameraFromWorld": [[1,0,0,0],[0,1,0,0],[0,0,1,700],[0,0,0,1]]}',
      '{"pose": {"rxDeg":0,"ryDeg":0,"rzDeg":0,"txMm":0,"tyMm":0,"tzMm":0}}',
    ];
    for (let n = 0; n < 400; n++) {
      const text = new TextDecoder().decode(injured(bytesOf(texts[n % texts.length]!), random));
      await expectTotal(`geometry ${text}`, () => parseGeometry(text));
      await expectTotal(`pose ${text}`, () => parsePose(text, frame));
      await expectTotal(`result ${text}`, () => parseResult(text));
    }
  });
});
