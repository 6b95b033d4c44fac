import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../../tensor/safetensors.ts";
import { readWeights } from "../../networks/weights.ts";
import { parseTrainingConfig } from "../../training/trainingConfig.ts";
import type { LogEntry } from "../../training/trainingRun.ts";
import { trainOnNode } from "./training.ts";
import { openTrainingFolder } from "./trainingFolder.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-training-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shared = {
  seed: 3,
  volumes: { field: "trunk", size: 38, spacingMm: 8 },
  training: { first: 11, count: 1 },
  validation: { first: 12, count: 1 },
  run: {
    ...{ steps: 30, logEvery: 5, validateEvery: 15, checkpointEvery: 10 },
    rate: { kind: "cosine", lowest: 1e-4, highest: 3e-3, warmUp: 2 },
  },
};
const plain = {
  ...{ softTissueShare: 0, softTissueGain: 0, gamma: 1, noise: 0, blurPx: 0 },
  ...{ collimationShare: 0, toolShare: 0 },
};
const rtpiConfig = {
  ...shared,
  network: "rtpi",
  sizes: { volumeWidths: [2, 2], imageWidths: [4, 8, 8], residualWidths: [8, 8, 8, 8], headWidth: 8 },
  trainer: {
    ...{ batch: 4, volumes: 1, centreJitterMm: 0, segmentedShare: 0.5, clipNorm: 100, validationBatches: 1 },
    ...{ update: { kind: "adam", weightDecay: 0 }, alpha: 1, beta: 1, lambda: 1e-4, alphaFromStep: 20 },
    ...{ poseWeights: [1, 1, 1, 0.2, 0.7, 0.7], randomisation: plain },
  },
};

async function train(config: object, out: string, more: object = {}): ReturnType<typeof trainOnNode> {
  const configText = JSON.stringify(config);
  return trainOnNode({
    ...{ config: parseTrainingConfig(configText, "test.json"), configText, out: join(folder, out) },
    ...{ volumes: join(folder, "volumes"), resume: false },
    ...more,
  });
}

const finalParameters = async (out: string): Promise<Float32Array> => {
  const bytes = await readFile(join(folder, out, "checkpoint.safetensors"));
  return readSafetensors(bytes, "checkpoint").arrays["parameters"]!.values;
};

describe("training of the initialiser", () => {
  it(
    "reduces its loss, logs, and makes the same numbers when stopped and resumed",
    { timeout: 60_000 },
    async () => {
      const end = await train(rtpiConfig, "whole");
      expect(end).toMatchObject({ step: 30, reason: "finished" });
      await train(rtpiConfig, "halved", { stopAtStep: 17 });
      await train(rtpiConfig, "halved", { resume: true });
      expect(await finalParameters("halved")).toEqual(await finalParameters("whole"));

      const log = (await readFile(join(folder, "whole", "log.jsonl"), "utf8")).trim().split("\n");
      const entries = log.map((line) => JSON.parse(line) as LogEntry);
      const losses = entries.filter((e) => e.kind === "train").map((e) => e.measures["weightedError"]!);
      expect(losses).toHaveLength(6);
      expect(Math.min(...losses.slice(-2))).toBeLessThan(losses[0]!);
      const best = readWeights(await readFile(join(folder, "whole", "best.safetensors")), "best");
      expect(best.info.network).toBe("rtpi");
      // Nothing half-written is left over.
      expect((await readdir(join(folder, "whole"))).sort()).toEqual([
        "best.safetensors",
        "checkpoint.safetensors",
        "curve.html",
        "log.jsonl",
      ]);
      await expect(train(rtpiConfig, "whole")).rejects.toThrow(/--resume/);
    },
  );
});

