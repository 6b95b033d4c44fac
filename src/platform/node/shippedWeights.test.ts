import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readWeights } from "../../networks/weights.ts";
import { parseTrainingConfig } from "../../training/trainingConfig.ts";
import { firstTestSeed } from "../../training/trainingVolumes.ts";
import { sha256 } from "./fileReader.ts";

describe.each(["rtpi", "encoder", "deep-reg"])("the shipped weights of %s", (name) => {
  const file = (part: string): string =>
    fileURLToPath(new URL(`../../../models/${name}/${part}`, import.meta.url));

  it("are the file their card describes, of the configuration beside them", async () => {
    const card = await readFile(file("card.md"), "utf8");
    const bytes = await readFile(file("weights.safetensors"));
    expect(card).toContain(sha256(bytes));
    const config = parseTrainingConfig(await readFile(file("config.json"), "utf8"), "config.json");
    expect(config.network).toBe(name);
    expect(config.training.first + config.training.count).toBeLessThanOrEqual(firstTestSeed);
    const { info } = readWeights(bytes, "weights");
    expect(info.network).toBe(name);
    expect(info.config).toEqual(config.trainer.config);
  });
});
