import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyProtocol } from "../../../evaluation/evaluation.testkit.ts";
import { evaluationTables } from "../../../evaluation/evaluationTables.ts";
import { type RegistrationRecord, parseRecords } from "../../../evaluation/record.ts";
import { csvTable } from "../../../evaluation/table.ts";
import { recordFileName, runEvaluation } from "./runEvaluation.ts";

let root = "";
let whole: RegistrationRecord[] = [];
const settings = { protocol: tinyProtocol, jobs: 1, threads: 1 };
const tables = (records: readonly RegistrationRecord[]): string =>
  evaluationTables(tinyProtocol, records).results.map(csvTable).join("\n");
const lines = async (folder: string): Promise<RegistrationRecord[]> =>
  parseRecords(await readFile(join(folder, recordFileName), "utf8")).records;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sopi-evaluation-"));
  whole = await runEvaluation({ ...settings, folder: join(root, "whole") });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a tiny evaluation", () => {
  test("has one record per case and method, with results", () => {
    expect(whole.map((record) => record.id).toSorted()).toEqual([
      "near/0000/opt-gc",
      "near/0000/opt-gc-narrow",
      "near/0001/opt-gc",
      "near/0001/opt-gc-narrow",
    ]);
    for (const record of whole) {
      expect(record.failure).toBeNull();
      expect(record.result!.errors.mtreMm).toBeLessThan(record.initial!.mtreMm);
    }
  });

  test("keeps its X-rays, one per case", async () => {
    expect(await readdir(join(root, "whole", "xrays"))).toHaveLength(2);
  });

  test("run again with nothing left to do, it only reads", async () => {
    const before = await readFile(join(root, "whole", recordFileName), "utf8");
    const again = await runEvaluation({ ...settings, folder: join(root, "whole") });
    expect(await readFile(join(root, "whole", recordFileName), "utf8")).toBe(before);
    expect(tables(again)).toBe(tables(whole));
  });
});

test("stopped after one registration and cut in the middle of a line, it resumes to identical tables", async () => {
  const folder = join(root, "stopped");
  const controller = new AbortController();
  const stopped = runEvaluation({
    ...settings,
    folder,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect(await lines(folder)).toHaveLength(1);
  await appendFile(join(folder, recordFileName), '{"id":"near/0000/opt-gc-narrow","row":"ne');
  let doneNow = 0;
  const resumed = await runEvaluation({
    ...settings,
    folder,
    onProgress: (step) => (doneNow = step.doneNow),
  });
  expect(doneNow).toBe(3);
  expect(tables(resumed)).toBe(tables(whole));
  expect(await lines(folder)).toHaveLength(4);
});

test("a case that fails is recorded with its reason and counts as failure", async () => {
  const folder = join(root, "failing");
  const first = whole.find((record) => record.id === "near/0000/opt-gc")!;
  const failed = { ...first, result: null, failure: "no contrast", timings: null };
  await runEvaluation({ ...settings, protocol: { ...tinyProtocol, cases: 1 }, folder });
  await writeFile(join(folder, recordFileName), `${JSON.stringify(failed)}\n`);
  const records = await runEvaluation({ ...settings, folder });
  const [summary] = evaluationTables(tinyProtocol, records).summaries;
  expect(summary).toMatchObject({ method: "opt-gc", cases: 2, withoutResult: 1 });
  expect(summary!.success.below10).toBe(0.5);
});

test("a volume that cannot be read stops the evaluation with one sentence", async () => {
  const missing = { kind: "file", path: "no-such-ct.nii.gz", labels: "no-such-labels.nii.gz" } as const;
  const protocol = { ...tinyProtocol, rows: [{ ...tinyProtocol.rows[0]!, volumes: [missing] }] };
  await expect(runEvaluation({ ...settings, protocol, folder: join(root, "missing") })).rejects.toThrow(
    /CT no-such-ct.nii.gz; got no such file/,
  );
});
