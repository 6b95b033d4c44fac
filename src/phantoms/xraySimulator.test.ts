import { describe, expect, test } from "vitest";
import { projectPoint } from "../geometry/camera.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { apView, paintedCt, slabCt, testCamera } from "./xray/solids.testkit.ts";
import { createXraySimulator, simulateXray } from "./xraySimulator.ts";
import { type XrayPhysics, xrayPhysics, xrayPresets } from "./xray/xrayPhysics.ts";

const ideal = xrayPhysics("ideal");
const standard = xrayPhysics("default");
const camera = testCamera(33, 1.5);
const cameraFromWorld = apView();

/** The middle pixel, where the ray crosses a slab at a right angle. */
function middle({ data, width, height }: Radiograph): number {
  return data[(width - 1) / 2 + width * ((height - 1) / 2)]!;
}

function quiet(physics: Partial<XrayPhysics>): XrayPhysics {
  return {
    ...standard,
    scatter: ideal.scatter,
    detector: ideal.detector,
    readout: ideal.readout,
    ...physics,
  };
}

describe("slabs", () => {
  test.each([
    [0, 60],
    [40, 120],
    [1000, 40],
  ])("one energy: HU %d, %d mm gives exp(-mu d)", (hu, thicknessMm) => {
    const { radiograph } = simulateXray({
      ...{ ct: slabCt(hu, thicknessMm), camera, cameraFromWorld, seed: 1, physics: "ideal" },
    });
    const expected = Math.exp(-0.02 * (1 + hu / 1000) * thicknessMm);
    expect(middle(radiograph) / expected).toBeCloseTo(1, 2);
  });

  test("oblique rays cross a slab by thickness / cos(angle)", () => {
    const { radiograph } = simulateXray({
      ct: slabCt(0, 80),
      camera,
      cameraFromWorld,
      seed: 1,
      physics: "ideal",
    });
    const corner = radiograph.data[0]!;
    const [x, y] = [16 * 1.5, 16 * 1.5];
    const slant = Math.hypot(x, y, 1000) / 1000;
    expect(-Math.log(corner)).toBeCloseTo(0.02 * 80 * slant, 2);
  });

  test("several energies: the effective attenuation falls with thickness", () => {
    const effective = (mm: number): number => {
      const { radiograph } = simulateXray({
        ct: slabCt(0, mm),
        camera,
        cameraFromWorld,
        seed: 1,
        physics: quiet({}),
      });
      return -Math.log(middle(radiograph)) / mm;
    };
    const [thin, medium, thick] = [effective(20), effective(100), effective(240)];
    expect(medium).toBeLessThan(0.99 * thin);
    expect(thick).toBeLessThan(0.99 * medium);
    expect(thin).toBeGreaterThan(0.015);
    expect(thin).toBeLessThan(0.03);
  });

  test("bone hardens the beam more than water of the same attenuation at one energy", () => {
    const line = (physics: XrayPhysics): number => {
      const at = (hu: number): number =>
        -Math.log(
          middle(simulateXray({ ct: slabCt(hu, 60), camera, cameraFromWorld, seed: 1, physics }).radiograph),
        );
      return at(1200) / at(0);
    };
    expect(line(quiet({ beam: ideal.beam }))).toBeCloseTo(2.2, 2);
    expect(line(quiet({ beam: { kind: "tube", kvp: 60, aluminiumMm: 2, copperMm: 0 } }))).toBeGreaterThan(
      2.5,
    );
  });
});

test("a bead is seen where the camera projects it", () => {
  const bead = [14, -6, 10] as const;
  const ct = paintedCt([60, 60, 60], [1, 1, 1], (x, y, z) =>
    Math.hypot(x - bead[0], y - bead[1], z - bead[2]) < 3 ? 2500 : -1000,
  );
  for (const ryDeg of [0, 12, 95]) {
    const view = apView(ryDeg);
    const big = testCamera(97, 1);
    const { radiograph } = simulateXray({
      ct,
      camera: big,
      cameraFromWorld: view,
      seed: 1,
      physics: "ideal",
    });
    let [sum, u, v] = [0, 0, 0];
    radiograph.data.forEach((value, n) => {
      const weight = -Math.log(value);
      sum += weight;
      u += weight * (n % 97);
      v += weight * Math.floor(n / 97);
    });
    const [pu, pv] = projectPoint(big, view, bead);
    expect(u / sum).toBeCloseTo(pu, 1);
    expect(v / sum).toBeCloseTo(pv, 1);
  }
});

