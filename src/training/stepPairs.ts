import { cameraFromPose } from "../geometry/carm.ts";
import { poseAt, searchParameters } from "../geometry/searchSpace.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { canonicalGeometry } from "../networks/initialiserInput.ts";
import { differenceStep, flattenLinear, searchUnits } from "../networks/refinementInput.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import type { RefinementPairSettings } from "./refinementPairs.ts";
import { drawPair, drawScene } from "./refinementScene.ts";

/** The inputs of `featureStep` for one step. */
export interface StepPairs {
  readonly fixed: Float32Array;
  readonly moving: Float32Array;
  readonly mask: Float32Array;
  readonly offset: Float32Array;
}

/** Draws the pairs of one step (section 3.2), each with projections one step along every search parameter. */
export function drawStepPairs(
  source: readonly LoadedVolume[],
  projector: Projector,
  settings: RefinementPairSettings,
  random: Random,
): StepPairs {
  const { config, batch } = settings;
  const size = config.encoder.imageSize;
  const pixels = size ** 2;
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const pivot: Vec3 = [0, 0, sourceToIsocentreMm];
  const image = { camera, flattenShare: config.flattenShare };
  const out: StepPairs = {
    fixed: new Float32Array(batch * pixels),
    moving: new Float32Array(7 * batch * pixels),
    mask: new Float32Array(batch * pixels),
    offset: new Float32Array(6 * batch),
  };
  for (let i = 0; i < batch; i++) {
    const scene = drawScene(source, settings, size, random);
    const { content, frame } = scene;
    const { target, pose, fixed } = drawPair(scene, projector, settings, image, random);
    const [truth, base] = [cameraFromPose(target, frame), cameraFromPose(pose, frame)];
    out.fixed.set(fixed, i * pixels);
    const space = { base, pivot };
    const stepped = searchUnits.map((unit, q) =>
      poseAt(
        space,
        searchUnits.map((_, p) => (p === q ? differenceStep * unit : 0)),
      ),
    );
    const images = projector.drrBatch(content.projected, camera, [base, ...stepped]);
    out.mask.set(images.subarray(0, pixels), i * pixels);
    out.moving.set(flattenLinear(images, camera, config.flattenShare), 7 * i * pixels);
    const offset = searchParameters(space, truth);
    out.offset.set(
      offset.map((value, q) => value / searchUnits[q]!),
      6 * i,
    );
  }
  return out;
}
