import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorsOf, recordOf, tinyProtocol } from "../../../evaluation/evaluation.testkit.ts";
import { type RegistrationRecord, formatRecord } from "../../../evaluation/record.ts";
import type { RunDescription } from "../../../evaluation/runDescription.ts";
import { adoptRecords, appendRun, describeRun, dropMethods, readRuns, recordFileName } from "./runFile.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sopi-runs-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder with one call that made some records. */
async function folderOf(
  name: string,
  records: readonly RegistrationRecord[],
): Promise<[string, RunDescription]> {
  const folder = join(root, name);
  const run = await describeRun(tinyProtocol, { jobs: 1, threads: 2, version: "1.0.0" });
  await appendRun(folder, run);
  const lines = records.map((record) => `${formatRecord({ ...record, run: run.id })}\n`);
  await appendFile(join(folder, recordFileName), lines.join(""));
  return [folder, run];
}

const byGc = [0, 1].map((i) => recordOf(i, errorsOf(i)));
const byNgi = [0, 1].map((i) => ({
  ...recordOf(i, errorsOf(9)),
  id: `near/000${i}/opt-ngi`,
  method: "opt-ngi",
}));

test("records taken over keep the call that made them; those that are there stay", async () => {
  const [own, ownRun] = await folderOf("own", byGc);
  const [other, otherRun] = await folderOf("other", [...byNgi, recordOf(1, errorsOf(99))]);
  expect(await adoptRecords(own, other)).toBe(2);
  const { runs, records } = await readRuns(own);
  expect(runs).toEqual([ownRun, otherRun]);
  expect(records.map(({ id, run }) => [id, run])).toEqual([
    ["near/0000/opt-gc", ownRun.id],
    ["near/0001/opt-gc", ownRun.id],
    ["near/0000/opt-ngi", otherRun.id],
    ["near/0001/opt-ngi", otherRun.id],
  ]);
  expect(records[1]!.result!.errors.mtreMm).toBe(1);
  expect(await adoptRecords(own, other)).toBe(0);
});

test("a method is forgotten, the others stay", async () => {
  const [folder] = await folderOf("dropped", [...byGc, ...byNgi]);
  await dropMethods(folder, ["opt-gc"]);
  expect((await readRuns(folder)).records.map(({ method }) => method)).toEqual(["opt-ngi", "opt-ngi"]);
});

test("a folder that is not there has no runs", async () => {
  expect(await readRuns(join(root, "nowhere"))).toEqual({ runs: [], records: [] });
});
