import { describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { poseFromDegMm, zeroPose } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { binCamera } from "../geometry/camera.ts";
import { createVolume, volumeCentreMm } from "../image/volume.ts";
import { createReferenceProjector } from "../projector/reference.ts";
import { createRandom } from "../random.ts";
import { globalSearch } from "./globalSearch.ts";
import { poseDistanceMm } from "./poseDistance.ts";

const side = 40;
const spacing = 4;

/** Random boxes: edges in every direction and no symmetry. */
function blocks() {
  const random = createRandom(5);
  const data = new Float32Array(side ** 3);
  for (let b = 0; b < 60; b++) {
    const [x, y, z] = [random.integer(side - 8), random.integer(side - 8), random.integer(side - 8)];
    const [w, h, d] = [2 + random.integer(7), 2 + random.integer(7), 2 + random.integer(7)];
    for (let k = z; k < z + d; k++) {
      for (let j = y; j < y + h; j++)
        for (let i = x; i < x + w; i++) data[i + side * (j + side * k)]! += 0.02;
    }
  }
  const worldFromVoxel = [spacing, 0, 0, -80, 0, spacing, 0, -60, 0, 0, spacing, 100, 0, 0, 0, 1];
  return createVolume({ data, size: [side, side, side], worldFromVoxel, quantity: "attenuation" });
}

describe("global search", () => {
  const volume = blocks();
  const geometry = presetGeometry("perlove-plx118f");
  const camera = binCamera(geometry.camera, 4);
  const projector = createReferenceProjector();
  const loaded = projector.load(volume);
  const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(volume), sourceToIsocentreMm: 700 };
  const pivot = [0, 0, 700] as const;
  const truth = cameraFromPose(
    poseFromDegMm({ rxDeg: 9, ryDeg: -7, rzDeg: 8, txMm: 25, tyMm: -22, tzMm: 24 }),
    frame,
  );
  const fixed = projector.drr(loaded, camera, truth);
  const input = {
    ...{ projector, volume: loaded, camera, fixed, weight: new Float32Array(fixed.length).fill(1) },
    space: { base: cameraFromPose(zeroPose, frame), pivot },
    range: { rotationDeg: 14, inPlaneMm: 35, depthMm: 35 },
  };

  it("has the true pose's neighbourhood among its first candidates", async () => {
    const found = await globalSearch(input, 10);
    const distances = found.map((c) => poseDistanceMm(c.cameraFromWorld, truth, pivot));
    expect(poseDistanceMm(input.space.base, truth, pivot)).toBeGreaterThan(40);
    expect(Math.min(...distances)).toBeLessThan(14);
  });

  it("finds an X-ray of unknown polarity with a negative score", async () => {
    const inverted = { ...input, fixed: fixed.map((v) => -v), eitherPolarity: true };
    const [best] = await globalSearch(inverted, 10);
    expect(best!.score).toBeLessThan(0);
    expect(poseDistanceMm(best!.cameraFromWorld, truth, pivot)).toBeLessThan(14);
  });

  it("stops when aborted", async () => {
    await expect(globalSearch({ ...input, signal: AbortSignal.abort() })).rejects.toThrow("Cancelled");
  });
});
