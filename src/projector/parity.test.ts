import { afterAll, describe, expect, it } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import type { View } from "../geometry/carm.ts";
import type { Volume } from "../image/volume.ts";
import { createReferenceProjector } from "./reference.ts";
import {
  type PoseNumbers,
  alignedGrid,
  blobVolume,
  largest,
  largestDifference,
  noiseVolume,
  obliqueGrid,
  oddCamera,
  viewOf,
} from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

/**
 * Errors allowed as shares of the largest value of the image or derivative image: at 95 % of the pixels, and
 * anywhere. The kernel keeps 15 bits of a voxel and positions to about 1e-4 voxel; independent voxels are its
 * hardest case. Derivatives of trilinear samples jump where a sample crosses a voxel, so a few of them are
 * decided the other way, and only the first bound holds for them.
 */
const tolerances = { image: 1.5e-4, imageAnywhere: 1e-3, jacobian: 1.5e-3 };

const reference = createReferenceProjector();
const fast = await createWasmProjector();
afterAll(() => fast.dispose());

const volumes: [string, Volume][] = [
  ["isotropic noise", noiseVolume([24, 21, 27], alignedGrid(2))],
  ["oblique anisotropic noise", noiseVolume([31, 22, 15], obliqueGrid)],
  ["mostly empty blobs", blobVolume([40, 44, 36], alignedGrid(1.5))],
  ["five thick slices", noiseVolume([40, 40, 5], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1])],
  ["a single voxel", noiseVolume([1, 1, 1], alignedGrid(30))],
];
const poses: [string, PoseNumbers][] = [
  ["straight", [0, 0, 0, 0, 0, 0]],
  ["turned", [12, -7, 9, 20, 5, -8]],
  ["from the head", [10, 85, 4, 0, 3, 4]],
  ["oblique", [33, 31, 38, -100, 0, 0]],
  ["near the source", [33, 80, 20, -600, 0, 0]],
  ["around the source", [3, 4, 5, -698, 3, 2]],
  ["half beside the detector", [0, 3, 2, 0, 20, 15]],
];

/** The difference that 95 % of the values keep to; NaN anywhere gives NaN. */
function typicalDifference(a: Float32Array, b: Float32Array): number {
  const errors = a.map((value, i) => Math.abs(value - b[i]!)).sort();
  return errors.some(Number.isNaN) ? Number.NaN : errors[Math.floor(0.95 * errors.length)]!;
}

function expectParity(volume: Volume, camera: Camera, view: View, pose: PoseNumbers): number {
  const cameraFromWorld = viewOf(volume, view, pose);
  const expected = reference.drrWithJacobian(reference.load(volume), camera, cameraFromWorld);
  const loaded = fast.load(volume);
  const image = fast.drr(loaded, camera, cameraFromWorld);
  const got = fast.drrWithJacobian(loaded, camera, cameraFromWorld);
  loaded.dispose();
  const brightest = largest(expected.image);
  expect(largestDifference(got.image, image)).toBeLessThan(1e-5 * brightest + 1e-30);
  expect(largestDifference(got.image, expected.image)).toBeLessThan(
    tolerances.imageAnywhere * brightest + 1e-30,
  );
  expect(typicalDifference(got.image, expected.image)).toBeLessThan(tolerances.image * brightest + 1e-30);
  for (let q = 0; q < 6; q++) {
    const a = got.jacobian.subarray(q * image.length, (q + 1) * image.length);
    const b = expected.jacobian.subarray(q * image.length, (q + 1) * image.length);
    const bound = tolerances.jacobian * largest(b) + 1e-30;
    expect(typicalDifference(a, b), `parameter ${q}`).toBeLessThan(bound);
  }
  return brightest;
}

describe.each(volumes)("wasm agrees with the reference on %s", (_, volume) => {
  describe.each(["AP", "PA", "LAT"] as const)("%s", (view) => {
    it.each(poses)("%s", (_name, pose) => {
      expect(expectParity(volume, oddCamera, view, pose)).toBeGreaterThan(0.01);
    });
  });
});

describe("wasm agrees with the reference", () => {
  const volume = noiseVolume([30, 28, 26], alignedGrid(2));
  const size = (width: number, height: number): Camera => ({
    ...oddCamera,
    ...{ width, height, principalPointPx: [width / 2, height / 2] },
  });
  it.each([
    [1, 1],
    [2, 3],
    [5, 1],
    [3, 50],
    [66, 17],
  ])("on a detector of %i x %i pixels", (width, height) => {
    expectParity(volume, size(width, height), "AP", [4, 5, 6, 0, 0, 0]);
  });

  it("in a cone of 150 degrees, whose rays need the planes of several axes", () => {
    const wide: Camera = {
      ...{ width: 64, height: 64, sourceToDetectorMm: 8, pixelSpacingMm: [1, 1] },
      principalPointPx: [31.5, 31.5],
    };
    expectParity(volume, wide, "AP", [4, 5, 6, -650, 0, 0]);
  });

  it("where a principal point far outside makes all rays oblique", () => {
    const tilted: Camera = { ...oddCamera, principalPointPx: [900, -700] };
    expectParity(volume, tilted, "AP", [0, -50, 40, 0, 0, 0]);
  });
});
