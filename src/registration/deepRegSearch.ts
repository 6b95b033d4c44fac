import { throwIfAborted } from "../errors.ts";
import { type CarmFrame, cameraFromPose, cameraTwistJacobian, poseFromCamera } from "../geometry/carm.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { poseFromVector, poseToVector } from "../geometry/pose.ts";
import { deepRegGrid, deepRegVolumeInput } from "../networks/deepReg.ts";
import type { DeepRegNetwork } from "../networks/deepRegNetwork.ts";
import { canonicalFrame, canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import { createAdam } from "../optimisers/adam.ts";
import type { Evaluation } from "../optimisers/optimiser.ts";
import { packChannels, packedTwistGradient, projectPacked } from "../projector/packedChannels.ts";
import { canonicalXray } from "./canonicalXray.ts";
import type { MethodInput } from "./method.ts";
import { volumeAtSpacing } from "./prepareVolume.ts";
import type { PreparedXray } from "./prepareXray.ts";
import type { SearchRange } from "./searchRange.ts";

/** What the search by the network similarity found. */
export interface DeepRegSearch {
  readonly cameraFromWorld: Mat4;
  /** L_N at the start and at the result; lower is better. */
  readonly initial: number;
  readonly final: number;
  /** Projections made. */
  readonly iterations: number;
  /** False when it ran out of iterations. */
  readonly settled: boolean;
}

/** Largest offsets from the start unless the caller gives a range: what the network is trained for, and half as much. */
const trainedRange: SearchRange = { rotationDeg: 25, inPlaneMm: 40, depthMm: 60 };

/** A step at full rate: about half a degree, a millimetre, five in depth. */
const scales = [0.01, 0.01, 0.01, 5, 1, 1] as const;

/** Steps shrink, so that a similarity with a slope everywhere comes to rest. */
const rate = (step: number): number => Math.max(0.05, 0.97 ** step);

const mostIterations = 150;

/** ProST's rule: the network has said what it can when its value no longer changes over ten steps. */
const [restSteps, restShare] = [10, 2e-3] as const;

/** Called after every iteration with the best pose so far. */
export type OnDeepRegIteration = (iteration: number, value: number, cameraFromWorld: Mat4) => Promise<void>;

/**
 * Gradient descent (Adam) over theta on ProST's network similarity, from the start pose: the volume goes through its
 * network once, its channels are projected at every pose, and the gradient comes back through the projector.
 */
export async function searchByDeepReg(
  network: DeepRegNetwork,
  input: Pick<MethodInput, "ct" | "camera" | "frame" | "start" | "range" | "signal">,
  xray: PreparedXray,
  onIteration: OnDeepRegIteration,
): Promise<DeepRegSearch> {
  const { config } = network;
  const { camera } = canonicalGeometry(config.encoder.imageSize);
  const { moving, centreMm } = input.ct;
  const frame: CarmFrame = { ...canonicalFrame(input.frame), centreMm };
  const grid = deepRegGrid(frame, config);
  const volume = deepRegVolumeInput(volumeAtSpacing(moving, config.volumeSpacingMm), frame, config);
  const packed = packChannels(await network.channels(volume), config.volume.outputs, grid.size);
  const seen = canonicalXray(xray, input.camera, camera);
  const features = await network.features(flattenImage(seen.image, seen.weight, camera, config.flattenShare));

  async function evaluate(theta: Float64Array): Promise<Evaluation> {
    const pose = poseFromVector(theta);
    const view = { ...grid, camera, cameraFromWorld: cameraFromPose(pose, frame) };
    const { value, imageGradient } = await network.compare(projectPacked(packed, view), features);
    const twist = packedTwistGradient(packed, imageGradient, view);
    const chain = cameraTwistJacobian(pose, frame);
    const gradient = Float64Array.from(theta, (_, q) =>
      twist.reduce((sum, slope, r) => sum + slope * chain[6 * r + q]!, 0),
    );
    return { value, gradient };
  }

  const start = poseToVector(poseFromCamera(input.start, frame));
  const reach = reachOf(typeof input.range === "string" ? trainedRange : input.range);
  const optimiser = createAdam({
    ...{ start, scales, rate, maxIterations: mostIterations, beta2: 0.99 },
    lower: start.map((value, q) => value - reach[q]!),
    upper: start.map((value, q) => value + reach[q]!),
  });
  const values: number[] = [];
  while (optimiser.stop === undefined && !isAtRest(values)) {
    throwIfAborted(input.signal);
    const answers: Evaluation[] = [];
    for (const theta of optimiser.ask()) answers.push(await evaluate(theta));
    optimiser.tell(answers);
    values.push(...answers.map(({ value }) => value));
    const best = optimiser.best!;
    await onIteration(values.length, best.value, cameraFromPose(poseFromVector(best.x), frame));
  }
  const best = optimiser.best!;
  return {
    cameraFromWorld: cameraFromPose(poseFromVector(best.x), frame),
    ...{ initial: values[0]!, final: best.value, iterations: values.length },
    settled: isAtRest(values),
  };
}

/** Whether the last values differ by no more than a small share of themselves (their standard deviation). */
export function isAtRest(values: readonly number[]): boolean {
  if (values.length < restSteps) return false;
  const last = values.slice(-restSteps);
  const mean = last.reduce((sum, value) => sum + value, 0) / restSteps;
  const variance = last.reduce((sum, value) => sum + (value - mean) ** 2, 0) / restSteps;
  return Math.sqrt(variance) <= restShare * Math.abs(mean);
}

function reachOf({ rotationDeg, depthMm, inPlaneMm }: SearchRange): readonly number[] {
  const turn = (rotationDeg * Math.PI) / 180;
  return [turn, turn, turn, depthMm, inPlaneMm, inPlaneMm];
}
