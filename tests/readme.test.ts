import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sopi } from "./cliProcess.ts";
import { codeBlocks } from "./readmeBlocks.ts";
import { root } from "./sourceFiles.ts";

const run = promisify(execFile);
const readText = (name: string): string => readFileSync(join(root, name), "utf8");
const blocks = codeBlocks("README.md");
const programs = blocks.filter((block) => block.language === "ts");
const consoles = blocks.filter((block) => block.language === "sh");

/** Inside the repository, so that `import "sopi"` finds the package itself. */
const codeFolder = join(root, "runs", `readme-${process.pid}`);
let workFolder = "";

beforeAll(async () => {
  await mkdir(codeFolder, { recursive: true });
  workFolder = await mkdtemp(join(tmpdir(), "sopi-readme-"));
});
afterAll(async () => {
  await rm(codeFolder, { recursive: true, force: true });
  await rm(workFolder, { recursive: true, force: true });
});

describe("README code", () => {
  test("has programs and command lines to be tested", () => {
    expect(programs.length).toBeGreaterThan(0);
    expect(consoles.length).toBeGreaterThan(0);
  });

  test("passes the type checker", async () => {
    const files = await Promise.all(
      programs.map(async ({ code, line }) => {
        const path = join(codeFolder, `line${line}.ts`);
        await writeFile(path, code);
        return path;
      }),
    );
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    });
    const complaints = ts.getPreEmitDiagnostics(program).map((one) => {
      const text = ts.flattenDiagnosticMessageText(one.messageText, " ");
      return one.file
        ? `${one.file.fileName}:${one.file.getLineAndCharacterOfPosition(one.start ?? 0).line + 1} ${text}`
        : text;
    });
    expect(complaints).toEqual([]);
  });

  test("every sopi command line ends with exit code 0, in order, in one empty folder", async () => {
    const lines = consoles
      .flatMap(({ code }) => code.replace(/\\\n\s*/g, " ").split("\n"))
      .filter((line) => line.startsWith("npx sopi "));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      const words = line.replace(/#.*$/, "").trim().split(/\s+/).slice(2);
      const { exitCode, stderr } = await sopi(words, { cwd: workFolder });
      expect({ line, exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({
        line,
        exitCode: 0,
        stderr: "",
      });
    }
  });

  test.each(programs)("runs: the program of line $line", async ({ code, line }) => {
    const path = join(codeFolder, `line${line}.mjs`);
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    await writeFile(path, outputText);
    const { stdout, stderr } = await run(process.execPath, [path], { cwd: workFolder, timeout: 120_000 });
    expect(stderr).toBe("");
    expect(stdout.length).toBeGreaterThan(0);
  });
});

describe("documents", () => {
  const documents = ["README.md", "MAP.md", "CONVENTIONS.md", "CONTRIBUTING.md", "CHANGELOG.md"];

  test("the README says what the software is not for", () => {
    const notice =
      "For research use only. Not a medical device. Do not use for diagnosis, treatment or surgical guidance.";
    expect(readText("README.md").replace(/\s+/g, " ")).toContain(notice);
  });

  test.each(documents)("every file that %s names exists", (name) => {
    const missing = [...readText(name).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
      .map((match) => match[1]!)
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});
