// Writes the training configurations of Table 2's ablations from models/encoder/config.json: the same data, steps and
// rates, only the encoder or its loss is another. Run it again when that file changes, then train:
//
//   npx sopi train encoder --config models/encoder-ablations/plain/config.json --out runs/encoder-plain
//   cp runs/encoder-plain/best.safetensors models/encoder-ablations/plain/weights.safetensors
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const models = join(root, "models");
const base = JSON.parse(readFileSync(join(models, "encoder", "config.json"), "utf8"));

/** ProST's plain encoder with about as many parameters as the shipped composite one. */
const plain = { plain: [16, 32, 64] };
/** The mean squared difference of the features of the whole image, in place of equation (6). */
const unmasked = { masked: false, distance: "squared" };

const ablations = { plain, unmasked, "plain-unmasked": { ...plain, ...unmasked } };
for (const [name, sizes] of Object.entries(ablations)) {
  const folder = join(models, "encoder-ablations", name);
  mkdirSync(folder, { recursive: true });
  const { network, seed, ...rest } = base;
  const config = { network, seed, ...rest, sizes: { ...base.sizes, ...sizes } };
  writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}
spawnSync(
  process.execPath,
  [join(root, "node_modules", "oxfmt", "bin", "oxfmt"), join(models, "encoder-ablations")],
  {
    cwd: root,
  },
);
