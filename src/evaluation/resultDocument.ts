import { cameraMatrix } from "../geometry/camera.ts";
import { toRows } from "../geometry/mat4.ts";
import { poseConvention, poseToDegMm } from "../geometry/pose.ts";
import type { ResultDocument } from "../io/resultFile.ts";
import type { RegistrationResult, RegistrationStep } from "../registration/result.ts";

/** What only the caller of `register` knows. */
export interface ResultContext {
  /** Version of the software. */
  readonly version: string;
  /** Milliseconds spent reading and decoding files. */
  readonly loadMs: number;
  /** SHA-256 of the input files' bytes. */
  readonly volumeSha256: string;
  readonly xraySha256: string;
  /** Of the initialiser's weights, where they were named. */
  readonly initialiserSha256?: string;
  /** Doubts about the inputs, beside those of the registration. */
  readonly warnings?: readonly string[];
  /** Whether columns were turned round on reading: column u of the file is column width - 1 - u of the camera. */
  readonly xrayMirrored?: boolean;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

function traceEntry(step: RegistrationStep): object {
  const { stage, iteration, evaluations, similarity, elapsedMs, cameraFromWorld } = step;
  return {
    stage,
    iteration,
    evaluations,
    similarity,
    elapsedMs: rounded(elapsedMs),
    cameraFromWorld: toRows(cameraFromWorld),
  };
}

/** How far to trust the result; nothing for methods that were not calibrated. */
function confidencePart({ confidence }: RegistrationResult): object {
  if (!confidence) return {};
  const { within2mm, within10mm, standardError } = confidence;
  const [rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm] = standardError ?? [];
  return {
    confidence: {
      within2mm: rounded(within2mm),
      within10mm: rounded(within10mm),
      ...(standardError && { standardError: { rxDeg, ryDeg, rzDeg, txMm, tyMm, tzMm } }),
    },
  };
}

/**
 * The document of result.json ("sopi-result/1", see CONVENTIONS.md). Names of files and people cannot
 * get into it: inputs appear by their hash.
 */
export function resultDocument(result: RegistrationResult, context: ResultContext): ResultDocument {
  const { camera, frame, initial, timings } = result;
  const { name } = result.similarity;
  const k = cameraMatrix(camera);
  const document = {
    schema: "sopi-result/1" as const,
    method: result.method,
    status: result.status,
    cameraFromWorld: toRows(result.cameraFromWorld),
    K: [k.slice(0, 3), k.slice(3, 6), k.slice(6, 9)],
    image: {
      width: camera.width,
      height: camera.height,
      ...(context.xrayMirrored && { mirrored: true }),
    },
    geometry: {
      sourceToDetectorMm: camera.sourceToDetectorMm,
      sourceToIsocentreMm: frame.sourceToIsocentreMm,
      pixelSpacingMm: camera.pixelSpacingMm,
      principalPointPx: camera.principalPointPx,
    },
    pose: poseToDegMm(result.pose),
    convention: poseConvention as ResultDocument["convention"],
    view: frame.view,
    centreMm: frame.centreMm,
    initial: { cameraFromWorld: toRows(initial.cameraFromWorld), source: initial.source },
    similarity: {
      name,
      initial: numberOrNull(result.similarity.initial),
      final: numberOrNull(result.similarity.final),
    },
    timings: {
      loadMs: rounded(context.loadMs),
      initialiseMs: rounded(timings.initialiseMs),
      refineMs: rounded(timings.refineMs),
      totalMs: rounded(timings.totalMs),
    },
    iterations: result.iterations,
    evaluations: result.evaluations,
    seed: result.seed,
    backend: result.backend,
    version: context.version,
    inputs: {
      volume: { sha256: context.volumeSha256 },
      xray: { sha256: context.xraySha256 },
      ...(context.initialiserSha256 !== undefined && { initialiser: { sha256: context.initialiserSha256 } }),
    },
    xray: result.xray,
    evidence: {
      content: result.evidence.content,
      medium: numberOrNull(result.evidence.medium),
      ...(result.evidence.whole !== undefined && { whole: result.evidence.whole }),
      margin: numberOrNull(result.evidence.margin),
      ...(result.evidence.agreement !== undefined && { agreement: result.evidence.agreement }),
      ...(result.evidence.trainedShare !== undefined && { trainedShare: result.evidence.trainedShare }),
    },
    ...confidencePart(result),
    warnings: [...(context.warnings ?? []), ...result.warnings],
    trace: result.trace.filter((step) => Number.isFinite(step.similarity)).map(traceEntry),
  };
  return document;
}
