import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binCamera } from "../../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../../geometry/carm.ts";
import { poseFromDegMm, zeroPose } from "../../geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../../geometry/presets.ts";
import type { Radiograph } from "../../image/radiograph.ts";
import { volumeCentreMm } from "../../image/volume.ts";
import { type DeepRegConfig, compactDeepReg } from "../../networks/deepReg.ts";
import type { Networks } from "../../networks/networks.ts";
import { writeWeights } from "../../networks/weights.ts";
import type { Projector } from "../../projector/projector.ts";
import { createRandom } from "../../random.ts";
import { prepareVolume } from "../../registration/prepareVolume.ts";
import { register } from "../../registration/register.ts";
import { boxesCt } from "../../registration/registration.testkit.ts";
import { initialiseParameters } from "../../tensor/parameterStore.ts";
import { deepRegImageGraph, deepRegVolumeGraph } from "../../training/deepRegGraph.ts";
import { shareStart } from "../../training/sharedStart.ts";
import { createNodeNetworks } from "./networks.ts";
import { createNodeProjector } from "./projector.ts";

const ct = boxesCt();
const preset = presetGeometry("perlove-plx118f");
const geometry: ImagingGeometry = { ...preset, camera: binCamera(preset.camera, 2) };
const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };
const initial = cameraFromPose(
  poseFromDegMm({ rxDeg: -2, ryDeg: 4, rzDeg: 3, txMm: 8, tyMm: 12, tzMm: -7 }),
  frame,
);

/** A network as training begins with it: random features, the same of X-ray and projection. */
function untrainedWeights(): Uint8Array {
  const config: DeepRegConfig = {
    ...compactDeepReg,
    volume: { ...compactDeepReg.volume, widths: [2], outputs: 2 },
    encoder: { ...compactDeepReg.encoder, widths: [8, 16] },
  };
  const specs = [...deepRegVolumeGraph(config, 1).parameters, ...deepRegImageGraph(config, 1).parameters];
  const store = initialiseParameters(specs, createRandom(1));
  shareStart(store);
  return writeWeights(store, { network: "deep-reg", config });
}

let folder = "";
let projector: Projector;
let xray: Radiograph;
let networks: Networks;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sopi-deep-reg-"));
  await mkdir(join(folder, "deep-reg"));
  await writeFile(join(folder, "deep-reg", "weights.safetensors"), untrainedWeights());
  networks = createNodeNetworks({ folder, threads: 1 });
  projector = await createNodeProjector({ threads: 1 });
  const loaded = projector.load(prepareVolume(ct));
  const { width, height } = geometry.camera;
  const truth = cameraFromPose({ ...zeroPose, ty: 6, rx: 0.05 }, frame);
  const data = projector.drr(loaded, geometry.camera, truth).slice();
  xray = { data, width, height, kind: "line-integral" };
  loaded.dispose();
});
afterAll(async () => {
  await networks.dispose();
  projector.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe("deep-reg", () => {
  it(
    "goes from the start by the network, then by gradient correlation to the pose",
    { timeout: 60_000 },
    async () => {
      const options = { projector, networks, method: "deep-reg", initial };
      const result = await register(ct, xray, geometry, options);
      expect(result.status).toBe("converged");
      expect(result.pose.ty).toBeCloseTo(6, 0);
      expect(result.pose.rx).toBeCloseTo(0.05, 2);
      expect(result.similarity.name).toBe("gc");
      expect(result.similarity.final).toBeGreaterThan(result.similarity.initial);
      const stages = [...new Set(result.trace.map(({ stage }) => stage))];
      expect(stages).toEqual(["network", "coarse", "medium", "fine"]);
      const fractions = result.trace.map(({ fraction }) => fraction);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      const again = await register(ct, xray, geometry, options);
      expect(again.cameraFromWorld).toEqual(result.cameraFromWorld);
    },
  );

  it("stays local: from far away it ends in doubt, not at the pose", { timeout: 60_000 }, async () => {
    const far = cameraFromPose(
      poseFromDegMm({ rxDeg: 100, ryDeg: 50, rzDeg: -40, txMm: 90, tyMm: 0, tzMm: 0 }),
      frame,
    );
    const result = await register(ct, xray, geometry, {
      projector,
      networks,
      method: "deep-reg",
      initial: far,
    });
    expect(Math.abs(result.pose.rx - 0.05)).toBeGreaterThan(0.3);
    expect(result.status).toBe("low-confidence");
  });

  it("says what is missing without networks and without weights", async () => {
    await expect(register(ct, xray, geometry, { projector, method: "deep-reg" })).rejects.toMatchObject({
      code: "usage",
    });
    const empty = createNodeNetworks({ folder: join(folder, "none"), threads: 1 });
    await expect(
      register(ct, xray, geometry, { projector, networks: empty, method: "deep-reg" }),
    ).rejects.toThrow(/Weights of the network "deep-reg".*sopi train deep-reg/);
  });
});
