// Compiles the WebAssembly kernels (AssemblyScript) and embeds them as base64, so that they load in
// Node, in browsers and in workers without reading a file. The output is built, never committed.
import { readFileSync, writeFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { main as compileAssembly } from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "sopi-kernels-"));
const features = ["simd", "nontrapping-f2i", "bulk-memory"].flatMap((name) => ["--enable", name]);
const common = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--use", "abort="];
// One source, two modules: shared memory needs a maximum in its type, and is missing on some hosts.
const variants = {
  kernelShared: ["--enable", "threads", "--sharedMemory", "--maximumMemory", "65536"],
  kernelUnshared: ["--enable", "threads"],
};

async function compile(options) {
  const wasm = join(scratch, "kernel.wasm");
  const arguments_ = [
    "kernels/index.ts",
    "--baseDir",
    root,
    "-o",
    relative(root, wasm),
    ...common,
    ...features,
    ...options,
  ];
  const { error, stderr } = await compileAssembly(arguments_);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return readFileSync(wasm).toString("base64");
}

const lines = ["// Written by scripts/buildKernels.mjs."];
for (const [name, options] of Object.entries(variants)) {
  lines.push(`export const ${name}: string =\n  "${await compile(options)}";`);
}
rmSync(scratch, { recursive: true, force: true });
writeFileSync(join(root, "src/projector/kernelBytes.generated.ts"), `${lines.join("\n")}\n`);
