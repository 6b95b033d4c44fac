import { describe, expect, it } from "vitest";
import { identity4 } from "../geometry/mat4.ts";
import { attenuationCurve, attenuationFromHu } from "./attenuation.ts";
import { guessQuantity } from "./quantity.ts";
import type { Volume, VoxelData } from "./volume.ts";

const volumeWith = (data: VoxelData): Volume => ({
  data,
  size: [data.length, 1, 1],
  worldFromVoxel: identity4,
  quantity: "hu",
});

describe("attenuationFromHu", () => {
  it("is mu_water (1 + HU/1000), 0 for air and below", () => {
    const mu = attenuationFromHu(volumeWith(Int16Array.of(-2000, -1000, -500, 0, 1000, 3000)));
    expect(mu.quantity).toBe("attenuation");
    [0, 0, 0.01, 0.02, 0.04, 0.08].forEach((value, i) => expect(mu.data[i]).toBeCloseTo(value, 8));
  });

  it("scales with mu of water and agrees over integer and float data", () => {
    const values = Array.from({ length: 500 }, (_, i) => -1500 + 11 * i);
    const options = { muWaterPerMm: 0.0227, emptyBelowHu: -600, boneWeight: 1.5 };
    const integers = attenuationFromHu(volumeWith(Int16Array.from(values)), options).data;
    const floats = attenuationFromHu(volumeWith(Float32Array.from(values)), options).data;
    const wide = attenuationFromHu(volumeWith(Int32Array.from(values)), options).data;
    expect(floats).toEqual(integers);
    expect(wide).toEqual(integers);
    expect(attenuationCurve({ muWaterPerMm: 0.0227 })(0)).toBeCloseTo(0.0227, 12);
  });

  it("empties what is below the threshold, NaN and infinite values", () => {
    const data = Float32Array.of(-601, -600, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const mu = attenuationFromHu(volumeWith(data), { emptyBelowHu: -600 }).data;
    expect([...mu]).toEqual([0, Math.fround(0.008), 0, 0, 0]);
  });

  it("the bone-weighted curve is continuous and steeper by the weight above the knee", () => {
    const plain = attenuationCurve();
    const bone = attenuationCurve({ boneWeight: 1.4, boneFromHu: 150 });
    expect(bone(150)).toBeCloseTo(plain(150), 12);
    expect(bone(150.001) - bone(150)).toBeLessThan(1e-7);
    expect((bone(1150) - bone(150)) / (plain(1150) - plain(150))).toBeCloseTo(1.4, 9);
    expect(bone(-300)).toBe(plain(-300));
  });

  it("writes into out where given and refuses one of another length", () => {
    const out = new Float32Array(2);
    expect(attenuationFromHu(volumeWith(Int16Array.of(0, 0)), {}, out).data).toBe(out);
    expect(out[1]).toBeCloseTo(0.02, 8);
    expect(() => attenuationFromHu(volumeWith(Int16Array.of(0)), {}, out)).toThrow(/2 numbers; expected 1/);
  });

  it("refuses volumes that are not HU and options out of range", () => {
    const mu = attenuationFromHu(volumeWith(Int16Array.of(0)));
    expect(() => attenuationFromHu(mu)).toThrow(/attenuation values; expected Hounsfield units/);
    expect(() => attenuationCurve({ muWaterPerMm: -1 })).toThrow(/muWaterPerMm; got -1/);
    expect(() => attenuationCurve({ boneWeight: Number.NaN })).toThrow(/boneWeight; got NaN/);
  });
});

describe("guessQuantity", () => {
  it.each<[string, VoxelData, string]>([
    ["a CT", Int16Array.of(-1024, 0, 300), "hu"],
    ["attenuation", Float32Array.of(0, 0.02, 0.05), "attenuation"],
    ["labels", Uint8Array.of(0, 1, 31), "unknown"],
    ["an MR image", Float32Array.of(0, 900, 300), "unknown"],
  ])("%s", (_, data, quantity) => {
    expect(guessQuantity(data)).toBe(quantity);
  });
});
