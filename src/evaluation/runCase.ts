import { SopiError } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { type Volume, volumeCornersMm } from "../image/volume.ts";
import type { Networks } from "../networks/networks.ts";
import type { Projector } from "../projector/projector.ts";
import { register } from "../registration/register.ts";
import type { RegistrationResult } from "../registration/result.ts";
import type { EvaluationCase, SubjectPoints } from "./cases.ts";
import { imageSimilarity } from "./imageSimilarity.ts";
import { cornerDistance, meanTargetRegistrationError, poseErrors } from "./poseErrors.ts";
import { methodLabel } from "./protocol.ts";
import type { ProtocolMethod } from "./protocolTypes.ts";
import type { Effort, MeasuredErrors, RecordedResult, RegistrationRecord } from "./record.ts";
import { registrationTask } from "./registrationTask.ts";

/** A case ready to be given to methods. */
export interface RunCaseInput {
  readonly evaluationCase: EvaluationCase;
  readonly method: ProtocolMethod;
  readonly geometry: ImagingGeometry;
  readonly subjectKey: string;
  readonly volume: Volume;
  readonly mask: Volume | undefined;
  readonly points: SubjectPoints;
  readonly radiograph: Radiograph;
  readonly projector: Projector;
  readonly networks?: Networks | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The function under test; `register` unless a test says otherwise. */
  readonly registerWith?: typeof register;
}

/** A record with the whole result behind it, for pictures. */
export interface CaseOutcome {
  readonly record: RegistrationRecord;
  readonly result: RegistrationResult | undefined;
}

/**
 * Registers one case by one method and measures the pose once it is final. A method that throws makes a record
 * with the reason; only `aborted` is thrown on.
 */
export async function runCase(input: RunCaseInput): Promise<CaseOutcome> {
  const { evaluationCase: one, method, registerWith = register, signal } = input;
  const task = registrationTask({ ...input, signal });
  let result: RegistrationResult | undefined;
  let failure: string | null = null;
  try {
    result = await registerWith(task.volume, task.radiograph, task.geometry, task.options);
    if (result.status === "aborted") throw new SopiError("aborted", { what: "Cancelled" });
    if (!result.cameraFromWorld.every(Number.isFinite)) {
      failure = "the pose is not finite";
      result = undefined;
    }
  } catch (error) {
    if (error instanceof SopiError && error.code === "aborted") throw error;
    failure = error instanceof Error ? error.message : String(error);
  }
  const measure = (camera: Mat4): MeasuredErrors => measuredErrors(camera, input);
  const record: RegistrationRecord = {
    id: `${one.id}/${methodLabel(method)}`,
    row: one.row.name,
    index: one.index,
    method: methodLabel(method),
    subject: input.subjectKey,
    view: one.view,
    xraySeed: one.xraySeed,
    registrationSeed: one.registrationSeed,
    truth: one.truth,
    truthCamera: one.truthCamera,
    startCamera: one.startCamera,
    initial: one.startCamera === "centre" ? null : measure(one.startCamera),
    result: result ? recordedResult(result, measure(result.cameraFromWorld), input) : null,
    failure,
    timings: result ? result.timings : null,
  };
  return { record, result };
}

function measuredErrors(camera: Mat4, input: RunCaseInput): MeasuredErrors {
  const { evaluationCase: one, geometry, points, volume } = input;
  const pair = { estimate: camera, truth: one.truthCamera };
  return {
    ...poseErrors(pair, points.targetsMm, geometry.camera, one.frame),
    distErrMm: cornerDistance(pair, volumeCornersMm(volume), geometry.camera),
  };
}

/** Work until the reported pose came below a limit for good: only then could a user have stopped the method. */
function settledEffort(
  { trace }: RegistrationResult,
  { evaluationCase, points }: RunCaseInput,
): RecordedResult["settled"] & object {
  const errors = trace.map(({ cameraFromWorld }) =>
    meanTargetRegistrationError(
      { estimate: cameraFromWorld, truth: evaluationCase.truthCamera },
      points.targetsMm,
    ),
  );
  const settledBelow = (limitMm: number): Effort | null => {
    const step = trace[errors.findLastIndex((mtreMm) => !(mtreMm < limitMm)) + 1];
    return step ? { evaluations: step.evaluations, ms: Math.round(step.elapsedMs) } : null;
  };
  return { below10: settledBelow(10), below2: settledBelow(2) };
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

function recordedResult(
  result: RegistrationResult,
  errors: MeasuredErrors,
  input: RunCaseInput,
): RecordedResult {
  const { name, initial, final } = result.similarity;
  const { medium, margin } = result.evidence;
  const { volume, radiograph, projector, mask } = input;
  const { status, cameraFromWorld, iterations, evaluations, backend, warnings } = result;
  return {
    status,
    cameraFromWorld,
    errors,
    imageSimilarity: imageSimilarity({ volume, radiograph, projector, ...(mask && { mask }) }, result),
    similarity: { name, initial: finiteOrNull(initial), final: finiteOrNull(final) },
    iterations,
    evaluations,
    backend,
    evidence: { ...result.evidence, medium: finiteOrNull(medium), margin: finiteOrNull(margin) },
    ...(result.confidence && { confidence: result.confidence }),
    ...(result.trace.length > 0 && { settled: settledEffort(result, input) }),
    deadFraction: result.xray.collimation.deadFraction,
    instrumentFraction: result.xray.instrumentFraction,
    warnings,
  };
}
