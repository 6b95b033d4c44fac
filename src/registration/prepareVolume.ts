import { badInput } from "../errors.ts";
import { type AttenuationOptions, attenuationCurve, attenuationFromHu } from "../image/attenuation.ts";
import { looksLikeLabels } from "../image/quantity.ts";
import { resampleToSpacing } from "../image/resample.ts";
import { type Volume, createVolume, voxelSpacingMm } from "../image/volume.ts";

export interface PrepareVolumeOptions {
  /** Voxels to keep (non-zero = keep), on the volume's grid; everything else becomes empty. */
  readonly mask?: Volume;
  readonly attenuation?: AttenuationOptions;
}

/** HU of the soft tissue that surrounds a masked bone. */
const softTissueHu = 40;
/** HU above which tissue is taken for bone. */
const boneFromHu = 150;
/** Below this there is no patient, only air, noise, clothing and the table's foam. */
const emptyBelowHu = -600;

/**
 * Attenuation in 1/mm, ready to be projected. With a mask the values become the *excess* over soft tissue, so
 * that a segmented spine casts the edges it casts inside a body, not those of a spine in air.
 */
export function prepareVolume(volume: Volume, options: PrepareVolumeOptions = {}): Volume {
  const attenuation = { emptyBelowHu, ...options.attenuation };
  const mu = isHu(volume) ? attenuationFromHu(volume, attenuation) : asAttenuation(volume);
  const { mask } = options;
  if (!mask) return requireContent(mu, "Volume");
  if (mask.data.length !== mu.data.length || mask.size.some((n, a) => n !== mu.size[a])) {
    throw badInput({
      what: "Mask",
      got: `${mask.size.join(" x ")} voxels`,
      expected: `the volume's grid, ${mu.size.join(" x ")}`,
      todo: "Resample the mask to the volume first",
    });
  }
  const soft = attenuationCurve(attenuation)(softTissueHu);
  const data = new Float32Array(mu.data.length);
  for (let i = 0; i < data.length; i++) data[i] = mask.data[i] ? mu.data[i]! - soft : 0;
  return requireContent({ ...mu, data }, "Volume inside the mask");
}

/**
 * Bone alone: the excess of attenuation above `boneFromHu`. Bone is what stays rigid between CT and X-ray;
 * gas, bowel and skin move. Undefined when less than 1 in 2000 voxels is bone.
 */
export function rigidContent(mu: Volume, options: AttenuationOptions = {}): Volume | undefined {
  const threshold = attenuationCurve({ emptyBelowHu, ...options })(boneFromHu);
  const source = mu.data;
  const data = new Float32Array(source.length);
  let bone = 0;
  for (let i = 0; i < data.length; i++) {
    if (!(source[i]! > threshold)) continue;
    data[i] = source[i]! - threshold;
    bone++;
  }
  return bone < data.length / 2000 ? undefined : { ...mu, data };
}

/** Coarser copy whose voxels are about `spacingMm`; the volume itself when it is that coarse already. */
export function volumeAtSpacing(mu: Volume, spacingMm: number): Volume {
  const spacing = voxelSpacingMm(mu);
  if (spacing.every((s) => s > 0.7 * spacingMm)) return mu;
  return resampleToSpacing(mu, [
    Math.max(spacing[0], spacingMm),
    Math.max(spacing[1], spacingMm),
    Math.max(spacing[2], spacingMm),
  ]);
}

/** Values of unknown meaning are HU when they reach below -200 or above 20; attenuation in 1/mm never does. */
function isHu(volume: Volume): boolean {
  if (volume.quantity === "hu") return true;
  if (volume.quantity === "attenuation") return false;
  if (volume.quantity === "label" || looksLikeLabels(volume.data)) {
    throw badInput({
      what: "Volume",
      got: "a label map",
      expected: "a CT in Hounsfield units",
      todo: "Give the CT, and the labels as its mask",
    });
  }
  const { data } = volume;
  for (let i = 0; i < data.length; i++) if (data[i]! < -200 || data[i]! > 20) return true;
  return false;
}

function asAttenuation(volume: Volume): Volume {
  const data = volume.data instanceof Float32Array ? volume.data : Float32Array.from(volume.data);
  return createVolume({ ...volume, data, quantity: "attenuation" });
}

function requireContent(mu: Volume, what: string): Volume {
  if (!mu.data.some((value) => value !== 0 && Number.isFinite(value))) {
    throw badInput({ what, got: "only empty voxels (air)", expected: "tissue above -600 HU" });
  }
  return mu;
}
