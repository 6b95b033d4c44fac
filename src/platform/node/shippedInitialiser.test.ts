import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose, poseFromCamera } from "../../geometry/carm.ts";
import { binCamera } from "../../geometry/camera.ts";
import { poseFromDegMm } from "../../geometry/pose.ts";
import { presetGeometry } from "../../geometry/presets.ts";
import { createSpinePhantom } from "../../phantoms/spinePhantom.ts";
import type { Projector } from "../../projector/projector.ts";
import { createRandom } from "../../random.ts";
import { prepareVolume } from "../../registration/prepareVolume.ts";
import { register } from "../../registration/register.ts";
import { firstTestSeed } from "../../training/trainingVolumes.ts";
import { createNodeNetworks } from "./networks.ts";
import { createNodeProjector } from "./projector.ts";

let projector: Projector;
beforeAll(async () => {
  projector = await createNodeProjector({ threads: 1 });
});
afterAll(() => projector.dispose());

describe("the shipped initialiser", () => {
  it("finds the shift in plane of phantoms it was not trained on", { timeout: 60_000 }, async () => {
    const networks = createNodeNetworks({ threads: 1 });
    const preset = presetGeometry("perlove-plx118f");
    const camera = binCamera(preset.camera, 2);
    const random = createRandom(4);
    let [before, after] = [0, 0];
    for (const seed of [firstTestSeed + 1, firstTestSeed + 2]) {
      const { ct } = createSpinePhantom({ seed, field: "trunk", spacingMm: 4 });
      const loaded = projector.load(prepareVolume(ct));
      for (const view of ["AP", "LAT"] as const) {
        const frame: CarmFrame = { view, centreMm: [0, 0, 0], sourceToIsocentreMm: 700 };
        const d = (most: number): number => random.uniform(-most, most);
        const truth = poseFromDegMm({
          ...{ rxDeg: d(15), ryDeg: d(6), rzDeg: d(6) },
          ...{ txMm: d(15), tyMm: d(50), tzMm: d(40) },
        });
        const data = projector.drr(loaded, camera, cameraFromPose(truth, frame)).slice();
        const xray = { data, width: 128, height: 128, kind: "line-integral" } as const;
        const geometry = { ...preset, camera, view };
        const result = await register(ct, xray, geometry, { projector, networks, method: "rtpi" });
        const found = poseFromCamera(result.cameraFromWorld, frame);
        const start = poseFromCamera(result.initial.cameraFromWorld, frame);
        before += Math.hypot(start.ty - truth.ty, start.tz - truth.tz) / 4;
        after += Math.hypot(found.ty - truth.ty, found.tz - truth.tz) / 4;
      }
      loaded.dispose();
    }
    await networks.dispose();
    expect(before).toBeGreaterThan(25);
    expect(after).toBeLessThan(0.6 * before);
  });
});
