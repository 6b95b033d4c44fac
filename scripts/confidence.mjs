// npm run confidence -- [folders to judge it on]: fits the probability that a result is right on the records of
// runs/confidence and runs/lumbar-ct (npm run experiment -- confidence, and lumbar-ct) and writes
// src/registration/fittedConfidence.ts, which ships.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tests = process.argv.slice(2);
const out = join("experiments", "confidence", "calibration");
/** Methods that end with the same search of the same metric are fitted together, as far as they were run. */
const together = ["opt-gc", "rtpi+opt", "sopi+opt"];

const fitted = ["confidence", "lumbar-ct"].map((name) => join("runs", name));
const lines = fitted.flatMap((run) =>
  readFileSync(join(root, run, "registrations.jsonl"), "utf8").split("\n"),
);
const methods = new Set(lines.filter((line) => line !== "").map((line) => JSON.parse(line).method));
const pool = together.filter((name) => methods.has(name)).join(",");
const words = [join(root, "dist", "cli", "main.js"), "calibrate", ...fitted, "--force", "--out", out];
if (pool !== "") words.push("--pool", pool);
if (tests.length > 0) words.push("--test", ...tests);
mkdirSync(join(root, out), { recursive: true });
const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const { calibrations, errorScales } = JSON.parse(readFileSync(join(root, out, "calibration.json"), "utf8"));
const digits = (value) => Number(value.toPrecision(6));
const model = ({ bias, weights, centres, scales }) => ({
  bias: digits(bias),
  weights: weights.map(digits),
  centres: centres.map(digits),
  scales: scales.map(digits),
});
/** Fewer results than this on either side of 10 mm are no basis for a probability that ships. */
const least = 10;
const fits = errorScales.flatMap(({ methods: group, factor }) => {
  const at = (limitMm) => calibrations.find((one) => one.limitMm === limitMm && one.methods[0] === group[0]);
  const { cases, successes } = at(10).fittedOn;
  if (Math.min(successes, cases - successes) < least) {
    console.error(`Not shipped: ${group.join(", ")} (${successes} of ${cases} results below 10 mm).`);
    return [];
  }
  const models = { within2mm: model(at(2)), within10mm: model(at(10)), errorScale: digits(factor ?? 1) };
  // What was learned of opt-gc holds for its search from a network's answer, until that has been run itself.
  const names = group.includes("opt-gc") ? [...new Set([...group, ...together])] : group;
  return [{ names, models }];
});
/** One constant a fit, however many methods share it. */
const constant = ({ names }) => names[0].replace(/[^a-z]+(.)/g, (_, letter) => letter.toUpperCase());
const constants = fits.map(
  (fit) => `const ${constant(fit)}: ConfidenceModel = ${JSON.stringify(fit.models, null, 2)};`,
);
const entries = fits.flatMap((fit) =>
  fit.names.map((name) => `  ${JSON.stringify(name)}: ${constant(fit)},`),
);
const text = `import type { ConfidenceModel } from "./confidenceModel.ts";

${constants.join("\n\n")}

/** Models by method, made by \`npm run confidence\`; a method that is not here states no confidence. */
export const fittedConfidence: Readonly<Record<string, ConfidenceModel>> = {
${entries.join("\n")}
};
`;
const file = join(root, "src", "registration", "fittedConfidence.ts");
writeFileSync(file, text);
spawnSync(process.execPath, [join(root, "node_modules", "oxfmt", "bin", "oxfmt"), file], { cwd: root });
console.error(`Written: ${file}; ${fits.flatMap(({ names }) => names).join(", ")}`);
