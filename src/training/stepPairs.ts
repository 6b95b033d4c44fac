import { type CarmFrame, cameraFromPose, views } from "../geometry/carm.ts";
import type { Vec3 } from "../geometry/vec3.ts";
import { poseAt, searchParameters } from "../geometry/searchSpace.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import { differenceStep, flattenLinear, searchUnits } from "../networks/refinementInput.ts";
import type { Projector } from "../projector/projector.ts";
import type { Random } from "../random.ts";
import { randomiseXray } from "./domainRandomisation.ts";
import type { LoadedVolume } from "./onlinePairs.ts";
import { samplePose } from "./poseSampler.ts";
import { type RefinementPairSettings, shifted } from "./refinementPairs.ts";

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
  const out: StepPairs = {
    fixed: new Float32Array(batch * pixels),
    moving: new Float32Array(7 * batch * pixels),
    mask: new Float32Array(batch * pixels),
    offset: new Float32Array(6 * batch),
  };
  for (let i = 0; i < batch; i++) {
    const volume = source[random.integer(source.length)]!;
    const content = random.next() < settings.segmentedShare ? volume.segmented : volume.bone;
    const frame: CarmFrame = {
      view: views[random.integer(views.length)]!,
      centreMm: content.centreMm,
      sourceToIsocentreMm,
    };
    const target = samplePose(random, settings.truths);
    const pose = shifted(target, samplePose(random, settings.offsets));
    const [truth, base] = [cameraFromPose(target, frame), cameraFromPose(pose, frame)];
    const parts = {
      bone: projector.drr(volume.bone.projected, camera, truth),
      whole: projector.drr(volume.whole, camera, truth),
      size,
    };
    const xray = randomiseXray(parts, settings.randomisation, random);
    out.fixed.set(flattenImage(xray.image, xray.weight, camera, config.flattenShare), i * pixels);
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
