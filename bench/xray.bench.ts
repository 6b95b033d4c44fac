import { describe } from "vitest";
import { binCamera } from "../src/geometry/camera.ts";
import { cameraFromPose } from "../src/geometry/carm.ts";
import { zeroPose } from "../src/geometry/pose.ts";
import { presetGeometry } from "../src/geometry/presets.ts";
import { attenuationFromHu } from "../src/image/attenuation.ts";
import { volumeCentreMm } from "../src/image/volume.ts";
import { createSpinePhantom } from "../src/phantoms/spinePhantom.ts";
import { simulateXray } from "../src/phantoms/xraySimulator.ts";
import { createNodeProjector } from "../src/platform/node/projector.ts";
import { prepareXray } from "../src/registration/prepareXray.ts";
import { workingXray } from "../src/registration/workingXray.ts";
import { keptMeasurement } from "./keptMeasurement.ts";

/*
 * Making line integrals of an X-ray and finding what of it is live (collimators, instruments), on detectors of several sizes, as a
 * registration does it, and for pictures of the X-ray as it is: CPU time, least of N runs, and how many DRRs of 256 x 256
 * pixels on one thread take as long as the former.
 */

const sizes = [256, 512, 1024, 2048];
const runs = 6;

function leastCpuMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

async function measure() {
  const { ct, labels } = createSpinePhantom({ seed: 101, spacingMm: 2.5 });
  const { camera, view, sourceToIsocentreMm } = presetGeometry("perlove-plx118f");
  const frame = { view, sourceToIsocentreMm, centreMm: volumeCentreMm(ct) };
  const cameraFromWorld = cameraFromPose(zeroPose, frame);
  const projector = await createNodeProjector({ threads: 1 });
  const volume = projector.load(attenuationFromHu(ct));
  const drrMs = leastCpuMs(() => void projector.drr(volume, camera, cameraFromWorld));
  projector.dispose();
  const detectors = sizes.map((side) => {
    const detector = binCamera(camera, camera.width / side);
    const { radiograph } = simulateXray({ ct, labels, camera: detector, cameraFromWorld, seed: 1 });
    const cpuMs = leastCpuMs(() => void prepareXray(workingXray(radiograph, detector).radiograph));
    const asItIsMs = leastCpuMs(() => void prepareXray(radiograph));
    return { side, cpuMs, overDrr: cpuMs / drrMs, asItIsMs };
  });
  return { runs, drrMs, detectors };
}

describe("preparing an X-ray", () => {
  keptMeasurement("CPU time by detector", "xray", measure);
});
