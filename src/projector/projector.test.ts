import { describe, expect, it } from "vitest";
import { type Camera, detectorCentre } from "../geometry/camera.ts";
import { type CarmFrame, type View, cameraFromPose } from "../geometry/carm.ts";
import { type Mat4, compose, fromLinearTranslation } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { expSe3 } from "../geometry/se3.ts";
import { expSo3 } from "../geometry/so3.ts";
import { type Volume, volumeCentreMm } from "../image/volume.ts";
import { createRandom } from "../random.ts";
import { createReferenceProjector } from "./reference.ts";
import { createWasmProjector } from "./wasm.ts";

function smoothVolume(size: [number, number, number], worldFromVoxel: Mat4): Volume {
  const random = createRandom(7);
  const data = new Float32Array(size[0] * size[1] * size[2]);
  for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.next();
  return { data, size, worldFromVoxel, quantity: "attenuation" };
}

const camera: Camera = {
  ...{ width: 37, height: 29, sourceToDetectorMm: 1000, pixelSpacingMm: [1.7, 2.1] },
  principalPointPx: [20.3, 11.2],
};
const isotropic: Mat4 = [2, 0, 0, -20, 0, 2, 0, 10, 0, 0, 2, 5, 0, 0, 0, 1];
const oblique: Mat4 = compose(
  fromLinearTranslation(expSo3([0.2, -0.3, 0.15]), [5, 6, 7]),
  [1.2, 0, 0, 0, 0, 1.9, 0, 0, 0, 0, 3.1, 0, 0, 0, 0, 1],
);
const grids: [string, Volume][] = [
  ["isotropic", smoothVolume([24, 21, 27], isotropic)],
  ["oblique anisotropic", smoothVolume([31, 22, 15], oblique)],
];
const poses = [
  { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 },
  { rxDeg: 12, ryDeg: -7, rzDeg: 9, txMm: 20, tyMm: 5, tzMm: -8 },
  { rxDeg: 33, ryDeg: 80, rzDeg: 20, txMm: -600, tyMm: 0, tzMm: 0 },
  { rxDeg: 3, ryDeg: 4, rzDeg: 5, txMm: -695, tyMm: 3, tzMm: 2 },
];
const reference = createReferenceProjector();
const fast = await createWasmProjector();

function largest(a: ArrayLike<number>): number {
  return Array.from(a).reduce((m, x) => Math.max(m, Math.abs(x)), 0);
}
function largestDifference(a: Float32Array, b: Float32Array): number {
  return largest(a.map((x, i) => x - b[i]!));
}

describe.each(grids)("wasm and reference agree on a %s grid", (_, volume) => {
  describe.each(["AP", "PA", "LAT"] as View[])("%s", (view) => {
    it.each(poses)("%o", (pose) => {
      const frame: CarmFrame = { view, centreMm: volumeCentreMm(volume), sourceToIsocentreMm: 700 };
      const cameraFromWorld = cameraFromPose(poseFromDegMm(pose), frame);
      const expected = reference.drrWithJacobian(reference.load(volume), camera, cameraFromWorld);
      const loaded = fast.load(volume);
      const image = fast.drr(loaded, camera, cameraFromWorld);
      const got = fast.drrWithJacobian(loaded, camera, cameraFromWorld);
      loaded.dispose();
      expect(largest(expected.image)).toBeGreaterThan(0.05);
      expect(got.image).toEqual(image);
      expect(largestDifference(got.image, expected.image)).toBeLessThan(1e-4 * largest(expected.image));
      const pixels = image.length;
      for (let q = 0; q < 6; q++) {
        const a = got.jacobian.subarray(q * pixels, (q + 1) * pixels);
        const b = expected.jacobian.subarray(q * pixels, (q + 1) * pixels);
        expect(largestDifference(a, b), `parameter ${q}`).toBeLessThan(2e-3 * largest(b));
      }
    });
  });
});

describe("the Jacobian", () => {
  it.each(poses.slice(0, 2))("is the derivative of the image at %o", (pose) => {
    const volume = grids[1]![1];
    const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(volume), sourceToIsocentreMm: 700 };
    const cameraFromWorld = cameraFromPose(poseFromDegMm(pose), frame);
    const loaded = reference.load(volume);
    const { jacobian } = reference.drrWithJacobian(loaded, camera, cameraFromWorld);
    for (let q = 0; q < 6; q++) {
      const h = q < 3 ? 2e-6 : 1e-3;
      const xi = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number];
      xi[q] = h;
      const plus = reference.drr(loaded, camera, compose(expSe3(xi), cameraFromWorld));
      xi[q] = -h;
      const minus = reference.drr(loaded, camera, compose(expSe3(xi), cameraFromWorld));
      const difference = plus.map((x, i) => (x - minus[i]!) / (2 * h));
      const analytic = jacobian.subarray(q * plus.length, (q + 1) * plus.length);
      const errors = Array.from(difference, (x, i) => Math.abs(x - analytic[i]!)).sort((a, b) => a - b);
      expect(errors[Math.floor(errors.length * 0.9)]).toBeLessThan(5e-3 * largest(analytic));
    }
  });
});
void detectorCentre;
