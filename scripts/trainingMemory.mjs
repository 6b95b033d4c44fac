// Keeps what a training run's log says about memory: bench/results/trainingMemory.json.
//
//   node dist/cli/main.js train rtpi --config bench/trainingMemory.config.json --out runs/memory --volumes runs/memory-volumes
//   node scripts/trainingMemory.mjs runs/memory
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error("Usage: node scripts/trainingMemory.mjs FOLDER-OF-A-TRAINING-RUN");
  process.exit(2);
}
const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trim().split("\n");
const entries = lines.map((line) => JSON.parse(line)).filter(({ memoryMiB }) => memoryMiB !== undefined);
const steps = entries.at(-1).step;
/** The run in ten equal parts: the largest memory of each. */
const parts = Array.from({ length: 10 }, (_, i) => {
  const [from, to] = [(i * steps) / 10, ((i + 1) * steps) / 10];
  const inside = entries.filter(({ step }) => step > from && step <= to);
  return { toStep: Math.round(to), largestMiB: Math.max(...inside.map(({ memoryMiB }) => memoryMiB)) };
});
const result = {
  machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
  config: JSON.parse(readFileSync(new URL("../bench/trainingMemory.config.json", import.meta.url), "utf8")),
  ...{ steps, parts },
  growthMiB: parts.at(-1).largestMiB - parts[1].largestMiB,
};
const target = new URL("../bench/results/trainingMemory.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(result, undefined, 2)}\n`);
console.log(
  `Largest memory, MiB, by tenths of ${steps} steps: ${parts.map(({ largestMiB }) => largestMiB).join(", ")}`,
);
