import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readWeights } from "../../networks/weights.ts";
import { parseTrainingConfig } from "../../training/trainingConfig.ts";
import { firstTestSeed } from "../../training/trainingVolumes.ts";
import { sha256 } from "./fileReader.ts";

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../models/encoder/${name}`, import.meta.url));

describe("the shipped encoders", () => {
  it("are the file their card describes, of the configuration beside it", async () => {
    const card = await readFile(file("card.md"), "utf8");
    const bytes = await readFile(file("weights.safetensors"));
    expect(card).toContain(sha256(bytes));
    const config = parseTrainingConfig(await readFile(file("config.json"), "utf8"), "config.json");
    expect(config.network).toBe("encoder");
    expect(config.training.first + config.training.count).toBeLessThanOrEqual(firstTestSeed);
    expect(readWeights(bytes, "weights").info.config).toEqual(config.trainer.config);
  });
});
