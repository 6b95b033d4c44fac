// Ships what a training run made: half-precision weights, log and curve go into models/, with their checksum printed for
// the card. Run it after `npm run build`:
//
//   node scripts/shipWeights.mjs runs/encoder models/encoder
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [run, model] = process.argv.slice(2);
if (run === undefined || model === undefined) {
  console.error("Usage: node scripts/shipWeights.mjs RUN-FOLDER MODEL-FOLDER");
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { readSafetensors, writeSafetensors } = await import(join(root, "dist", "tensor", "safetensors.js"));
const bytes = writeSafetensors(readSafetensors(readFileSync(join(run, "best.safetensors")), run), "F16");
writeFileSync(join(model, "weights.safetensors"), bytes);
for (const file of ["log.jsonl", "curve.html"]) copyFileSync(join(run, file), join(model, file));
console.log(`${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}`);
