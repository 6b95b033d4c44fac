import { badInput } from "../../errors.ts";
import { attenuationPerMm } from "./materials.ts";

/** The beam: one attenuation for everything, or a tube spectrum. */
export type Beam =
  | { readonly kind: "monochromatic"; readonly waterPerMm: number }
  | { readonly kind: "tube"; readonly kvp: number; readonly aluminiumMm: number; readonly copperMm: number };

/**
 * A beam as a few energies. `weight` is the share of the detected signal without a patient (sum 1);
 * the others are linear attenuation coefficients in 1/mm: of water, of what bone and metal in the CT
 * add to water per unit of (HU / 1000), and of a steel tool.
 */
export interface Spectrum {
  readonly weight: Float64Array;
  readonly water: Float64Array;
  readonly boneExcess: Float64Array;
  readonly metalExcess: Float64Array;
  readonly steel: Float64Array;
}

/** Mean energy at which a CT scanner measures HU (120 kVp, filtered), keV. */
const ctEnergyKeV = 70;
/** Width of an energy bin in keV; ten or so bins describe a diagnostic beam well. */
const binKeV = 8;

export function createSpectrum(beam: Beam): Spectrum {
  if (beam.kind === "monochromatic") return monochromatic(beam.waterPerMm);
  const { kvp, aluminiumMm, copperMm } = beam;
  if (!(kvp >= 40 && kvp <= 150)) {
    throw badInput({ what: "Tube voltage", got: `${kvp} kVp`, expected: "40 to 150 kVp" });
  }
  const energies: number[] = [];
  for (let e = 20 + binKeV / 2; e < kvp; e += binKeV) energies.push(e);
  const signal = energies.map((e) => {
    // Kramers' law, (kVp - E) / E photons, hardened by the filters; the scintillator absorbs some
    // and gives light in proportion to the energy it absorbs.
    const filtered = Math.exp(
      -attenuationPerMm("aluminium", e) * aluminiumMm - attenuationPerMm("copper", e) * copperMm,
    );
    const absorbed = 1 - Math.exp(-attenuationPerMm("caesium-iodide", e) * 0.48);
    return (kvp - e) * filtered * absorbed;
  });
  const total = signal.reduce((sum, s) => sum + s, 0);
  const excess = (material: "cortical-bone" | "titanium"): Float64Array => {
    const above = (e: number): number => attenuationPerMm(material, e) - attenuationPerMm("water", e);
    const unit = attenuationPerMm("water", ctEnergyKeV) / above(ctEnergyKeV);
    return Float64Array.from(energies, (e) => above(e) * unit);
  };
  return {
    weight: Float64Array.from(signal, (s) => s / total),
    water: Float64Array.from(energies, (e) => attenuationPerMm("water", e)),
    boneExcess: excess("cortical-bone"),
    metalExcess: excess("titanium"),
    steel: Float64Array.from(energies, (e) => attenuationPerMm("steel", e)),
  };
}

/** One energy at which bone and metal attenuate exactly as their HU say: intensity = exp(-DRR). */
function monochromatic(waterPerMm: number): Spectrum {
  if (!(waterPerMm > 0 && Number.isFinite(waterPerMm))) {
    throw badInput({ what: "Attenuation of water", got: `${waterPerMm} 1/mm`, expected: "above zero" });
  }
  const same = Float64Array.of(waterPerMm);
  const steel = Float64Array.of(
    (waterPerMm * attenuationPerMm("steel", ctEnergyKeV)) / attenuationPerMm("water", ctEnergyKeV),
  );
  return { weight: Float64Array.of(1), water: same, boneExcess: same, metalExcess: same, steel };
}

/**
 * Detected signal relative to no patient, for path lengths in mm of water-like matter, of excess
 * bone and metal (x HU / 1000), and of steel.
 */
export function transmission(
  spectrum: Spectrum,
  soft: number,
  bone: number,
  metal: number,
  steel: number,
): number {
  const { weight, water, boneExcess, metalExcess } = spectrum;
  let sum = 0;
  for (let n = 0; n < weight.length; n++) {
    sum +=
      weight[n]! *
      Math.exp(
        -water[n]! * soft - boneExcess[n]! * bone - metalExcess[n]! * metal - spectrum.steel[n]! * steel,
      );
  }
  return sum;
}
