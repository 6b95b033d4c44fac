import { badInput, usageError } from "../errors.ts";
import { type CarmFrame, poseFromCamera } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import type { AttenuationOptions } from "../image/attenuation.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import type { Networks } from "../networks/networks.ts";
import { createPacer } from "../pause.ts";
import type { Projector } from "../projector/projector.ts";
import { createRandom } from "../random.ts";
import { edgesOnImage } from "./collimation.ts";
import { confidenceFeatures, confidenceOf, statusInConfidence } from "./confidence.ts";
import type { Confidence } from "./confidenceModel.ts";
import { impossiblePose } from "./impossiblePose.ts";
import type { Initialiser, MethodInput, MethodOutcome } from "./method.ts";
import { registrationMethod } from "./methods.ts";
import { type PreparedCt, isPreparedCt, prepareCt } from "./preparedCt.ts";
import { flipPolarity, prepareXray } from "./prepareXray.ts";
import { createProjectionCounter } from "./projectionCounter.ts";
import type { InitialSource, RegistrationResult, RegistrationStep } from "./result.ts";
import type { SearchRange } from "./searchRange.ts";
import { startPose } from "./startPose.ts";
import { workingXray } from "./workingXray.ts";

export interface RegisterOptions {
  /** Renders DRRs; made once and shared by many registrations. */
  readonly projector: Projector;
  /** Name of a registered method. Default "opt-gc". */
  readonly method?: string;
  /** Voxels that may be compared (non-zero = keep), on the volume's grid: a segmented spine. */
  readonly mask?: Volume;
  /**
   * Start pose; `centre` puts the lumbar spine, as far as bone shows where it is, on the isocentre in the geometry's
   * view. Default `centre`.
   */
  readonly initial?: Mat4 | "centre";
  /** Recorded in the result. Default "file" for a matrix, "centre" otherwise. */
  readonly initialSource?: InitialSource;
  /**
   * How far from the start the pose may lie. Default `auto`: near a given start first, wider when in doubt, and at last
   * turned by up to 90 degrees, where only a whole CT that explains the X-ray is believed.
   */
  readonly range?: SearchRange | "auto";
  /** What X-ray pixels mean, when the file does not say or says it wrongly. */
  readonly xrayKind?: RadiographKind;
  readonly attenuation?: AttenuationOptions;
  /** Trained networks, for the methods that use them; made once and shared by many registrations. */
  readonly networks?: Networks;
  /** Where methods with networks begin; "start" leaves the initialiser out. Default "network". */
  readonly initialiser?: Initialiser;
  /** Seed of every random choice. Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Called often with the best pose so far. */
  readonly onStep?: (step: RegistrationStep) => void;
}

/**
 * Finds the pose (cameraFromWorld) in which the CT explains the X-ray. Never throws for lack of success: look at
 * `status`. Throws `bad-input` for images that cannot be compared and `aborted` when the signal fires. A CT that several
 * X-rays are registered with is worth preparing first, by `prepareCt`.
 */
export async function register(
  ct: Volume | PreparedCt,
  radiograph: Radiograph,
  geometry: ImagingGeometry,
  options: RegisterOptions,
): Promise<RegistrationResult> {
  requireMatchingSize(radiograph, geometry);
  if (isPreparedCt(ct)) {
    requirePreparedFor(ct, options);
    return registerPrepared(ct, radiograph, geometry, options);
  }
  const started = performance.now();
  const prepared = prepareCt(ct, options);
  try {
    return await registerPrepared(prepared, radiograph, geometry, options, started);
  } finally {
    prepared.dispose();
  }
}

