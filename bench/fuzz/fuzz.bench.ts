import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bench, describe } from "vitest";
import { SopiError } from "../../src/errors.ts";
import { damage } from "../../src/io/damage.testkit.ts";
import { parseGeometry } from "../../src/io/geometryFile.ts";
import { readImageLandmarks } from "../../src/io/imageLandmarks.ts";
import { readLandmarksCsv } from "../../src/io/landmarksCsv.ts";
import { readMarkups } from "../../src/io/markups.ts";
import { parsePose } from "../../src/io/poseFile.ts";
import { readRadiograph } from "../../src/io/readRadiograph.ts";
import { readVolume } from "../../src/io/readVolume.ts";
import { readTransformFile } from "../../src/io/transformFile.ts";
import { parseView } from "../../src/io/viewFile.ts";
import { type Random, createRandom } from "../../src/random.ts";
import { type Sample, madeSamples, sharedSamples, textSamples } from "./samples.ts";

/*
 * Damages every sample for every reader, seeded, until SOPI_FUZZ_INPUTS inputs (default 200,000) were read, and each
 * large real file some more times: each must end in a value or in a SopiError that somebody foresaw. Counts, the slowest input and what failed go to
 * bench/results/fuzz.json; a failure also ends the run with an error.
 */

const wanted = Number(process.env["SOPI_FUZZ_INPUTS"] ?? 200_000);
const seed = 20_241;

interface Tally {
  inputs: number;
  read: number;
  refused: number;
  slowestMs: number;
  slowest: string;
  readonly failures: string[];
}
const tally: Tally = { inputs: 0, read: 0, refused: 0, slowestMs: 0, slowest: "", failures: [] };

async function attempt(what: string, read: () => unknown): Promise<void> {
  const start = performance.now();
  try {
    await read();
    tally.read++;
  } catch (error) {
    tally.refused++;
    const foreseen = error instanceof SopiError && error.parts.got !== "a file that cannot be understood";
    if (!foreseen && tally.failures.length < 50) tally.failures.push(`${what}: ${String(error)}`);
  }
  tally.inputs++;
  const ms = performance.now() - start;
  if (ms <= tally.slowestMs) return;
  tally.slowestMs = ms;
  tally.slowest = what;
}

const frame = { view: "AP", centreMm: [0, 0, 0], sourceToIsocentreMm: 700 } as const;

const textReaders: Readonly<Record<string, (text: string) => unknown>> = {
  geometry: parseGeometry,
  pose: (text) => parsePose(text, frame),
  view: (text) => parseView(text),
  transform: (text) => readTransformFile(text),
  markups: (text) => readMarkups(text),
  imageLandmarks: (text) => readImageLandmarks(text),
  landmarksCsv: (text) => readLandmarksCsv(text),
};

async function fuzzImage(sample: Sample, random: Random, count: number): Promise<void> {
  for (let n = 0; n < count; n += 2) {
    const file = { name: sample.name, bytes: damage(sample.bytes, random) };
    await attempt(`${sample.name} #${n} as volume`, () => readVolume(file));
    await attempt(`${sample.name} #${n} as X-ray`, () => readRadiograph(file));
  }
}

async function fuzzText(index: number, random: Random, count: number): Promise<void> {
  const [reader, text] = textSamples[index]!;
  const bytes = new TextEncoder().encode(text);
  for (let n = 0; n < count; n++) {
    const hurt = new TextDecoder().decode(damage(bytes, random));
    await attempt(`${reader} ${index} #${n}`, () => textReaders[reader]!(hurt));
  }
}

async function fuzzAll(): Promise<void> {
  const { small, large } = sharedSamples();
  const images = [...madeSamples(), ...small];
  const each = Math.ceil(wanted / (images.length + textSamples.length));
  const random = createRandom(seed);
  const eachLarge = Math.ceil(wanted / 5000);
  for (const [i, sample] of large.entries())
    await fuzzImage(sample, random.fork(`large ${sample.name} ${i}`), eachLarge);
  for (const [i, sample] of images.entries())
    await fuzzImage(sample, random.fork(`${sample.name} ${i}`), each);
  for (let i = 0; i < textSamples.length; i++) await fuzzText(i, random.fork(`text ${i}`), each);
  const folder = join(import.meta.dirname, "..", "results");
  mkdirSync(folder, { recursive: true });
  const { slowestMs, ...rest } = tally;
  const document = {
    seed,
    samples: images.length + large.length + textSamples.length,
    largeSamples: large.length,
    ...rest,
    slowestMs: Math.round(slowestMs),
  };
  writeFileSync(join(folder, "fuzz.json"), `${JSON.stringify(document, undefined, 2)}\n`);
  if (tally.failures.length > 0) throw new Error(tally.failures.join("\n"));
}

describe("damaged files", () => {
  let done = false;
  bench(
    `${wanted} inputs`,
    async () => {
      if (!done) await fuzzAll();
      done = true;
    },
    { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 },
  );
});
