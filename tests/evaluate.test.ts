import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyProtocol } from "../src/evaluation/evaluation.testkit.ts";
import { sopi } from "./cliProcess.ts";

let root = "";
const folder = (name: string): string => join(root, name);
const text = (...path: string[]): Promise<string> => readFile(join(root, ...path), "utf8");
const evaluate = (name: string, ...words: string[]): ReturnType<typeof sopi> =>
  sopi(["evaluate", folder("tiny.json"), "--threads", "1", "--out", folder(name), ...words]);
/** The tables that hold no time. */
const tables = (name: string): Promise<string[]> =>
  Promise.all(
    ["accuracy", "paper-measures", "axes", "effort", "precision"].map((table) =>
      text(name, "tables", `${table}.csv`),
    ),
  );

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sopi-evaluate-"));
  await writeFile(folder("tiny.json"), JSON.stringify(tinyProtocol));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("sopi evaluate", () => {
  test("writes records, tables and result.json, and prints the tables", async () => {
    const { exitCode, stdout } = await evaluate("whole", "--pictures", "1");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("### Accuracy and success");
    expect(stdout).toBe(await text("whole", "tables.md").then((page) => `${page.trimEnd()}\n`));
    const result = JSON.parse(await text("whole", "result.json")) as Record<string, unknown>;
    expect(result).toMatchObject({
      schema: "sopi-evaluation/1",
      runs: [{ threads: 1, jobs: 1, machine: { node: process.versions.node } }],
    });
    expect(await text("whole", "report.html")).toContain("Side by side");
    expect(await text("whole", "figures", "errors.svg")).toMatch(/^<svg /);
    const registrations = (await text("whole", "registrations.csv")).trim().split("\r\n");
    expect(registrations).toHaveLength(5);
    expect(new Set(registrations.map((line) => line.split(",").length)).size).toBe(1);
  });

  test("killed while it works and resumed over two processes, it ends with the same bytes", async () => {
    let killed = false;
    const running = sopi(
      ["evaluate", folder("tiny.json"), "--threads", "1", "--out", folder("killed"), "--jobs", "2"],
      {
        onStderr: (_text, kill) => {
          if (killed) return;
          killed = true;
          setTimeout(() => kill("SIGKILL"), 1500);
        },
      },
    );
    expect((await running).exitCode).toBeNull();
    const { exitCode } = await evaluate("killed", "--resume", "--jobs", "2", "--pictures", "0");
    expect(exitCode).toBe(0);
    expect(await tables("killed")).toEqual(await tables("whole"));
  });

  test("interrupted, it says what is kept and how to go on", async () => {
    let sent = false;
    const words = ["evaluate", folder("tiny.json"), "--threads", "1", "--out", folder("interrupted")];
    const { exitCode, stderr } = await sopi(words, {
      onStderr: (_text, kill) => {
        if (sent) return;
        sent = true;
        kill("SIGINT");
      },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/Interrupted; \d+ registrations are kept in .*interrupted: --resume goes on/);
  });

  test("results are not overwritten, and another seed is no continuation", async () => {
    const again = await evaluate("whole");
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining("--resume")]);
    const other = await evaluate("whole", "--resume", "--seed", "8");
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining("another protocol or seed")]);
  });

  test("--replay redoes one registration with its pictures", async () => {
    const { exitCode, stdout } = await evaluate("whole", "--replay", "near/0001/opt-gc", "--json");
    expect(exitCode).toBe(0);
    const record = JSON.parse(stdout) as { id: string; result: { cameraFromWorld: number[] } };
    const lines = (await text("whole", "registrations.jsonl")).trim().split("\n");
    const before = lines.map((line) => JSON.parse(line) as typeof record).find(({ id }) => id === record.id)!;
    expect(record.result.cameraFromWorld).toEqual(before.result.cameraFromWorld);
    expect(await text("whole", "replay", record.id, "report.html")).toContain("True error");
  });

  test.each([
    ["an unknown protocol", ["no-such"], 2, /"no-such".*lumbar-ct/s],
    ["a missing file", ["./missing.json"], 3, /no such file/],
    ["an unknown row", ["lumbar-ct", "--rows", "far"], 2, /"far".*near, wide/s],
    ["an unknown method", ["lumbar-ct", "--methods", "magic"], 2, /"magic"/],
    ["a replay of nothing", ["lumbar-ct", "--replay", "near"], 2, /row\/case\/method/],
  ])("%s ends with one sentence", async (_name, words, code, message) => {
    const { exitCode, stderr } = await sopi(["evaluate", ...words, "--out", folder("bad")]);
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
  });
});
