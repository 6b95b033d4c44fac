import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readWeights } from "../../networks/weights.ts";
import { parseTrainingConfig } from "../../training/trainingConfig.ts";
import { firstTestSeed } from "../../training/trainingVolumes.ts";
import { sha256 } from "./fileReader.ts";

const ablations = ["full", "plain", "unmasked", "plain-unmasked", "direction"];
/** Folder of the weights, folder of their card, network. */
const shipped = [
  ...["rtpi", "encoder", "deep-reg"].map((name) => [name, name, name]),
  ...ablations.map((name) => [`encoder-ablations/${name}`, "encoder-ablations", "encoder"]),
] as [string, string, string][];

describe.each(shipped)("the shipped weights of %s", (folder, cardFolder, name) => {
  const models = new URL("../../../models/", import.meta.url);
  const file = (part: string, of = folder): string => fileURLToPath(new URL(`${of}/${part}`, models));

  it("are the file their card describes, of the configuration beside them", async () => {
    const card = await readFile(file("card.md", cardFolder), "utf8");
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
