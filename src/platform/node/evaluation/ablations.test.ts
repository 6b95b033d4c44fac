import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shippedProtocol } from "../../../evaluation/protocols/index.ts";
import { parseTrainingConfig } from "../../../training/trainingConfig.ts";
import { unavailableMethods } from "./methodNetworks.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");
const { methods } = shippedProtocol("table2-ablation")!;
const weightFiles = methods.flatMap(({ networks }) => (networks?.encoder ? [networks.encoder] : []));

test.each(weightFiles)("%s is trained by a configuration beside it", async (path) => {
  const file = join(root, dirname(path), "config.json");
  const config = parseTrainingConfig(await readFile(file, "utf8"), file);
  expect(config.network).toBe("encoder");
});

test("Table 2 has every row of the paper's", () => {
  const parts = methods.flatMap((method) => (method.parts ? [Object.values(method.parts).map(Number)] : []));
  expect(parts).toEqual([
    [1, 0, 1],
    [0, 1, 1],
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
  ]);
});

test("a method whose weights are not there says which file is missing; one without its initialiser needs one less", async () => {
  const networks = { encoder: "no/such/file.safetensors" };
  const [missing] = await unavailableMethods([
    { name: "sopi", label: "ablated", networks, initialiser: "start" },
  ]);
  expect(missing).toEqual({
    label: "ablated",
    reason: 'no weights of the network "encoder" at no/such/file.safetensors',
  });
  expect(await unavailableMethods([{ name: "opt-gc" }])).toEqual([]);
});