test("anisotropic voxels give the same picture as isotropic ones", () => {
  const tilted = (x: number, y: number, z: number): number => (Math.hypot(x, y, z) < 24 ? 300 : -1000);
  const images = [paintedCt([60, 60, 60], [1, 1, 1], tilted), paintedCt([60, 60, 12], [1, 1, 5], tilted)].map(
    (ct) => simulateXray({ ct, camera, cameraFromWorld, seed: 1, physics: "ideal" }).radiograph,
  );
  const [a, b] = images.map((image) => -Math.log(middle(image)));
  expect(b! / a!).toBeCloseTo(1, 1);
});

describe("noise", () => {
  const ct = slabCt(0, 120);
  const wide = testCamera(65, 0.8);
  const spread = (photonsPerPixel: number, scintillatorBlurMm = 0): number => {
    const detector = { ...ideal.detector, photonsPerPixel, scintillatorBlurMm };
    const physics = quiet({ beam: ideal.beam, detector });
    const { data } = simulateXray({ ct, camera: wide, cameraFromWorld, seed: 5, physics }).radiograph;
    const clean = simulateXray({ ct, camera: wide, cameraFromWorld, seed: 5, physics: "ideal" }).radiograph
      .data;
    const relative = Array.from(data, (value, n) => value / clean[n]! - 1);
    return relative.reduce((sum, r) => sum + r * r, 0) / relative.length;
  };
  test("relative variance is one over the photons behind the patient", () => {
    expect(spread(400) * 400).toBeCloseTo(1, 0);
    expect(spread(10000) * 10000).toBeGreaterThan(0.85);
    expect(spread(10000) * 10000).toBeLessThan(1.15);
  });
  test("half the dose doubles the variance", () => {
    const ratio = spread(1000) / spread(2000);
    expect(ratio).toBeGreaterThan(1.75);
    expect(ratio).toBeLessThan(2.25);
  });
  test("the scintillator smooths it", () => {
    expect(spread(1000, 1)).toBeLessThan(0.4 * spread(1000));
  });
});

test("scatter lifts dark parts and lowers contrast", () => {
  const ct = paintedCt([64, 64, 64], [2, 2, 2], (x, y) =>
    Math.abs(y) > 40 ? -1000 : Math.abs(x) < 8 ? 900 : 0,
  );
  const wide = testCamera(65, 2);
  const contrast = (toPrimary: number): [number, number] => {
    const physics = quiet({ scatter: { toPrimary, spreadMm: 30 } });
    const { data } = simulateXray({ ct, camera: wide, cameraFromWorld, seed: 1, physics }).radiograph;
    return [data[32 + 65 * 32]!, data[32 + 65 * 32]! / data[52 + 65 * 32]!];
  };
  const [dark, ratio] = contrast(0);
  const [lifted, flattened] = contrast(1);
  expect(lifted).toBeGreaterThan(1.3 * dark);
  expect(flattened).toBeGreaterThan(1.1 * ratio);
});

test("blades leave a dark border and metadata says where", () => {
  const physics = quiet({ bladeClosure: [0.3, 0.4] });
  const request = { ct: slabCt(0, 60), camera: testCamera(64, 1.5), cameraFromWorld, physics };
  let bladed = 0;
  for (const seed of [1, 2, 4]) {
    const { radiograph, metadata } = simulateXray({ ...request, seed });
    const covered = metadata.field.map((open) => (open < 0.01 ? 1 : 0));
    bladed += covered.reduce((sum, value) => sum + value, 0);
    expect(Math.max(...radiograph.data.filter((_, n) => covered[n]))).toBeLessThan(0.01);
    expect(Math.min(...radiograph.data.filter((_, n) => metadata.field[n] === 1))).toBeGreaterThan(0.2);
    const shut = simulateXray({ ...request, physics: { ...physics, shutter: true }, seed });
    expect(Math.max(...shut.radiograph.data.filter((_, n) => covered[n]))).toBe(0);
  }
  expect(bladed).toBeGreaterThan(1000);
});

