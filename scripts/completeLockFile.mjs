// Adds to package-lock.json the optional packages that a registry without them left out: binaries for other
// platforms. `npm ci` refuses a lock file that lacks them. Run it after every `npm install`; it prints what it added.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

/** An entry for a binary package whose name ends in system, processor and C library. */
function entryFor(name, version, parent) {
  const parts = name.split("/").pop().split("-");
  const os = systems.find((system) => parts.includes(system));
  const cpu = processors.find((processor) => parts.includes(processor));
  if (!os || !cpu || !/^\d/.test(version)) throw new Error(`${name}@${version}: no platform in its name`);
  const libc = { gnu: ["glibc"], musl: ["musl"] }[parts.at(-1)];
  return {
    version,
    cpu: [cpu],
    ...(parent.dev && { dev: true }),
    ...(os === "linux" && libc && { libc }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os: [os],
  };
}

const added = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key]) continue;
    lock.packages[key] = entryFor(name, version, parent);
    added.push(`${name}@${version}`);
  }
}
const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length > 0 ? `added ${added.join(", ")}` : "nothing was missing");
