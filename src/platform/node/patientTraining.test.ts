import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { translation4, compose } from "../../geometry/mat4.ts";
import type { Volume } from "../../image/volume.ts";
import { compactInitialiser, initialiserNodes } from "../../networks/initialiser.ts";
import type { InitialiserConfig } from "../../networks/initialiserInput.ts";
import { readInitialiserWeights } from "../../networks/initialiserWeights.ts";
import { writeWeights } from "../../networks/weights.ts";
import { createRandom } from "../../random.ts";
import { createGraph } from "../../tensor/graph.ts";
import { initialiseParameters } from "../../tensor/parameterStore.ts";
import { readSafetensors } from "../../tensor/safetensors.ts";
import { type RtpiPlan, patientPlan } from "../../training/patientPlan.ts";
import { createTrainingVolume } from "../../training/trainingVolumes.ts";
import type { LogEntry } from "../../training/trainingRun.ts";
import { patientContent } from "./patientContent.ts";
import { type PatientTrainingEnd, trainForPatient } from "./patientTraining.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-patient-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Far from where phantoms lie, as scanners have it. */
const shiftMm = [120, -80, 400] as const;
const moved = (volume: Volume): Volume => ({
  ...volume,
  worldFromVoxel: compose(translation4(shiftMm), volume.worldFromVoxel),
});
const phantom = createTrainingVolume(21, { field: "trunk", size: 38, spacingMm: 8 });
const ct = moved(phantom.ct);
const lumbar = moved({
  ...phantom.labels,
  data: phantom.labels.data.map((label) => (label >= 27 && label <= 31 ? 1 : 0)),
});

/** A network small enough for a test, its sizes not those of the shipped one. */
const config: InitialiserConfig = {
  ...compactInitialiser,
  ...{ imageWidths: [4, 8, 8], headWidth: 8 },
  volumeWidths: [2, 2],
  residualWidths: [8, 8, 8, 8],
};

function startWeights(): { bytes: Uint8Array; name: string } {
  const { scope } = initialiserNodes(createGraph(), config, { batch: 1, volumes: 1 });
  const store = initialiseParameters(scope.parameters, createRandom(4));
  return { bytes: writeWeights(store, { network: "rtpi", config }), name: "start" };
}

const start = startWeights();
const base = patientPlan({ seed: 5, config, labelled: true });
const plan: RtpiPlan = {
  ...base,
  run: {
    ...{ steps: 20, logEvery: 5, validateEvery: 10, checkpointEvery: 10 },
    rate: { kind: "cosine", lowest: 1e-4, highest: 3e-3, warmUp: 2 },
  },
  trainer: { ...base.trainer, batch: 4, validationBatches: 1 },
};

function train(out: string, more: object = {}): Promise<PatientTrainingEnd> {
  return trainForPatient({
    ...{ plan, content: patientContent(ct, lumbar), volumeSha256: "aa", start },
    ...{ out: join(folder, out), resume: false },
    ...more,
  });
}

const entriesOf = async (out: string): Promise<LogEntry[]> =>
  (await readFile(join(folder, out, "log.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LogEntry);

const parametersOf = async (out: string): Promise<Float32Array> =>
  readSafetensors(await readFile(join(folder, out, "checkpoint.safetensors")), out).arrays["parameters"]!
    .values;

describe("fine-tuning for one patient", () => {
  it(
    "measures before and after, validates both ends, and makes the same numbers when resumed",
    { timeout: 300_000 },
    async () => {
      const { end, errors } = await train("whole");
      expect(end).toMatchObject({ step: 20, reason: "finished" });
      const validations = (await entriesOf("whole")).filter(({ kind }) => kind === "validation");
      expect(validations.map(({ step }) => step)).toEqual([0, 10, 20]);
      // A network of random weights learns something of this one CT at once.
      expect(end.bestStep).toBeGreaterThan(0);
      expect(errors!.after["weightedError"]).toBeLessThan(errors!.before["weightedError"]!);
      // Held-out poses are others than those the best weights were chosen by.
      expect(errors!.before["weightedError"]).not.toBe(validations[0]!.measures["weightedError"]);
      const best = readInitialiserWeights(await readFile(join(folder, "whole", "best.safetensors")), "best");
      expect(best.config).toEqual(config);

      const half = await train("halved", { stopAtStep: 13 });
      expect(half.end).toMatchObject({ step: 13, reason: "stopped" });
      expect((await entriesOf("halved")).findLast(({ kind }) => kind === "validation")?.step).toBe(13);
      const other = train("halved", { resume: true, volumeSha256: "bb" });
      await expect(other).rejects.toThrow(/run of another CT/);
      const rest = await train("halved", { resume: true });
      expect(await parametersOf("halved")).toEqual(await parametersOf("whole"));
      expect(rest.errors!.before).toEqual(errors!.before);
      await expect(train("whole")).rejects.toThrow(/--resume/);
    },
  );

  it("is not measured when it is aborted", { timeout: 120_000 }, async () => {
    const controller = new AbortController();
    const ended = await train("aborted", {
      signal: controller.signal,
      onStep: () => controller.abort(),
    });
    expect(ended.end).toMatchObject({ step: 1, reason: "aborted" });
    expect(ended.errors).toBeUndefined();
  });
});

describe("the content of one patient", () => {
  it("aims X-rays at the lumbar spine, wherever the CT lies, with labels and without", () => {
    for (const { targetMm } of [patientContent(ct), patientContent(ct, lumbar)]) {
      // Phantoms have L3 on the origin; this one was moved.
      const off = shiftMm.map((mm, a) => targetMm![a]! - mm);
      expect(Math.hypot(...off)).toBeLessThan(45);
    }
  });

  it("keeps the labelled bones alone where labels are given", () => {
    const { segmented, bone } = patientContent(ct, lumbar);
    const inside = (volume: Volume): number => volume.data.filter((value) => value !== 0).length;
    expect(inside(segmented)).toBeLessThan(lumbar.data.filter((value) => value > 0).length + 1);
    expect(patientContent(ct).segmented.data).toEqual(bone.data);
  });

  it("refuses a CT without bone and labels in place of a CT", () => {
    const soft: Volume = { ...ct, data: ct.data.map((hu) => Math.min(hu, 60)) };
    expect(() => patientContent(soft)).toThrow(/CT; got no bone/);
    expect(() => patientContent(moved(phantom.labels))).toThrow(/label map/);
  });
});

describe("the weights that are adapted", () => {
  it("are refused when they are of another network or do not fit", () => {
    const { scope } = initialiserNodes(createGraph(), config, { batch: 1, volumes: 1 });
    const store = initialiseParameters(scope.parameters, createRandom(4));
    const foreign = writeWeights(store, { network: "encoder", config });
    expect(() => readInitialiserWeights(foreign, "e.safetensors")).toThrow(/e\.safetensors.*encoder.*rtpi/);
    const other = writeWeights(store, { network: "rtpi", config: { ...config, headWidth: 9 } });
    expect(() => readInitialiserWeights(other, "o.safetensors")).toThrow(/o\.safetensors.*expected shape/);
  });
});
