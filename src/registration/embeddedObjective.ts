import { type SearchSpace, poseAt } from "../geometry/searchSpace.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import { canonicalGeometry, flattenImage } from "../networks/initialiserInput.ts";
import type { EncoderNetwork, FeatureMaps } from "../networks/networks.ts";
import { differenceStep, flattenLinear, searchUnits } from "../networks/refinementInput.ts";
import { canonicalXray } from "./canonicalXray.ts";
import { type FeatureNormalEquations, featureNormalEquations, featureValue } from "./embeddedFeatures.ts";
import type { MethodInput } from "./method.ts";
import type { PreparedXray } from "./prepareXray.ts";

/** Equation (6) of one X-ray as a function of the pose. */
export interface EmbeddedObjective {
  /** Search parameters are taken about the isocentre of the canonical C-arm. */
  space(base: Mat4): SearchSpace;
  /** L_N at poses, without derivatives. */
  values(poses: readonly Mat4[]): Promise<number[]>;
  /** L_N at search parameters x, with its derivatives by them. */
  normalEquations(space: SearchSpace, x: Float64Array): Promise<FeatureNormalEquations>;
}

/** The difference quotients that the features were trained with. */
const differenceSteps = searchUnits.map((unit) => differenceStep * unit);

/** Embeds the X-ray once; every evaluation renders the moving content and embeds its projections. */
export async function createEmbeddedObjective(
  network: EncoderNetwork,
  input: Pick<MethodInput, "projector" | "ct" | "camera">,
  xray: PreparedXray,
): Promise<EmbeddedObjective> {
  const { config, batch } = network;
  const { drrSpacingMm, flattenShare } = config;
  const size = config.encoder.imageSize;
  const pixels = size * size;
  const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
  const seen = canonicalXray(xray, input.camera, camera);
  const fixed = await network.fixed(flattenImage(seen.image, seen.weight, camera, flattenShare));
  const loaded = input.ct.loaded("rigid", drrSpacingMm);

  /** Features of the projections at up to `batch` poses, and the projections as masks. */
  async function embed(poses: readonly Mat4[]): Promise<{ moving: FeatureMaps; masks: Float32Array }> {
    const images = new Float32Array(batch * pixels);
    images.set(input.projector.drrBatch(loaded, camera, poses));
    const masks = images.slice(0, poses.length * pixels);
    return { masks, moving: await network.moving(flattenLinear(images, camera, flattenShare)) };
  }

  return {
    space: (base) => ({ base, pivot: [0, 0, sourceToIsocentreMm] }),
    values: async (poses) => {
      const values: number[] = [];
      for (let first = 0; first < poses.length; first += batch) {
        const some = poses.slice(first, first + batch);
        const { moving, masks } = await embed(some);
        some.forEach((_, i) => {
          values.push(featureValue(fixed, moving, i, config, masks.subarray(i * pixels, (i + 1) * pixels)));
        });
      }
      return values;
    },
    normalEquations: async (space, x) => {
      const stepped = differenceSteps.map((step, q) => x.map((value, i) => value + (i === q ? step : 0)));
      const { moving, masks } = await embed([x, ...stepped].map((at) => poseAt(space, at)));
      return featureNormalEquations(fixed, moving, config, masks.subarray(0, pixels), differenceSteps);
    },
  };
}
