import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { compose, translation4 } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import { binCamera } from "../geometry/camera.ts";
import { attenuationFromHu } from "../image/attenuation.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { volumeCentreMm } from "../image/volume.ts";
import type { Projector } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { createRandom } from "../random.ts";
import { registrationMethods } from "./methods.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import { register } from "./register.ts";
import { boxesCt } from "./registration.testkit.ts";

const ct = boxesCt();
const preset = presetGeometry("perlove-plx118f");
const geometry: ImagingGeometry = { ...preset, camera: binCamera(preset.camera, 2) };
const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };
const truth = cameraFromPose(
  poseFromDegMm({ rxDeg: 6, ryDeg: -9, rzDeg: 5, txMm: 20, tyMm: -18, tzMm: 15 }),
  frame,
);
const zeroDegMm = { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 };
const pivot = [0, 0, 700] as const;

let projector: Projector;
let xray: Radiograph;

beforeAll(async () => {
  projector = await createWasmProjector();
  const volume = projector.load(attenuationFromHu(ct));
  const { width, height } = geometry.camera;
  const random = createRandom(2);
  const lines = projector.drr(volume, geometry.camera, truth);
  xray = { data: lines.map((v) => random.poisson(30000 * Math.exp(-v))), width, height, kind: "intensity" };
  volume.dispose();
});

afterAll(() => projector.dispose());

const optimisers = registrationMethods.filter((method) => method.name.startsWith("opt-"));

describe.each(optimisers.map((method) => method.name))("%s", (method) => {
  it("finds the pose from the centred start to a tenth of a millimetre, the same every time", async () => {
    const first = await register(ct, xray, geometry, { projector, method });
    expect(poseDistanceMm(first.initial.cameraFromWorld, truth, pivot)).toBeGreaterThan(25);
    expect(poseDistanceMm(first.cameraFromWorld, truth, pivot)).toBeLessThan(0.3);
    expect(first.status).toBe("converged");
    const second = await register(ct, xray, geometry, { projector, method });
    expect(second.cameraFromWorld).toEqual(first.cameraFromWorld);
  });
});

describe("register", () => {
  it("finds a patient who is turned far from the start, but not beyond a range that was given", async () => {
    const initial = cameraFromPose(
      poseFromDegMm({ rxDeg: 6, ryDeg: 61, rzDeg: 5, txMm: 20, tyMm: -18, tzMm: 15 }),
      frame,
    );
    const result = await register(ct, xray, geometry, { projector, initial });
    expect(poseDistanceMm(result.cameraFromWorld, truth, pivot)).toBeLessThan(0.3);
    expect(result.status).toBe("converged");
    const range = { rotationDeg: 16, inPlaneMm: 40, depthMm: 40 };
    const kept = await register(ct, xray, geometry, { projector, initial, range });
    expect(poseDistanceMm(kept.cameraFromWorld, truth, pivot)).toBeGreaterThan(10);
    expect(kept.status).toBe("low-confidence");
  });

  it("says when no patient can lie as the pose says", async () => {
    // A source-to-detector distance in cm, say: there the CT is behind the detector from the start.
    const wrong = { ...geometry, camera: { ...geometry.camera, sourceToDetectorMm: 102 } };
    const range = { rotationDeg: 1, inPlaneMm: 1, depthMm: 1 };
    const initial = cameraFromPose(poseFromDegMm({ ...zeroDegMm, txMm: 5 }), frame);
    const result = await register(ct, xray, wrong, { projector, initial, range });
    expect(result.status).toBe("low-confidence");
    expect(result.confidence!.within10mm).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining("behind the detector")]);
  });

  it("decides an unknown polarity by the evidence", async () => {
    const inverted = { ...xray, kind: "unknown" as const, data: xray.data.map((v) => 40000 - v) };
    const result = await register(ct, inverted, geometry, { projector });
    expect(result.xray.polarity).toBe("bone-bright");
    // An inverted intensity is no line integral; what remains is the error of that reading.
    expect(poseDistanceMm(result.cameraFromWorld, truth, pivot)).toBeLessThan(3);
    const raw = await register(ct, { ...xray, kind: "unknown" }, geometry, { projector });
    expect(raw.xray.polarity).toBe("bone-dark");
    expect(poseDistanceMm(raw.cameraFromWorld, truth, pivot)).toBeLessThan(0.5);
  });

  it("reports rising evaluations and fractions between 0 and 1 that never fall", async () => {
    const evaluations = [0];
    const fractions = [0];
    await register(ct, xray, geometry, {
      projector,
      onStep: (step) => {
        evaluations.push(step.evaluations);
        fractions.push(step.fraction);
      },
    });
    expect(evaluations.length).toBeGreaterThan(20);
    expect(evaluations).toEqual([...evaluations].sort((a, b) => a - b));
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeLessThanOrEqual(1);
  });

  it("stops soon after an abort", async () => {
    const controller = new AbortController();
    const run = register(ct, xray, geometry, {
      projector,
      signal: controller.signal,
      onStep: () => controller.abort(),
    });
    await expect(run).rejects.toThrow("Cancelled");
  });

  it("refuses what cannot be registered, in one sentence", async () => {
    const options = { projector };
    const flat = { ...xray, data: new Float32Array(xray.data.length).fill(7) };
    await expect(register(ct, flat, geometry, options)).rejects.toThrow("no contrast");
    await expect(register(ct, xray, preset, options)).rejects.toThrow(
      "256 x 256 pixels for an X-ray of 128 x 128",
    );
    const behind = compose(translation4([0, 0, -3000]), truth);
    await expect(register(ct, xray, geometry, { ...options, initial: behind })).rejects.toThrow(
      "behind the source",
    );
    const skewed = truth.map((v, i) => (i === 0 ? v * 2 : v));
    await expect(register(ct, xray, geometry, { ...options, initial: skewed })).rejects.toThrow("rigid");
    const air = { ...ct, data: new Int16Array(ct.data.length).fill(-1000) };
    await expect(register(air, xray, geometry, options)).rejects.toThrow("only empty voxels");
    const labels = { ...ct, quantity: "unknown" as const, data: ct.data.map((hu) => (hu > 300 ? 29 : 0)) };
    await expect(register(labels, xray, geometry, options)).rejects.toThrow("a label map");
    await expect(register(ct, xray, geometry, { ...options, method: "magic" })).rejects.toThrow("opt-gc");
  });
});
