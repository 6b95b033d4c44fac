/** Substances that attenuate the beam. */
export type Material =
  | "water"
  | "cortical-bone"
  | "titanium"
  | "steel"
  | "aluminium"
  | "copper"
  | "caesium-iodide";

const energiesKeV = [20, 30, 40, 50, 60, 80, 100, 150] as const;

/**
 * Mass attenuation coefficients in cm2/g at `energiesKeV` (rounded from NISTIR 5632, Hubbell and
 * Seltzer; steel as iron) and densities in g/cm3. Between the points they are power laws.
 */
const table: Record<Material, { readonly density: number; readonly perGram: readonly number[] }> = {
  water: { density: 1, perGram: [0.8096, 0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707, 0.1505] },
  "cortical-bone": {
    density: 1.92,
    perGram: [4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.148],
  },
  titanium: { density: 4.5, perGram: [15.85, 4.972, 2.214, 1.213, 0.7661, 0.4052, 0.2721, 0.1649] },
  steel: { density: 7.9, perGram: [25.68, 8.176, 3.629, 1.958, 1.205, 0.5952, 0.3717, 0.1964] },
  aluminium: { density: 2.7, perGram: [3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704, 0.1378] },
  copper: { density: 8.96, perGram: [33.79, 10.92, 4.862, 2.613, 1.593, 0.763, 0.4584, 0.2217] },
  "caesium-iodide": { density: 4.51, perGram: [29, 9.7, 23, 12.9, 7.9, 3.68, 2.04, 0.736] },
};

/** Linear attenuation coefficient in 1/mm at a photon energy (keV, clamped to 20..150). */
export function attenuationPerMm(material: Material, keV: number): number {
  const { density, perGram } = table[material];
  const energy = Math.min(150, Math.max(20, keV));
  let i = 0;
  while (i < energiesKeV.length - 2 && energy > energiesKeV[i + 1]!) i++;
  const t = Math.log(energy / energiesKeV[i]!) / Math.log(energiesKeV[i + 1]! / energiesKeV[i]!);
  return (density / 10) * perGram[i]! ** (1 - t) * perGram[i + 1]! ** t;
}
