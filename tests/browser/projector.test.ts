import { describe, expect, test } from "vitest";
import { type View, cameraFromPose, views } from "../../src/geometry/carm.ts";
import { poseFromDegMm } from "../../src/geometry/pose.ts";
import { presetGeometry } from "../../src/geometry/presets.ts";
import { binCamera } from "../../src/geometry/camera.ts";
import { type Volume, volumeCentreMm } from "../../src/image/volume.ts";
import { createReferenceProjector } from "../../src/projector/reference.ts";
import { createWasmProjector } from "../../src/projector/wasm.ts";
import { createRandom } from "../../src/random.ts";

/** A box of soft tissue with a dense ball off its middle, and a little texture. */
function phantom(): Volume {
  const size = [48, 40, 44] as const;
  const random = createRandom(5);
  const data = new Float32Array(size[0] * size[1] * size[2]);
  for (let i = 0; i < data.length; i++) {
    const [x, y, z] = [i % 48, Math.floor(i / 48) % 40, Math.floor(i / 1920)];
    const ball = Math.hypot(x - 30, y - 18, z - 20) < 9 ? 0.03 : 0;
    data[i] = 0.02 + ball + 0.002 * random.next();
  }
  return {
    data,
    size,
    worldFromVoxel: [3, 0, 0, -70, 0, 3, 0, 12, 0, 0, 4, -90, 0, 0, 0, 1],
    quantity: "attenuation",
  };
}

const volume = phantom();
const { camera: full, sourceToIsocentreMm } = presetGeometry("perlove-plx118f");
const camera = binCamera(full, 4);
const pose = poseFromDegMm({ rxDeg: 8, ryDeg: -11, rzDeg: 5, txMm: 30, tyMm: -9, tzMm: 14 });

const rootMeanSquare = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

test("this is a browser", () => {
  expect((globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent).toMatch(/Chrom/);
  expect((globalThis as { document?: unknown }).document).toBeDefined();
});

describe.each([...views])("wasm equals the reference in Chromium, view %s", (view: View) => {
  test("DRR and six derivatives", async () => {
    const cameraFromWorld = cameraFromPose(pose, {
      view,
      centreMm: volumeCentreMm(volume),
      sourceToIsocentreMm,
    });
    const reference = createReferenceProjector();
    const expected = reference.drrWithJacobian(reference.load(volume), camera, cameraFromWorld);
    const fast = await createWasmProjector();
    const loaded = fast.load(volume);
    const image = fast.drr(loaded, camera, cameraFromWorld);
    const got = fast.drrWithJacobian(loaded, camera, cameraFromWorld);
    loaded.dispose();
    fast.dispose();
    const largest = expected.image.reduce((a, b) => Math.max(a, b), 0);
    expect(largest).toBeGreaterThan(2);
    image.forEach((value, i) => expect(Math.abs(value - expected.image[i]!)).toBeLessThan(1e-4 * largest));
    // Trilinear derivatives jump at voxel planes, so single pixels may differ; the images as a whole may not.
    const difference = got.jacobian.map((value, i) => value - expected.jacobian[i]!);
    expect(rootMeanSquare(difference)).toBeLessThan(1e-3 * rootMeanSquare(expected.jacobian));
  });
});
