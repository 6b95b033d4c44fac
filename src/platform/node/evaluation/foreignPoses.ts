import { planCases } from "../../../evaluation/cases.ts";
import type { ForeignPose } from "../../../evaluation/poseTable.ts";
import type { Protocol } from "../../../evaluation/protocolTypes.ts";
import type { RegistrationRecord } from "../../../evaluation/record.ts";
import { runCase } from "../../../evaluation/runCase.ts";
import { badInput, throwIfAborted } from "../../../errors.ts";
import { zeroPose } from "../../../geometry/pose.ts";
import type { RegistrationResult } from "../../../registration/result.ts";
import { type CaseRunnerOptions, type LoadedCase, createCaseRunner } from "./caseRunner.ts";

export interface ForeignPosesOptions extends CaseRunnerOptions {
  readonly poses: readonly ForeignPose[];
  readonly signal?: AbortSignal | undefined;
}

/** What another program found, in the form of a result; what it does not tell is zero or none. */
function foreignResult(pose: ForeignPose, { evaluationCase, geometry }: LoadedCase): RegistrationResult {
  const { cameraFromWorld, method } = pose;
  const totalMs = pose.seconds === undefined ? Number.NaN : 1000 * pose.seconds;
  const { frame, startCamera, registrationSeed } = evaluationCase;
  const initial = startCamera === "centre" ? cameraFromWorld : startCamera;
  return {
    ...{ method, status: "converged", cameraFromWorld, pose: zeroPose, camera: geometry.camera, frame },
    initial: { cameraFromWorld: initial, source: "file" },
    similarity: { name: "network", initial: Number.NaN, final: Number.NaN },
    timings: { initialiseMs: 0, refineMs: totalMs, totalMs },
    ...{ iterations: 0, evaluations: 0, seed: registrationSeed, backend: "another program" },
    xray: {
      ...{ polarity: "bone-dark", kindSource: "given", logTransformed: true, instrumentFraction: 0 },
      collimation: { blades: [], deadFraction: 0 },
    },
    evidence: { content: "all", medium: Number.NaN, margin: Number.NaN },
    ...{ warnings: [], trace: [] },
  };
}

/** Measures poses of other programs with the same ruler; a case outside the protocol is an error. */
export async function measureForeignPoses(options: ForeignPosesOptions): Promise<RegistrationRecord[]> {
  const { protocol, poses, signal } = options;
  const runner = await createCaseRunner(options);
  const records: RegistrationRecord[] = [];
  try {
    for (const pose of poses.toSorted((a, b) => (a.caseId < b.caseId ? -1 : 1))) {
      throwIfAborted(signal);
      const loaded = await runner.load(planOf(protocol, pose.caseId));
      const result = foreignResult(pose, loaded);
      const { subject, ...rest } = loaded;
      const { record } = await runCase({
        ...{ ...rest, volume: subject.ct, subjectKey: subject.key, projector: runner.projector },
        method: { name: pose.method },
        registerWith: () => Promise.resolve(result),
      });
      const told = record.result && { ...record.result, status: null, evaluations: pose.drrs ?? null };
      records.push({ ...record, result: told, timings: pose.seconds === undefined ? null : record.timings });
    }
    return records;
  } finally {
    await runner.dispose();
  }
}

function planOf(protocol: Protocol, caseId: string): ReturnType<typeof planCases>[number] {
  const [rowName = "", number = ""] = caseId.split("/");
  const row = protocol.rows.find((one) => one.name === rowName);
  const plan = row && planCases(protocol, row)[Number(number)];
  if (plan) return plan;
  throw badInput({
    what: `Pose of case ${caseId}`,
    got: "a case that is not part of this run",
    expected: `${protocol.rows.map((one) => one.name).join(", ")}, case 0 to ${protocol.cases - 1}`,
  });
}
