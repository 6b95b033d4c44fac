import { badInput } from "../errors.ts";
import { cameraFromPose, poseFromCamera } from "../geometry/carm.ts";
import type { CarmFrame } from "../geometry/carm.ts";
import { type Mat4, transformPoint } from "../geometry/mat4.ts";
import { zeroPose } from "../geometry/pose.ts";
import type { ImagingGeometry } from "../geometry/presets.ts";
import { isRigid } from "../geometry/se3.ts";
import type { AttenuationOptions } from "../image/attenuation.ts";
import type { Radiograph, RadiographKind } from "../image/radiograph.ts";
import { type Volume, volumeCentreMm, volumeCornersMm } from "../image/volume.ts";
import { contentCentreMm } from "../networks/initialiserInput.ts";
import type { Networks } from "../networks/networks.ts";
import { createPacer } from "../pause.ts";
import type { Projector } from "../projector/projector.ts";
import { createRandom } from "../random.ts";
import { confidenceFeatures, confidenceOf, statusInConfidence } from "./confidence.ts";
import type { Confidence } from "./confidenceModel.ts";
import type { SearchRange } from "./searchRange.ts";
import { registrationMethod } from "./methods.ts";
import { createProjectionCounter } from "./projectionCounter.ts";
import type { Initialiser, MethodInput, MethodOutcome } from "./method.ts";
import { prepareVolume, rigidContent } from "./prepareVolume.ts";
import { flipPolarity, prepareXray } from "./prepareXray.ts";
import type { InitialSource, RegistrationResult, RegistrationStep } from "./result.ts";

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
 * `status`. Throws `bad-input` for images that cannot be compared and `aborted` when the signal fires.
 */
export async function register(
  volume: Volume,
  radiograph: Radiograph,
  geometry: ImagingGeometry,
  options: RegisterOptions,
): Promise<RegistrationResult> {
  const started = performance.now();
  const { camera } = geometry;
  requireMatchingSize(radiograph, geometry);
  const seed = options.seed ?? 1;
  const method = registrationMethod(options.method ?? "opt-gc");
  const frame: CarmFrame = {
    view: geometry.view,
    centreMm: volumeCentreMm(volume),
    sourceToIsocentreMm: geometry.sourceToIsocentreMm,
  };
  const mu = prepareVolume(volume, {
    ...(options.mask && { mask: options.mask }),
    ...(options.attenuation && { attenuation: options.attenuation }),
  });
  const xray = prepareXray(radiograph, options.xrayKind ? { kind: options.xrayKind } : {});
  const rigid = options.mask ? undefined : rigidContent(mu, options.attenuation);
  const initial = startPose(options.initial ?? "centre", frame, { volume, content: rigid ?? mu });
  const counter = createProjectionCounter();
  const trace: RegistrationStep[] = [];
  const pace = createPacer();
  let furthest = 0;
  const input: MethodInput = {
    ...{ projector: counter.counted(options.projector), countProjections: counter.add },
    ...{ volume: mu, xray, camera, frame, start: initial.cameraFromWorld },
    ...(rigid && { rigid }),
    ...(options.networks && { networks: options.networks }),
    ...(options.initialiser && { initialiser: options.initialiser }),
    ...(xray.kindSource === "evidence" && { otherPolarity: flipPolarity(radiograph, xray) }),
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
  const confidence = outcomeConfidence(method.name, { ...outcome, evidence });
  const totalMs = performance.now() - started;
  const { polarity, kindSource, logTransformed, collimation, instrumentFraction } = outcome.xray;
  return {
    ...{ method: method.name, cameraFromWorld: outcome.cameraFromWorld },
    status: statusInConfidence(outcome.status, confidence),
    pose: poseFromCamera(outcome.cameraFromWorld, frame),
    ...{ camera, frame, similarity: outcome.similarity, seed, trace },
    ...{ warnings: outcome.warnings, evidence },
    ...(confidence && { confidence }),
    initial: { ...initial, source: options.initialSource ?? initial.source },
    timings: {
      initialiseMs: outcome.initialiseMs,
      refineMs: totalMs - outcome.initialiseMs,
      totalMs,
    },
    ...{ iterations: outcome.iterations, evaluations: counter.count() },
    backend: options.projector.backend,
    xray: { polarity, kindSource, logTransformed, collimation, instrumentFraction },
  };
}

/** The middle of the view is no guess of where the patient lies. */
function rangeOf({ range = "auto", initial = "centre" }: RegisterOptions): MethodInput["range"] {
  return range === "auto" && initial === "centre" ? "anywhere" : range;
}

function outcomeConfidence(method: string, outcome: MethodOutcome): Confidence | undefined {
  const { collimation, instrumentFraction } = outcome.xray;
  const features = confidenceFeatures({
    ...outcome,
    deadFraction: collimation.deadFraction,
    instrumentFraction,
  });
  return confidenceOf(method, features, outcome.evidence.precision);
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

function startPose(
  initial: Mat4 | "centre",
  frame: CarmFrame,
  { volume, content }: { readonly volume: Volume; readonly content: Volume },
): { cameraFromWorld: Mat4; source: InitialSource } {
  if (initial === "centre") {
    // The middle of a CT of the trunk lies in the belly, a hand's breadth in front of the spine.
    const onSpine = { ...frame, centreMm: contentCentreMm(content) };
    return { cameraFromWorld: cameraFromPose(zeroPose, onSpine), source: "centre" };
  }
  if (!isRigid(initial)) {
    throw badInput({
      what: "Start pose",
      got: "a matrix that is not a rigid motion",
      expected: "orthonormal rotation with determinant +1 and last row 0 0 0 1",
    });
  }
  const depths = volumeCornersMm(volume).map((corner) => transformPoint(initial, corner)[2]);
  if (Math.max(...depths) <= 0) {
    throw badInput({
      what: "Start pose",
      got: `the whole volume behind the source (depth ${Math.min(...depths).toFixed(0)} to ${Math.max(...depths).toFixed(0)} mm)`,
      expected: "a volume between source and detector",
      todo: "Check that the matrix is cameraFromWorld (LPS mm), not its inverse",
    });
  }
  return { cameraFromWorld: initial, source: "file" };
}
