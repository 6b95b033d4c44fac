import { expect, test } from "vitest";
import { attenuationPerMm } from "./materials.ts";
import { createSpectrum, transmission } from "./spectrum.ts";

test("coefficients pass through the tabulated points and fall with energy above the K edges", () => {
  expect(attenuationPerMm("water", 60)).toBeCloseTo(0.02059, 6);
  expect(attenuationPerMm("titanium", 100)).toBeCloseTo(0.2721 * 0.45, 6);
  for (const material of ["water", "cortical-bone", "titanium", "steel", "copper"] as const) {
    for (let e = 20; e < 149; e += 3) {
      expect(attenuationPerMm(material, e + 3)).toBeLessThan(attenuationPerMm(material, e));
    }
  }
});

test("weights of a tube spectrum sum to one and shift upwards with filtration and voltage", () => {
  const mean = (kvp: number, aluminiumMm: number): number => {
    const { weight, water } = createSpectrum({ kind: "tube", kvp, aluminiumMm, copperMm: 0 });
    expect(weight.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    return weight.reduce((sum, w, n) => sum + w * water[n]!, 0);
  };
  expect(mean(80, 6)).toBeLessThan(mean(80, 2));
  expect(mean(120, 3)).toBeLessThan(mean(60, 3));
});

test("HU keep their meaning at the CT's energy", () => {
  const { water, boneExcess, metalExcess } = createSpectrum({ kind: "monochromatic", waterPerMm: 0.02 });
  expect([...water, ...boneExcess, ...metalExcess]).toEqual([0.02, 0.02, 0.02]);
  const tube = createSpectrum({ kind: "tube", kvp: 80, aluminiumMm: 3, copperMm: 0.1 });
  const softer = tube.water.findIndex((mu) => mu < 0.0195);
  expect(tube.boneExcess[0]! / tube.water[0]!).toBeGreaterThan(2);
  expect(tube.boneExcess[softer]! / tube.water[softer]!).toBeLessThan(1.2);
});

test("transmission multiplies over materials at one energy", () => {
  const one = createSpectrum({ kind: "monochromatic", waterPerMm: 0.02 });
  const product =
    transmission(one, 50, 0, 0, 0) * transmission(one, 0, 20, 0, 0) * transmission(one, 0, 0, 3, 0);
  expect(transmission(one, 50, 20, 3, 0)).toBeCloseTo(product, 12);
  expect(transmission(one, 0, 0, 0, 0)).toBe(1);
});

test("two millimetres of steel stop nearly everything", () => {
  const tube = createSpectrum({ kind: "tube", kvp: 80, aluminiumMm: 3, copperMm: 0.1 });
  expect(transmission(tube, 0, 0, 0, 2)).toBeLessThan(0.4);
  expect(transmission(tube, 0, 0, 0, 7)).toBeLessThan(0.05);
});
