import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tinyProtocol } from "../../../evaluation/evaluation.testkit.ts";
import { evaluationTables } from "../../../evaluation/evaluationTables.ts";
import { type RegistrationRecord, parseRecords } from "../../../evaluation/record.ts";
import { csvTable } from "../../../evaluation/table.ts";
import type { ForeignPose } from "../../../evaluation/poseTable.ts";
import { readVolumeFile } from "../imageFiles.ts";
import { exportCases } from "./exportCases.ts";
import { measureForeignPoses } from "./foreignPoses.ts";
import { runEvaluation } from "./runEvaluation.ts";
import { recordFileName } from "./runFile.ts";

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

describe("other programs", () => {
  const pose = (caseId: string, cameraFromWorld: readonly number[]): ForeignPose => ({
    ...{ caseId, method: "other", cameraFromWorld: [...cameraFromWorld], seconds: 4 },
  });

  test("are measured with the same ruler and stand below our methods", async () => {
    const ours = whole.find((record) => record.id === "near/0001/opt-gc")!;
    const poses = [pose("near/0001", ours.result!.cameraFromWorld), pose("near/0000", whole[0]!.truthCamera)];
    const options = { ...settings, folder: join(root, "whole"), poses };
    const records = await measureForeignPoses(options);
    expect(records.map((record) => record.id)).toEqual(["near/0000/other", "near/0001/other"]);
    expect(records[0]!.result!.errors.mtreMm).toBeCloseTo(0, 9);
    expect(records[1]!.result!.errors).toEqual(ours.result!.errors);
    const { summaries } = evaluationTables(tinyProtocol, [...records, ...whole]);
    expect(summaries.map((s) => s.method)).toEqual(["opt-gc", "opt-gc-narrow", "other"]);
    expect(summaries[2]!.totalMs.median).toBe(4000);
    // What another program does not tell is no number, least of all zero.
    expect(summaries[2]!.evaluations.median).toBeNaN();
    expect(summaries[2]!.converged).toBeNaN();
    const counted = await measureForeignPoses({ ...options, poses: [{ ...poses[0]!, drrs: 350 }] });
    expect(counted[0]!.result!.evaluations).toBe(350);
  });

  test("a case outside the run is an error", async () => {
    const poses = [pose("near/0002", whole[0]!.truthCamera)];
    const options = { ...settings, folder: join(root, "whole"), poses };
    await expect(measureForeignPoses(options)).rejects.toThrow(/near\/0002; got a case that is not part/);
  });

  test("get what a method gets, and not the truth", async () => {
    const folder = join(root, "cases");
    const protocol = { ...tinyProtocol, cases: 1 };
    expect(await exportCases({ protocol, folder, threads: 1 })).toBe(1);
    const list = JSON.parse(await readFile(join(folder, "cases.json"), "utf8")) as {
      cases: { volume: string }[];
    };
    expect((await readdir(join(folder, "near", "0000"))).toSorted()).toEqual([
      "geometry.json",
      "start.json",
      "xray.npy",
    ]);
    const { volume } = await readVolumeFile(join(folder, list.cases[0]!.volume));
    expect(volume.size).toEqual([24, 24, 24]);
    const start = await readFile(join(folder, "near", "0000", "start.json"), "utf8");
    expect((JSON.parse(start) as { cameraFromWorld: number[][] }).cameraFromWorld.flat()).toEqual(
      whole[0]!.startCamera,
    );
    const truth = String(whole[0]!.truthCamera[3]);
    expect(start + JSON.stringify(list)).not.toContain(truth);
  });
});

test("a volume that cannot be read stops the evaluation with one sentence", async () => {
  const missing = { kind: "file", path: "no-such-ct.nii.gz", labels: "no-such-labels.nii.gz" } as const;
  const protocol = { ...tinyProtocol, rows: [{ ...tinyProtocol.rows[0]!, volumes: [missing] }] };
  await expect(runEvaluation({ ...settings, protocol, folder: join(root, "missing") })).rejects.toThrow(
    /CT no-such-ct.nii.gz; got no such file/,
  );
});
