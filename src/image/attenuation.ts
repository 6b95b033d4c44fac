import { badInput } from "../errors.ts";
import type { Volume } from "./volume.ts";

/** Linear attenuation of water in 1/mm at the effective energy of a C-arm (about 60-70 keV). */
export const defaultMuWaterPerMm = 0.02;

export interface AttenuationOptions {
  /** Attenuation of water in 1/mm, above 0. Default 0.02. */
  readonly muWaterPerMm?: number;
  /**
   * HU below which a voxel is empty space (mu = 0). Default -1000, the plain formula; about -600 removes
   * the air, noise and clothing around a patient, so that a renderer can skip them.
   */
  readonly emptyBelowHu?: number;
  /**
   * Bone-weighted variant: the slope of mu over HU above `boneFromHu`, relative to water's. Default 1 (the
   * plain formula). Calcium attenuates relatively more at the energies of radiography than at CT's, so a
   * bilinear curve with a knee at the onset of bone and a weight of 1.2 to 2 imitates a softer beam
   * (bilinear scaling as in Carney et al., Med. Phys. 33 (2006) 976, there towards higher energies).
   */
  readonly boneWeight?: number;
  /** HU of the knee of the bone-weighted variant. Default 100. */
  readonly boneFromHu?: number;
}

/** The curve mu(HU) in 1/mm; values that are not finite count as empty. Throws `bad-input` for options out of range. */
export function attenuationCurve(options: AttenuationOptions = {}): (hu: number) => number {
  const {
    muWaterPerMm = defaultMuWaterPerMm,
    emptyBelowHu = -1000,
    boneWeight = 1,
    boneFromHu = 100,
  } = options;
  requireRange("muWaterPerMm", muWaterPerMm, muWaterPerMm > 0, "a finite number above 0 (1/mm)");
  requireRange("boneWeight", boneWeight, boneWeight >= 0, "a finite number of at least 0");
  requireRange("boneFromHu", boneFromHu, true, "a finite number of Hounsfield units");
  requireRange("emptyBelowHu", emptyBelowHu, true, "a finite number of Hounsfield units");
  const emptyBelow = Math.max(-1000, emptyBelowHu);
  const perHu = muWaterPerMm / 1000;
  const extra = (boneWeight - 1) * perHu;
  return (hu) => {
    if (!(hu >= emptyBelow && hu < Number.POSITIVE_INFINITY)) return 0;
    const mu = perHu * (1000 + hu);
    return hu > boneFromHu ? Math.max(0, mu + extra * (hu - boneFromHu)) : mu;
  };
}

function requireRange(name: string, value: number, inRange: boolean, expected: string): void {
  if (!(Number.isFinite(value) && inRange)) {
    throw badInput({ what: `Attenuation option ${name}`, got: String(value), expected });
  }
}

/**
 * Attenuation in 1/mm of a volume in Hounsfield units: mu = mu_water (1 + HU/1000), 0 below -1000 HU.
 * Same grid, Float32 values. `out`, where given, receives them (one number per voxel).
 */
export function attenuationFromHu(
  volume: Volume,
  options: AttenuationOptions = {},
  out?: Float32Array,
): Volume {
  if (volume.quantity === "attenuation" || volume.quantity === "label") {
    throw badInput({
      what: "Conversion to attenuation",
      got: `a volume of ${volume.quantity} values`,
      expected: "Hounsfield units",
    });
  }
  const { data } = volume;
  const mu = out ?? new Float32Array(data.length);
  if (mu.length !== data.length) {
    throw badInput({
      what: "Conversion to attenuation: out",
      got: `${mu.length} numbers`,
      expected: `${data.length}, one per voxel`,
    });
  }
  const curve = attenuationCurve(options);
  if (data instanceof Int16Array || data instanceof Uint16Array) {
    const table = tabulate(curve, data instanceof Int16Array ? -32768 : 0);
    const offset = data instanceof Int16Array ? 32768 : 0;
    for (let i = 0; i < mu.length; i++) mu[i] = table[data[i]! + offset]!;
  } else {
    for (let i = 0; i < mu.length; i++) mu[i] = curve(data[i]!);
  }
  return { ...volume, data: mu, quantity: "attenuation" };
}

/** The curve at the 65536 values of a 16-bit type. */
function tabulate(curve: (hu: number) => number, lowest: number): Float32Array {
  const table = new Float32Array(65536);
  for (let i = 0; i < table.length; i++) table[i] = curve(lowest + i);
  return table;
}
