// Writes the training configurations of Table 2's ablations from models/encoder/config.json: the same data and rates,
// only the encoder, its loss or its training scheme is another. All are trained for the same number of steps, fewer than
// the shipped encoder's, and `full` is the shipped network at that length. Run it again when that file changes, then train:
//
//   npx sopi train encoder --config models/encoder-ablations/plain/config.json --out runs/encoder-plain
//   node scripts/shipWeights.mjs runs/encoder-plain models/encoder-ablations/plain
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

const steps = 3000;
const direction = { scheme: { kind: "direction" } };

const ablations = {
  full: {},
  plain: { sizes: plain },
  unmasked: { sizes: unmasked },
  "plain-unmasked": { sizes: { ...plain, ...unmasked } },
  /** Equation (7) by double backward, as the paper trains. */
  direction: { trainer: direction },
};
for (const [name, { sizes, trainer }] of Object.entries(ablations)) {
  const folder = join(models, "encoder-ablations", name);
  mkdirSync(folder, { recursive: true });
  const config = {
    ...base,
    run: { ...base.run, steps },
    trainer: { ...base.trainer, ...trainer },
    ...(sizes && { sizes: { ...base.sizes, ...sizes } }),
  };
  writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}
spawnSync(
  process.execPath,
  [join(root, "node_modules", "oxfmt", "bin", "oxfmt"), join(models, "encoder-ablations")],
  {
    cwd: root,
  },
);
