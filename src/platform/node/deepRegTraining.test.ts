import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWeights } from "../../networks/weights.ts";
import { readSafetensors } from "../../tensor/safetensors.ts";
import { parseTrainingConfig } from "../../training/trainingConfig.ts";
import type { LogEntry } from "../../training/trainingRun.ts";
import { trainOnNode } from "./training.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-deep-reg-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = {
  network: "deep-reg",
  seed: 3,
  volumes: { field: "trunk", size: 38, spacingMm: 8 },
  training: { first: 11, count: 1 },
  validation: { first: 12, count: 1 },
  run: {
    ...{ steps: 6, logEvery: 1, validateEvery: 6, checkpointEvery: 3 },
    rate: { kind: "cosine", lowest: 1e-4, highest: 1e-3, warmUp: 1 },
  },
  sizes: { volumeSize: 12, volumeSpacingMm: 14, volumeWidths: [2], channels: 2, imageWidths: [4, 8] },
  trainer: {
    ...{ batch: 4, volumes: 2, segmentedShare: 0.5, clipNorm: 5, validationBatches: 1 },
    ...{ update: { kind: "adam", weightDecay: 0 }, scales: [1, 2, 2, 8, 1, 1] },
  },
};

async function train(out: string, changes: object = {}, more: object = {}): ReturnType<typeof trainOnNode> {
  const configText = JSON.stringify({ ...config, ...changes });
  return trainOnNode({
    ...{ config: parseTrainingConfig(configText, "test.json"), configText, out: join(folder, out) },
    ...{ volumes: join(folder, "volumes"), resume: false },
    ...more,
  });
}

const parametersOf = async (out: string): Promise<Float32Array> =>
  readSafetensors(await readFile(join(folder, out, "checkpoint.safetensors")), "checkpoint").arrays[
    "parameters"
  ]!.values;

describe("training of deep-reg", () => {
  it(
    "moves all its parts, and makes the same numbers when stopped and resumed",
    { timeout: 60_000 },
    async () => {
      await train("first", {}, { stopAtStep: 1 });
      expect(await train("whole")).toMatchObject({ step: 6, reason: "finished" });
      await train("halved", {}, { stopAtStep: 4 });
      await train("halved", {}, { resume: true });
      expect(await parametersOf("halved")).toEqual(await parametersOf("whole"));

      const log = (await readFile(join(folder, "whole", "log.jsonl"), "utf8")).trim().split("\n");
      const entries = log.map((line) => JSON.parse(line) as LogEntry);
      expect(entries.filter(({ kind }) => kind === "train")).toHaveLength(6);
      for (const { measures } of entries) {
        // Equation (7) lies between 0 (both directions right) and 4 (both opposite).
        expect(measures["loss"]).toBeGreaterThan(0);
        expect(measures["loss"]).toBeLessThan(4);
        expect(Math.abs(measures["rotationCosine"]!)).toBeLessThanOrEqual(1);
        expect(Math.abs(measures["translationCosine"]!)).toBeLessThanOrEqual(1);
      }
      const best = readWeights(await readFile(join(folder, "whole", "best.safetensors")), "best");
      expect(best.info.network).toBe("deep-reg");
      expect(best.info.config).toMatchObject({ volume: { volumeSize: 12, outputs: 2 } });
      const [before, after] = [await parametersOf("first"), await parametersOf("whole")];
      const moved = after.map((value, i) => (value === before[i] ? 0 : 1)).reduce((sum, one) => sum + one, 0);
      expect(moved).toBeGreaterThan(0.95 * after.length);
    },
  );

  it("compares directions as printed unless scales are given, and wants whole shares of a batch", async () => {
    const { scales: _, ...trainer } = config.trainer;
    const read = parseTrainingConfig(JSON.stringify({ ...config, trainer }), "a.json");
    expect(read.trainer).toMatchObject({ scales: [1, 1, 1, 1, 1, 1] });
    await expect(train("shares", { trainer: { ...trainer, batch: 3 } })).rejects.toThrow(
      /3 pairs of 2 volumes a step/,
    );
  });
});
