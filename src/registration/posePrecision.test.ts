import { beforeAll, expect, test } from "vitest";
import { type CarmFrame, cameraFromPose, poseFromCamera } from "../geometry/carm.ts";
import { poseToDegMm, zeroPose } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { binCamera } from "../geometry/camera.ts";
import { attenuationFromHu } from "../image/attenuation.ts";
import { volumeCentreMm } from "../image/volume.ts";
import { createSpinePhantom } from "../phantoms/spinePhantom.ts";
import type { Projector, ProjectorVolume } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { createRandom } from "../random.ts";
import { ncc } from "../similarity/ncc.ts";
import { type Level, createLevel } from "./level.ts";
import { posePrecision } from "./posePrecision.ts";
import { refine } from "./refine.ts";

const geometry = presetGeometry("perlove-plx118f");
const camera = binCamera(geometry.camera, 4);
let projector: Projector;
let volume: ProjectorVolume;
let frame: CarmFrame;
let clean: Float32Array;
const pivot = [0, 0, geometry.sourceToIsocentreMm] as const;

beforeAll(async () => {
  projector = await createWasmProjector();
  const { ct } = createSpinePhantom({ seed: 4, field: "lumbar", size: [32, 32, 32] });
  frame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: geometry.sourceToIsocentreMm };
  volume = projector.load(attenuationFromHu(ct));
  clean = projector.drr(volume, camera, cameraFromPose(zeroPose, frame)).slice();
});

/** A level whose X-ray is the true DRR with white noise. */
function noisyLevel(seed: number, sigma: number): Level {
  const random = createRandom(seed);
  const fixed = clean.map((value) => value + random.normal(0, sigma));
  const weight = new Float32Array(fixed.length).fill(1);
  return createLevel({ projector, volume, camera, fixed, weight, similarity: ncc });
}

async function registered(seed: number, sigma: number): Promise<{ errors: number[]; predicted: number[] }> {
  const level = noisyLevel(seed, sigma);
  const start = cameraFromPose(zeroPose, frame);
  const { cameraFromWorld } = await refine(level, start, { maxIterations: 30, stepTolerance: 1e-4, pivot });
  const pose = poseToDegMm(poseFromCamera(cameraFromWorld, frame));
  const { standardError } = posePrecision(level, cameraFromWorld, { frame, pivot })!;
  const errors = [pose.rxDeg, pose.ryDeg, pose.rzDeg, pose.txMm, pose.tyMm, pose.tzMm];
  return { errors, predicted: [...standardError] };
}

test("with white noise the predicted standard errors are those of repeated registrations, on every axis", async () => {
  const runs = [];
  for (let seed = 1; seed <= 40; seed++) runs.push(await registered(seed, 0.1));
  for (let axis = 0; axis < 6; axis++) {
    const actual = Math.sqrt(runs.reduce((sum, run) => sum + run.errors[axis]! ** 2, 0) / runs.length);
    const predicted = runs.reduce((sum, run) => sum + run.predicted[axis]!, 0) / runs.length;
    // The root mean square of 40 draws has a standard deviation of 11 %.
    expect(actual / predicted, `axis ${axis}`).toBeGreaterThan(0.75);
    expect(actual / predicted, `axis ${axis}`).toBeLessThan(1.3);
  }
});

test("twice the noise gives twice the error; depth is the worst determined shift", async () => {
  const [low, high] = [await registered(1, 0.05), await registered(1, 0.1)];
  for (let axis = 0; axis < 6; axis++) expect(high.predicted[axis]! / low.predicted[axis]!).toBeCloseTo(2, 0);
  expect(low.predicted[3]!).toBeGreaterThan(2 * Math.max(low.predicted[4]!, low.predicted[5]!));
});

test("a view that shows nothing of the volume determines no pose", () => {
  const level = noisyLevel(1, 0.1);
  const away = cameraFromPose({ ...zeroPose, ty: 2000 }, frame);
  expect(posePrecision(level, away, { frame, pivot })).toBeUndefined();
});