describe("training of the encoders", () => {
  it("steps by the double backward pass and validates", { timeout: 120_000 }, async () => {
    const config = {
      ...shared,
      network: "encoder",
      sizes: { stem: [2, 4], widths: [4, 4, 4] },
      run: { ...shared.run, steps: 3, logEvery: 1, validateEvery: 3, checkpointEvery: 3 },
      trainer: {
        ...{ batch: 2, segmentedShare: 0.5, clipNorm: 5, validationBatches: 1 },
        update: { kind: "adam", weightDecay: 0 },
      },
    };
    expect(await train(config, "encoder")).toMatchObject({ step: 3, reason: "finished" });
    const log = (await readFile(join(folder, "encoder", "log.jsonl"), "utf8")).trim().split("\n");
    const entries = log.map((line) => JSON.parse(line) as LogEntry);
    expect(entries.map(({ kind }) => kind)).toEqual(["train", "train", "train", "validation"]);
    for (const { measures } of entries) {
      // Equation (7) lies between 0 (both directions right) and 4 (both opposite).
      expect(measures["loss"]).toBeGreaterThan(0);
      expect(measures["loss"]).toBeLessThan(4);
      expect(Math.abs(measures["rotationCosine"]!)).toBeLessThanOrEqual(1);
      expect(Math.abs(measures["translationCosine"]!)).toBeLessThanOrEqual(1);
    }
    const best = readWeights(await readFile(join(folder, "encoder", "best.safetensors")), "best");
    expect(best.info.network).toBe("encoder");
  });

  it("steps by the registration's own steps, from weights that are given", { timeout: 120_000 }, async () => {
    const config = {
      ...shared,
      network: "encoder",
      sizes: { stem: [2, 4], widths: [4, 4, 4] },
      run: { ...shared.run, steps: 3, logEvery: 1, validateEvery: 3, checkpointEvery: 3 },
      trainer: {
        ...{ batch: 2, segmentedShare: 0.5, clipNorm: 5, validationBatches: 1 },
        ...{ update: { kind: "adam", weightDecay: 0 }, scheme: { kind: "step", damping: 0.03 } },
      },
    };
    expect(await train(config, "steps")).toMatchObject({ step: 3, reason: "finished" });
    const log = (await readFile(join(folder, "steps", "log.jsonl"), "utf8")).trim().split("\n");
    const entries = log.map((line) => JSON.parse(line) as LogEntry);
    expect(entries.map(({ kind }) => kind)).toEqual(["train", "train", "train", "validation"]);
    for (const { measures } of entries) {
      expect(measures["loss"]).toBeGreaterThan(0);
      expect(measures["nearerShare"]).toBeLessThanOrEqual(1);
    }
    const bytes = await readFile(join(folder, "steps", "best.safetensors"));
    const again = await train(config, "again", { start: { bytes, name: "best" } });
    expect(again).toMatchObject({ step: 3, reason: "finished" });
    expect(await finalParameters("again")).not.toEqual(await finalParameters("steps"));
    const foreign = await readFile(join(folder, "whole", "best.safetensors"));
    const wrong = train(config, "wrong", { start: { bytes: foreign, name: "initialiser's weights" } });
    await expect(wrong).rejects.toThrow(/initialiser's weights.*no layer/);
  });
});

describe("the folder of a run", () => {
  it("keeps the old checkpoint when the new one was not finished, and drops what was logged after it", async () => {
    const out = join(folder, "crash");
    const options = { title: "t", resume: true, stepOf: (bytes: Uint8Array) => bytes[0]! };
    const first = await openTrainingFolder(out, options);
    expect(first.resumeFrom).toBeUndefined();
    const entry = (step: number): LogEntry => ({
      ...{ kind: "train", step, measures: { loss: step }, rate: 1, trainedMs: 1 },
    });
    await first.sink.log(entry(5));
    const [line] = (await readFile(join(out, "log.jsonl"), "utf8")).split("\n");
    expect((JSON.parse(line!) as LogEntry).memoryMiB).toBeGreaterThan(10);
    await first.sink.checkpoint(Uint8Array.of(5, 1, 2), 5);
    await first.sink.log(entry(8));
    // The power goes while a checkpoint and a log line are being written.
    await writeFile(join(out, "checkpoint.safetensors.partial"), "half");
    await writeFile(join(out, "log.jsonl"), '{"kind":"train","step":', { flag: "a" });
    const second = await openTrainingFolder(out, options);
    expect([...second.resumeFrom!]).toEqual([5, 1, 2]);
    const kept = (await readFile(join(out, "log.jsonl"), "utf8")).trim().split("\n");
    expect(kept.map((line) => (JSON.parse(line) as LogEntry).step)).toEqual([5]);
  });
});

describe("a training configuration", () => {
  it("names the field that does not fit", () => {
    const bad = { ...rtpiConfig, trainer: { ...rtpiConfig.trainer, batch: 0 } };
    expect(() => parseTrainingConfig(JSON.stringify(bad), "a.json")).toThrow(/trainer\.batch.*at least 1/);
    expect(() => parseTrainingConfig("{", "a.json")).toThrow(/a\.json.*not JSON/);
  });

  it("refuses seeds that are kept for tests", async () => {
    const config = { ...rtpiConfig, training: { first: 899_999, count: 2 } };
    await expect(train(config, "seeds")).rejects.toThrow(/kept for tests/);
  });

  it("switches the parts of Table 2 off", () => {
    const encoder = {
      ...shared,
      network: "encoder",
      sizes: { masked: false, distance: "squared" },
      trainer: {
        ...{ batch: 2, segmentedShare: 0, clipNorm: 1, validationBatches: 1 },
        update: { kind: "sgd", weightDecay: 0 },
      },
    };
    const read = parseTrainingConfig(JSON.stringify(encoder), "e.json");
    expect(read.trainer.config).toMatchObject({ masked: false, distance: "squared" });
  });
});
