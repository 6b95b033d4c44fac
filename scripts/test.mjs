// Everything `npm test` does, in order. Prints one section per step and a last line with the sum of all tests.
// Steps can be named to run only those: npm test -- types unit
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureChromium } from "./chromium.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const scratch = mkdtempSync(join(tmpdir(), "sopi-test-"));
const totals = { passed: 0, failed: 0, skipped: 0 };
const summary = [];

/** Runs a tool of node_modules with Node itself; true when it succeeded. */
function tool(name, args, environment = {}) {
  const bin = join(root, "node_modules", ".bin", name);
  const command = process.platform === "win32" ? `${bin}.cmd` : bin;
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...environment } };
  return spawnSync(command, args, { ...options, shell: process.platform === "win32" }).status === 0;
}

/** A check without tests of its own: it counts as one failure when it fails. */
function check(name, run) {
  return () => {
    const good = run();
    if (!good) totals.failed++;
    return `${name}: ${good ? "ok" : "FAILED"}`;
  };
}

/** Names of the tests of one status in a vitest JSON report, with their file. */
function testsOf(report, statuses) {
  return report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((one) => statuses.includes(one.status))
      .map((one) => `${relative(root, file.name)}: ${one.fullName}`),
  );
}

/** Adds a vitest report to the totals; a file that could not even be loaded is one failure. */
function count(report) {
  const unloadable = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed"),
  );
  const skipped = testsOf(report, ["pending", "skipped", "todo", "disabled"]);
  const failed = report.numFailedTests + unloadable.length;
  totals.passed += report.numPassedTests;
  totals.failed += failed;
  totals.skipped += skipped.length;
  for (const name of skipped) console.log(`skipped  ${name}`);
  for (const name of testsOf(report, ["failed"])) console.log(`failed   ${name}`);
  for (const file of unloadable) console.log(`failed   ${relative(root, file.name)}: could not be run`);
  return { failed, text: `${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped` };
}

function vitest(name, args, environment) {
  const file = join(scratch, `${name}.json`);
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`];
  const good = tool("vitest", ["run", ...reporters, ...args], environment);
  let counted;
  try {
    counted = count(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    counted = { failed: 0, text: "no report" };
  }
  if (!good && counted.failed === 0) totals.failed++;
  return `${name} tests: ${counted.text}`;
}

function browser() {
  const chromium = ensureChromium();
  if (!chromium) {
    totals.skipped++;
    return "browser tests: SKIPPED, no Chromium could be found or installed (set CHROMIUM_PATH)";
  }
  console.log(`Chromium: ${chromium.path} (${chromium.origin})`);
  return vitest("browser", ["--config", "tests/browser/vitest.config.ts"], { CHROMIUM_PATH: chromium.path });
}

const build = () =>
  spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: "inherit" }).status === 0;

const steps = {
  build: check("build", build),
  types: check("types", () => tool("tsc", ["-p", "tsconfig.json"])),
  lint: check("lint", () => tool("oxlint", ["--deny-warnings"])),
  format: check("format", () => tool("oxfmt", ["--check", "."])),
  unit: () => vitest("unit", ["src"]),
  whole: () => vitest("whole", ["tests"]),
  browser,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(", ")}; the steps are ${Object.keys(steps).join(", ")}.`);
  process.exit(2);
}

for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  const text = step();
  summary.push(`${text} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  console.log(summary.at(-1));
}
rmSync(scratch, { recursive: true, force: true });

console.log(`\n=== summary ===\n${summary.join("\n")}\n`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;
