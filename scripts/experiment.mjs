// npm run experiment -- NAME [flags of sopi evaluate]: runs a protocol in full into runs/NAME, continuing what is
// there, and keeps what belongs into the repository under experiments/NAME. Reports with pictures stay in runs/:
// they may show somebody's CT.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [name, ...flags] = process.argv.slice(2);
if (name === undefined || name.startsWith("-")) {
  console.error(
    "Usage: npm run experiment -- NAME [flags of sopi evaluate], as in npm run experiment -- networks",
  );
  process.exit(2);
}
const main = join(root, "dist", "cli", "main.js");
if (!existsSync(main)) {
  console.error("dist/ is missing: npm run build first.");
  process.exit(2);
}
const run = join("runs", name);
const words = [main, "evaluate", name, "--out", run, "--resume", ...flags];
const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

/** What is kept: small, text, and without pictures of patients. */
const kept = ["protocol.json", "result.json", "registrations.csv", "tables.md", "tables", "figures"];
const target = join(root, "experiments", name);
mkdirSync(target, { recursive: true });
for (const item of readdirSync(target))
  if (kept.includes(item)) rmSync(join(target, item), { recursive: true });
for (const item of kept) cpSync(join(root, run, item), join(target, item), { recursive: true });
console.error(
  `Kept in experiments/${name}: ${kept.join(", ")}; the report with pictures is ${join(run, "report.html")}`,
);
