import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binCamera } from "../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../geometry/presets.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { volumeCentreMm } from "../image/volume.ts";
import type { Projector } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { prepareCt } from "./preparedCt.ts";
import { createProjectionCounter } from "./projectionCounter.ts";
import { register } from "./register.ts";
import { boxesCt } from "./registration.testkit.ts";

const ct = boxesCt();
const preset = presetGeometry("perlove-plx118f");
const geometry: ImagingGeometry = { ...preset, camera: binCamera(preset.camera, 2) };
const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };
const { width, height } = geometry.camera;

let wasm: Projector;
/** Volumes in the projector: how often one was loaded, and how many are there. */
let loads = { ever: 0, now: 0 };
let projector: Projector;

beforeAll(async () => {
  wasm = await createWasmProjector();
  const rendering = createProjectionCounter().counted(wasm);
  projector = {
    ...rendering,
    load(volume) {
      const loaded = wasm.load(volume);
      const free = loaded.dispose.bind(loaded);
      loads = { ever: loads.ever + 1, now: loads.now + 1 };
      const dispose = (): void => {
        loads.now--;
        free();
      };
      return Object.assign(loaded, { dispose });
    },
  };
});
afterAll(() => wasm.dispose());

function xrayAt(ryDeg: number): Radiograph {
  const pose = poseFromDegMm({ rxDeg: 4, ryDeg, rzDeg: 5, txMm: 10, tyMm: -8, tzMm: 6 });
  const prepared = prepareCt(ct, { projector: wasm });
  const lines = wasm.drr(prepared.loaded("all", 1), geometry.camera, cameraFromPose(pose, frame));
  prepared.dispose();
  return { data: lines.slice(), width, height, kind: "line-integral" };
}

describe("a prepared CT", () => {
  it("gives the poses that the CT gives, and loads nothing for the second X-ray", async () => {
    const prepared = prepareCt(ct, { projector });
    for (const [i, ryDeg] of [-6, 9].entries()) {
      const xray = xrayAt(ryDeg);
      const before = loads.ever;
      const shared = await register(prepared, xray, geometry, { projector });
      if (i > 0) expect(loads.ever).toBe(before);
      const alone = await register(ct, xray, geometry, { projector });
      expect(shared.cameraFromWorld).toEqual(alone.cameraFromWorld);
      expect(shared.evaluations).toBe(alone.evaluations);
      expect(shared.status).toBe("converged");
    }
    expect(loads.now).toBeGreaterThan(0);
    prepared.dispose();
    expect(loads.now).toBe(0);
  });

  it("loads a CT once that is its own copy at two spacings", () => {
    const prepared = prepareCt(ct, { projector });
    const loaded = prepared.loaded("all", 1);
    expect(prepared.loaded("all", 2)).toBe(loaded);
    expect(prepared.loaded("all", 12)).not.toBe(loaded);
    expect(prepared.loaded("rigid", 1)).not.toBe(loaded);
    prepared.dispose();
  });

  it("knows no bone where a mask says what moves", () => {
    const mask = { ...ct, data: ct.data.map((hu) => (hu > 300 ? 1 : 0)), quantity: "label" as const };
    const prepared = prepareCt(ct, { projector, mask });
    expect(prepared.rigid).toBeUndefined();
    expect(prepared.moving).toBe(prepared.attenuation);
    expect(prepared.loaded("rigid", 1)).toBe(prepared.loaded("all", 1));
    prepared.dispose();
  });

  it("frees what a failed registration loaded", async () => {
    const flat = { ...xrayAt(0), data: new Float32Array(width * height) };
    await expect(register(ct, flat, geometry, { projector })).rejects.toThrow("no contrast");
    const controller = new AbortController();
    const options = { projector, signal: controller.signal, onStep: () => controller.abort() };
    await expect(register(ct, xrayAt(0), geometry, options)).rejects.toThrow("Cancelled");
    expect(loads.now).toBe(0);
  });

  it("refuses what belongs to its preparation, and any use after its end", async () => {
    const prepared = prepareCt(ct, { projector });
    const xray = xrayAt(0);
    const mask = { ...ct, quantity: "label" as const };
    await expect(register(prepared, xray, geometry, { projector, mask })).rejects.toThrow("a mask");
    await expect(register(prepared, xray, geometry, { projector: wasm })).rejects.toThrow(
      "another projector",
    );
    prepared.dispose();
    await expect(register(prepared, xray, geometry, { projector })).rejects.toThrow("disposed");
  });
});