async function registerPrepared(
  ct: PreparedCt,
  radiograph: Radiograph,
  geometry: ImagingGeometry,
  options: RegisterOptions,
  started: number = performance.now(),
): Promise<RegistrationResult> {
  const working = workingXray(radiograph, geometry.camera);
  const { camera } = working;
  const seed = options.seed ?? 1;
  const method = registrationMethod(options.method ?? "opt-gc");
  const frame: CarmFrame = {
    view: geometry.view,
    centreMm: volumeCentreMm(ct.volume),
    sourceToIsocentreMm: geometry.sourceToIsocentreMm,
  };
  const xray = prepareXray(working.radiograph, options.xrayKind ? { kind: options.xrayKind } : {});
  const initial = startPose(options.initial ?? "centre", frame, ct);
  const counter = createProjectionCounter();
  const trace: RegistrationStep[] = [];
  const pace = createPacer();
  let furthest = 0;
  const input: MethodInput = {
    ...{ projector: counter.counted(options.projector), countProjections: counter.add },
    ...{ ct, xray, camera, frame, start: initial.cameraFromWorld },
    ...(options.networks && { networks: options.networks }),
    ...(options.initialiser && { initialiser: options.initialiser }),
    ...(xray.kindSource === "evidence" && { otherPolarity: flipPolarity(working.radiograph, xray) }),
    pivot: [0, 0, frame.sourceToIsocentreMm],
    range: rangeOf(options),
    random: createRandom(seed),
    signal: options.signal,
    report: async (partial) => {
      // An attempt that ends early or is made again must not turn progress back.
      furthest = Math.max(furthest, partial.fraction);
      const step = {
        ...partial,
        fraction: furthest,
        evaluations: counter.count(),
        elapsedMs: performance.now() - started,
      };
      trace.push(step);
      options.onStep?.(step);
      await pace();
    },
  };
  const outcome = await method.run(input);
  const evidence = { ...outcome.evidence, settled: outcome.status !== "max-iterations" };
  const impossible = impossiblePose(outcome.cameraFromWorld, ct.centreMm, camera);
  const confidence = outcomeConfidence(method.name, { ...outcome, evidence }, impossible === undefined);
  const totalMs = performance.now() - started;
  const { polarity, kindSource, logTransformed, collimation, instrumentFraction } = outcome.xray;
  return {
    ...{ method: method.name, cameraFromWorld: outcome.cameraFromWorld },
    status: impossible ? "low-confidence" : statusInConfidence(outcome.status, confidence),
    pose: poseFromCamera(outcome.cameraFromWorld, frame),
    ...{ camera: geometry.camera, frame, similarity: outcome.similarity, seed, trace },
    warnings: [...outcome.warnings, ...(impossible ? [impossible] : [])],
    evidence,
    ...(confidence && { confidence }),
    initial: { ...initial, source: options.initialSource ?? initial.source },
    timings: {
      initialiseMs: outcome.initialiseMs,
      refineMs: totalMs - outcome.initialiseMs,
      totalMs,
    },
    ...{ iterations: outcome.iterations, evaluations: counter.count() },
    backend: options.projector.backend,
    xray: {
      ...{ polarity, kindSource, logTransformed, instrumentFraction },
      // In pixels of the X-ray as it was given.
      collimation: { ...collimation, ...edgesOnImage(collimation, working.factor) },
    },
  };
}

/** The middle of the view is no guess of where the patient lies. */
function rangeOf({ range = "auto", initial = "centre" }: RegisterOptions): MethodInput["range"] {
  return range === "auto" && initial === "centre" ? "anywhere" : range;
}

function outcomeConfidence(
  method: string,
  outcome: MethodOutcome,
  possible: boolean,
): Confidence | undefined {
  const { collimation, instrumentFraction } = outcome.xray;
  const features = confidenceFeatures({
    ...outcome,
    deadFraction: collimation.deadFraction,
    instrumentFraction,
  });
  const confidence = confidenceOf(method, features, outcome.evidence.precision);
  return confidence && !possible ? { ...confidence, within2mm: 0, within10mm: 0 } : confidence;
}

function requirePreparedFor(ct: PreparedCt, { projector, mask, attenuation }: RegisterOptions): void {
  const given = mask ? "a mask" : attenuation ? "an attenuation curve" : "another projector";
  if (!mask && !attenuation && projector === ct.projector) return;
  throw usageError({
    what: "Prepared CT",
    got: `${given} with it`,
    expected: "the projector it was prepared with, and no mask or attenuation",
    todo: "Give them to prepareCt",
  });
}

function requireMatchingSize(radiograph: Radiograph, { camera }: ImagingGeometry): void {
  if (radiograph.width === camera.width && radiograph.height === camera.height) return;
  throw badInput({
    what: "Geometry",
    got: `a detector of ${camera.width} x ${camera.height} pixels for an X-ray of ${radiograph.width} x ${radiograph.height}`,
    expected: "the same size",
    todo: "Give the geometry of the image as stored; a binned image has a larger pixel spacing",
  });
}
