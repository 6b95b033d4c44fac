// Finds a Chromium for the browser tests, and installs one where there is none.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

const usualPaths = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The browser that Playwright keeps in its own cache; undefined when it is not there. */
function playwrightChromium() {
  try {
    const path = require("playwright-core").chromium.executablePath();
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Path and origin of an installed Chromium; undefined when there is none. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}; no such file. Correct or unset it.`);
    return { path: named, origin: "CHROMIUM_PATH" };
  }
  const usual = usualPaths.find((path) => existsSync(path));
  if (usual) return { path: usual, origin: "system" };
  const cached = playwrightChromium();
  return cached && { path: cached, origin: "Playwright's cache" };
}

function attempt(command, args, timeout) {
  console.log(`$ ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], timeout }).status === 0;
}

/** Playwright's own download first, then the system's packages where we may install them. */
function installChromium() {
  const playwright = join(dirname(require.resolve("playwright-core/package.json")), "cli.js");
  if (attempt(process.execPath, [playwright, "install", "chromium"], 240_000)) return;
  if (process.getuid?.() !== 0) return;
  attempt("apt-get", ["update", "-qq"], 120_000);
  attempt("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], 300_000);
}

/** An installed Chromium, installing it when needed; undefined when that was impossible. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  console.log("No Chromium found; installing one.");
  installChromium();
  return findChromium();
}
