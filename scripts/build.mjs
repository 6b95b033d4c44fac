// Builds dist/: the WebAssembly kernels, then the library and the command line. With --if-needed (`prepare`)
// nothing happens when the last successful build is newer than every source. npm also prepares the package
// when `npx sopi` is used in a checkout for the first time; what is built already then has to do.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".cache", "sopi", "built");
const sources = ["src", "kernels", "scripts", "package.json", "tsconfig.json", "tsconfig.build.json"];

/** Time of the last change of a file, or of anything in a folder; 0 where there is nothing. */
function newest(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return path.endsWith(".generated.ts") ? 0 : info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isCurrent() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newest(join(root, "dist", "cli", "main.js")) === 0) return false;
  return process.env.npm_command === "exec" || sources.every((name) => newest(join(root, name)) < built);
}

function node(...words) {
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!process.argv.includes("--if-needed") || !isCurrent()) {
  rmSync(stamp, { force: true });
  node("scripts/buildKernels.mjs");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  node("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
  chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, "");
}
