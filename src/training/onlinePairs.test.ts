import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cameraFromPose, views } from "../geometry/carm.ts";
import { compose } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import type { Volume } from "../image/volume.ts";
import { compactInitialiser } from "../networks/initialiser.ts";
import { canonicalGeometry, flattenImage, initialiserChannels } from "../networks/initialiserInput.ts";
import type { Projector } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { createRandom } from "../random.ts";
import { defaultRandomisation, noRandomisation, randomiseXray } from "./domainRandomisation.ts";
import { type LoadedVolume, type PairSettings, drawPairs, loadContent, renderScene } from "./onlinePairs.ts";
import { aimedPoses } from "./poseSampler.ts";
import { createTrainingVolume, trainingContent } from "./trainingVolumes.ts";

const size = compactInitialiser.imageSize;
const pixels = size * size;
const content = trainingContent(createTrainingVolume(5, { field: "trunk", size: 38, spacingMm: 8 }));
let projector: Projector;
let loaded: LoadedVolume[];

beforeAll(async () => {
  projector = await createWasmProjector();
  loaded = loadContent([content], projector, compactInitialiser);
});
afterAll(() => projector.dispose());

const settings: PairSettings = {
  ...{ config: compactInitialiser, batch: 4, volumes: 2, centreJitterMm: 10, segmentedShare: 0.5 },
  ...{ poses: aimedPoses, randomisation: noRandomisation },
};

/** The same patient with left and right exchanged, as another voxel grid. */
function exchanged(volume: Volume, centreX: number): Volume {
  const mirror = [-1, 0, 0, 2 * centreX, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const [nx] = volume.size;
  const reversed = [-1, 0, 0, nx - 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const data = Float32Array.from(volume.data);
  for (let row = 0; row < data.length; row += nx) data.subarray(row, row + nx).reverse();
  return { ...volume, data, worldFromVoxel: compose(mirror, volume.worldFromVoxel, reversed) };
}

describe("pairs of the initialiser", () => {
  it("show at the true pose what the X-ray shows", () => {
    for (let step = 0; step < 6; step++) {
      const pairs = drawPairs(loaded, projector, settings, createRandom(9).fork(step));
      pairs.truth.forEach((pose, i) => {
        const scene = pairs.scenes[Math.floor(i / 2)]!;
        const [image] = renderScene(projector, loaded[0]!.bone.projected, scene, [pose], size);
        const detector = { width: size, height: size };
        const expected = flattenImage(image!, undefined, detector, compactInitialiser.flattenShare);
        const first = i * initialiserChannels * pixels;
        const shown = pairs.image.subarray(first, first + pixels);
        expect(Math.max(...shown.map((value, p) => Math.abs(value - expected[p]!)))).toBeLessThan(1e-3);
      });
    }
  });

  it("depend on the random generator alone", () => {
    const draw = (seed: number): Float32Array =>
      drawPairs(loaded, projector, settings, createRandom(seed)).image;
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it("have mirrored scenes that are scenes of a mirrored patient", () => {
    // Seen from the front, a mirror in the columns' axis exchanges left and right.
    const centreMm = [3, 10, -5] as const;
    const { camera, sourceToIsocentreMm } = canonicalGeometry(size);
    const frame = { view: "AP", centreMm, sourceToIsocentreMm } as const;
    const other = projector.load(exchanged(content.bone, centreMm[0]));
    const random = createRandom(1);
    for (let n = 0; n < 4; n++) {
      const d = (): number => random.uniform(-15, 15);
      const pose = poseFromDegMm({ rxDeg: d(), ryDeg: d(), rzDeg: d(), txMm: d(), tyMm: d(), tzMm: d() });
      const direct = projector.drr(other, camera, cameraFromPose(pose, frame));
      const scene = { frame, mirrored: true };
      const [mirrored] = renderScene(projector, loaded[0]!.bone.projected, scene, [pose], size);
      const most = Math.max(...direct);
      const error = Math.max(...direct.map((value, p) => Math.abs(value - mirrored![p]!)));
      expect(most).toBeGreaterThan(0.1);
      expect(error / most).toBeLessThan(0.02);
    }
    other.dispose();
  });

  it("use every view, both contents and both sides of the mirror", () => {
    const scenes = Array.from({ length: 30 }, (_, k) =>
      drawPairs(loaded, projector, { ...settings, batch: 1, volumes: 1 }, createRandom(2).fork(k)),
    ).flatMap((pairs) => pairs.scenes);
    expect(new Set(scenes.map(({ frame }) => frame.view))).toEqual(new Set(views));
    expect(new Set(scenes.map(({ mirrored }) => mirrored)).size).toBe(2);
    expect(new Set(scenes.map((scene) => scene.content)).size).toBe(2);
  });
});

describe("domain randomisation", () => {
  const random = createRandom(6);
  const bone = Float32Array.from({ length: pixels }, () => random.uniform(0, 1));
  const whole = bone.map((value, p) => value + 2 + Math.sin(p / 90));
  const parts = { bone, whole, size };

  it("leaves the projection as it is when all is off", () => {
    const { image, weight } = randomiseXray(parts, noRandomisation, createRandom(1));
    expect(image).toEqual(bone);
    expect(weight.every((value) => value === 1)).toBe(true);
  });

  it("shows what the whole body shows at full soft tissue", () => {
    const full = { ...noRandomisation, softTissueShare: 1, softTissueGain: 1 };
    const { image } = randomiseXray(parts, full, createRandom(1));
    // image = bone + g (whole - bone) with one gain g for all pixels.
    const gains = image.map((value, p) => (value - bone[p]!) / (whole[p]! - bone[p]!));
    expect(Math.max(...gains) - Math.min(...gains)).toBeLessThan(1e-4);
    expect(gains[0]).toBeGreaterThan(0.19);
  });

  it("stays finite, keeps most of the field, and changes images in a fair share of draws", () => {
    let collimated = 0;
    for (let k = 0; k < 200; k++) {
      const { image, weight } = randomiseXray(parts, defaultRandomisation, createRandom(3).fork(k));
      expect(image.every(Number.isFinite)).toBe(true);
      const live = weight.reduce((sum, value) => sum + value, 0) / pixels;
      expect(live).toBeGreaterThan(0.2);
      if (live < 1) collimated++;
    }
    expect(collimated / 200).toBeGreaterThan(0.2);
    expect(collimated / 200).toBeLessThan(0.4);
  });
});
