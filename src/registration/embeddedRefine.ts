import { throwIfAborted } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import type { EncoderNetwork } from "../networks/networks.ts";
import { flattenLinear } from "../networks/refinementInput.ts";
import { createLevenbergMarquardt } from "../optimisers/levenbergMarquardt.ts";
import type { Evaluation, StopReason } from "../optimisers/optimiser.ts";
import { canonicalXray } from "./canonicalXray.ts";
import { type FeatureNormalEquations, featureNormalEquations } from "./embeddedFeatures.ts";
import type { MethodInput } from "./method.ts";
import { volumeAtSpacing } from "./prepareVolume.ts";
import type { PreparedXray } from "./prepareXray.ts";
import { poseAt } from "../geometry/searchSpace.ts";

/** What the fine registration found. */
export interface EmbeddedRefinement {
  readonly cameraFromWorld: Mat4;
  /** L_N of equation (6) at the start and at the result; lower is better. */
  readonly initial: number;
  readonly final: number;
  readonly iterations: number;
  /** DRRs rendered. */
  readonly evaluations: number;
  readonly stop: StopReason | undefined;
}

/** One unit of each search parameter, and the step of its difference quotient: half a degree, a mm, five in depth. */
const scales = [0.01, 0.01, 0.01, 1, 1, 5] as const;
const differenceSteps = [0.005, 0.005, 0.005, 0.5, 0.5, 3] as const;
const maxStep = [0.08, 0.08, 0.08, 8, 8, 25] as const;

const translation = [3, 4, 5];

/** Called after every iteration with the best pose so far. */
export type OnFeatureIteration = (
  iteration: number,
  value: number,
  cameraFromWorld: Mat4,
  evaluations: number,
) => Promise<void>;

/**
 * Section 2.3 at work: the pose whose projection has the features of the X-ray. All six parameters are
 * iterated until rotation has settled; then rotation is frozen and translation goes on to convergence,
 * for the two do not converge at one rate. It stops on convergence, never on time.
 */
export async function refineEmbedded(
  network: EncoderNetwork,
  input: Pick<MethodInput, "projector" | "volume" | "rigid" | "camera" | "signal">,
  xray: PreparedXray,
  start: Mat4,
  onIteration: OnFeatureIteration,
): Promise<EmbeddedRefinement> {
  const { encoder, drrSpacingMm, flattenShare } = network.config;
  const size = encoder.imageSize;
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const seen = canonicalXray(xray, input.camera, camera);
  const fixed = await network.fixed(flattenImage(seen.image, seen.weight, camera, flattenShare));
  const loaded = input.projector.load(volumeAtSpacing(input.rigid ?? input.volume, drrSpacingMm));
  const space = { base: start, pivot: [0, 0, sourceToIsocentreMm] as const };
  let evaluations = 0;

  async function normalEquations(x: Float64Array): Promise<FeatureNormalEquations> {
    const poses = [x, ...differenceSteps.map((step, q) => x.map((value, i) => value + (i === q ? step : 0)))];
    const images = input.projector.drrBatch(
      loaded,
      camera,
      poses.map((at) => poseAt(space, at)),
    );
    evaluations += poses.length;
    const mask = images.slice(0, size * size);
    const moving = await network.moving(flattenLinear(images, camera, flattenShare));
    return featureNormalEquations(fixed, moving, mask, size, differenceSteps);
  }

  /** Moves the parameters `free`, the others staying where they are. */
  async function search(at: Float64Array, free: readonly number[], maxIterations: number): Promise<Phase> {
    const pick = (values: ArrayLike<number>): Float64Array => Float64Array.from(free, (q) => values[q]!);
    const whole = (values: ArrayLike<number>): Float64Array => {
      const full = at.slice();
      free.forEach((q, i) => (full[q] = values[i]!));
      return full;
    };
    const optimiser = createLevenbergMarquardt({
      ...{ start: pick(at), scales: pick(scales), maxStep: pick(maxStep) },
      ...{ maxIterations, valueTolerance: 1e-4, stepTolerance: 0.02 },
    });
    let first = Number.NaN;
    let told = -1;
    while (optimiser.stop === undefined) {
      throwIfAborted(input.signal);
      const answers: Evaluation[] = [];
      for (const candidate of optimiser.ask()) {
        const { value, gradient, hessian } = await normalEquations(whole(candidate));
        if (Number.isNaN(first)) first = value;
        const part = Float64Array.from({ length: free.length ** 2 }, (_, i) => {
          return hessian[6 * free[Math.floor(i / free.length)]! + free[i % free.length]!]!;
        });
        answers.push({ value, gradient: pick(gradient), hessian: part });
      }
      optimiser.tell(answers);
      const { best } = optimiser;
      if (best && optimiser.iterations !== told) {
        told = optimiser.iterations;
        await onIteration(told, best.value, poseAt(space, whole(best.x)), evaluations);
      }
    }
    const best = optimiser.best!;
    return {
      ...{ first, value: best.value, x: whole(best.x), iterations: optimiser.iterations },
      stop: optimiser.stop,
    };
  }

  try {
    const joint = await search(new Float64Array(6), [0, 1, 2, ...translation], 25);
    const shifted = await search(joint.x, translation, 15);
    return {
      cameraFromWorld: poseAt(space, shifted.x),
      ...{ initial: joint.first, final: shifted.value, evaluations, stop: shifted.stop },
      iterations: joint.iterations + shifted.iterations,
    };
  } finally {
    loaded.dispose();
  }
}

interface Phase {
  readonly first: number;
  readonly value: number;
  readonly x: Float64Array;
  readonly iterations: number;
  readonly stop: StopReason | undefined;
}