describe("read-out", () => {
  const ct = slabCt(0, 60);
  const shoot = (readout: Partial<XrayPhysics["readout"]>): Radiograph => {
    const physics = quiet({ readout: { ...standard.readout, ...readout } });
    return simulateXray({ ct, camera, cameraFromWorld, seed: 1, physics }).radiograph;
  };
  test("bits give whole numbers within range", () => {
    for (const bits of [8, 10, 16]) {
      const { data, kind } = shoot({ bits });
      expect(kind).toBe("intensity");
      expect(data.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** bits)).toBe(true);
    }
  });
  test("gamma is a power of the signal, inverted polarity its complement", () => {
    const [plain, bent] = [middle(shoot({})), middle(shoot({ gamma: 0.5 }))];
    expect(bent / 65535).toBeCloseTo(Math.sqrt(plain / 65535), 3);
    const inverted = shoot({ polarity: "inverted" });
    expect(middle(inverted)).toBe(65535 - plain);
    expect(inverted.kind).toBe("unknown");
  });
  test("automatic scale uses the whole range", () => {
    expect(Math.max(...shoot({ fullScale: "auto", bits: 8 }).data)).toBe(255);
  });
});

describe("seeds and presets", () => {
  const ct = paintedCt([48, 40, 48], [4, 4, 4], (x, y, z) => {
    if (Math.hypot(x, y) > 70) return -1000;
    if (Math.hypot(x, y - 20) < 14) return 400;
    return Math.hypot(x - 30, y + 20, z) < 12 ? -950 : 30;
  });
  const wide = testCamera(48, 4);
  test.each(xrayPresets)("%s: one seed, one picture; another seed, another", (physics) => {
    const simulator = createXraySimulator({ ct, physics });
    const shoot = (seed: number): Float32Array =>
      simulator.simulate({ camera: wide, cameraFromWorld, seed }).radiograph.data;
    const first = shoot(3);
    expect(first.every(Number.isFinite)).toBe(true);
    expect(shoot(3)).toEqual(first);
    expect(simulateXray({ ct, camera: wide, cameraFromWorld, seed: 3, physics }).radiograph.data).toEqual(
      first,
    );
    if (physics !== "ideal") expect(shoot(4)).not.toEqual(first);
  });
  test("mismatch draws tools and masks their shadows", () => {
    const { metadata } = simulateXray({ ct, camera: wide, cameraFromWorld, seed: 2, physics: "mismatch" });
    expect(metadata.tools.length).toBeGreaterThanOrEqual(2);
    expect(metadata.toolMask.some((value) => value === 1)).toBe(true);
  });
});

describe("bad input", () => {
  const ct = slabCt(0, 40);
  const good = { ct, camera, cameraFromWorld, seed: 1 };
  test.each([
    ["a label volume", { ...good, ct: { ...ct, quantity: "label" as const } }, /CT in HU/],
    ["a sheared camera", { ...good, cameraFromWorld: cameraFromWorld.map((m) => 2 * m) }, /rigid/],
    ["no pixels", { ...good, camera: { ...camera, width: 0 } }, /Detector size/],
    ["labels of another grid", { ...good, labels: slabCt(0, 80) }, /grid of the CT/],
    ["a broken seed", { ...good, seed: Number.NaN }, /seed/],
    [
      "negative photons",
      { ...good, physics: { ...standard, detector: { ...standard.detector, photonsPerPixel: -1 } } },
      /photonsPerPixel/,
    ],
    ["no rays", { ...good, physics: { ...standard, supersample: 0 } }, /supersample/],
    ["one bit", { ...good, physics: { ...standard, readout: { ...standard.readout, bits: 1 } } }, /bits/],
    [
      "a tube of 500 kV",
      {
        ...good,
        physics: { ...standard, beam: { kind: "tube" as const, kvp: 500, aluminiumMm: 1, copperMm: 0 } },
      },
      /kVp/,
    ],
  ])("%s is refused in one sentence", (_name, request, message) => {
    expect(() => simulateXray(request)).toThrow(message);
  });
  test("an unknown preset lists the known ones", () => {
    expect(() => xrayPhysics("bright" as "ideal")).toThrow(/ideal, default/);
  });
  test("a camera that looks away sees the open beam", () => {
    const away = apView(180).map((value, n) => (n === 11 ? -2000 : value));
    const { radiograph } = simulateXray({ ...good, cameraFromWorld: away, physics: "ideal" });
    expect(radiograph.data.every((value) => value === 1)).toBe(true);
  });
});
