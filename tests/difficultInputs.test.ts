import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { poseErrors } from "../src/evaluation/poseErrors.ts";
import { binCamera } from "../src/geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../src/geometry/carm.ts";
import type { Mat4 } from "../src/geometry/mat4.ts";
import { poseFromDegMm } from "../src/geometry/pose.ts";
import { type ImagingGeometry, presetGeometry } from "../src/geometry/presets.ts";
import type { Vec3 } from "../src/geometry/vec3.ts";
import type { Radiograph } from "../src/image/radiograph.ts";
import { cropVolume, resampleToSpacing } from "../src/image/resample.ts";
import { type Volume, voxelSpacingMm } from "../src/image/volume.ts";
import { createSpinePhantom } from "../src/phantoms/spinePhantom.ts";
import { simulateXray } from "../src/phantoms/xraySimulator.ts";
import { createNodeProjector } from "../src/platform/node/projector.ts";
import type { Projector } from "../src/projector/projector.ts";
import { type RegisterOptions, register } from "../src/registration/register.ts";

/*
 * CTs and X-rays as they come: the X-ray always shows the whole patient with screws and rods; the CT is cut off, thick-sliced,
 * masked, or lies on a table, and the X-ray's pixels mean other things. Poses, noise and anatomy are seeded.
 */

const geometries: Record<string, ImagingGeometry> = {
  AP: { ...presetGeometry("perlove-plx118f"), view: "AP" },
  LAT: { ...presetGeometry("perlove-plx118f"), view: "LAT" },
};
/** About L3, in the middle of the phantom's world, whatever the volume's own centre is. */
const frameOf = (view: "AP" | "LAT"): CarmFrame => ({
  view,
  centreMm: [0, 0, 0],
  sourceToIsocentreMm: 700,
});
const truth = poseFromDegMm({ rxDeg: 4, ryDeg: -5, rzDeg: 3, txMm: 12, tyMm: -9, tzMm: 8 });
const start = poseFromDegMm({ rxDeg: -6, ryDeg: 4, rzDeg: -6, txMm: -14, tyMm: 12, tzMm: 30 });

let ct: Volume;
let labels: Volume;
let targets: Vec3[];
let projector: Projector;
const xrays: Record<string, Radiograph> = {};

beforeAll(async () => {
  projector = await createNodeProjector();
  const phantom = createSpinePhantom({
    seed: 41,
    spacingMm: 2.5,
    implants: [{ kind: "pedicle-screws", from: "L4", to: "L5" }],
  });
  ({ ct, labels } = phantom);
  targets = phantom.description.vertebrae
    .filter(({ label }) => label >= 27 && label <= 31)
    .flatMap(({ landmarks }) => Object.values(landmarks));
  for (const view of ["AP", "LAT"] as const) {
    const cameraFromWorld = cameraFromPose(truth, frameOf(view));
    const { camera } = geometries[view]!;
    xrays[view] = simulateXray({ ct, labels, camera, cameraFromWorld, seed: 7 }).radiograph;
  }
}, 240_000);
afterAll(() => projector.dispose());

/** Registers from the seeded start and measures the vertebrae. */
async function errorMm(
  volume: Volume,
  view: "AP" | "LAT",
  more: Omit<RegisterOptions, "projector"> = {},
  radiograph: Radiograph = xrays[view]!,
): Promise<number> {
  const frame = frameOf(view);
  const geometry = geometries[view]!;
  const initial: Mat4 = cameraFromPose(start, frame);
  const result = await register(volume, radiograph, geometry, { projector, initial, ...more });
  const pair = { estimate: result.cameraFromWorld, truth: cameraFromPose(truth, frame) };
  expect(result.status).toBe("converged");
  return poseErrors(pair, targets, geometry.camera, frame).mtreMm;
}

/** Only what lies within `halfMm` of the world's middle along x and y. */
function truncated(volume: Volume, halfMm: number): Volume {
  const first = [0, 1].map((a) => Math.ceil((-halfMm - volume.worldFromVoxel[4 * a + 3]!) / 2.5));
  const count = Math.floor((2 * halfMm) / 2.5);
  return cropVolume(volume, [first[0]!, first[1]!, 0], [count, count, volume.size[2]]);
}

/** A carbon table with a metal rail below the back, which the X-ray does not show. */
function onTable(volume: Volume): Volume {
  const [nx, ny, nz] = volume.size;
  const data = volume.data.slice();
  const rows = [ny - 4, ny - 3, ny - 2];
  for (let k = 0; k < nz; k++) {
    for (const j of rows) {
      const at = nx * (j + ny * k);
      data.fill(-300, at, at + nx);
      if (j === ny - 3) data.fill(2500, at + 8, at + 12);
    }
  }
  return { ...volume, data };
}

/** 5 mm slices: each the mean of what lies in it. */
const thick = (volume: Volume): Volume => resampleToSpacing(volume, [2.5, 2.5, 5]);

const lumbarOf = (map: Volume): Volume => ({
  ...map,
  data: Uint8Array.from(map.data, (label) => (label >= 27 && label <= 31 ? 1 : 0)),
});

describe.each(["AP", "LAT"] as const)("%s", (view) => {
  test("the whole CT", async () => {
    expect(await errorMm(ct, view)).toBeLessThan(0.5);
  });

  test("a CT truncated at the sides", async () => {
    expect(await errorMm(truncated(ct, 75), view)).toBeLessThan(2);
  });

  test("5 mm slices", async () => {
    expect(voxelSpacingMm(thick(ct))[2]).toBe(5);
    expect(await errorMm(thick(ct), view)).toBeLessThan(1.5);
  });

  test("5 mm slices, truncated", async () => {
    expect(await errorMm(thick(truncated(ct, 75)), view)).toBeLessThan(3);
  });

  test("the labelled spine of a CT alone", async () => {
    expect(await errorMm(ct, view, { mask: lumbarOf(labels) })).toBeLessThan(2);
  });

  test("a patient on a table with a rail", async () => {
    expect(await errorMm(onTable(ct), view)).toBeLessThan(2);
  });
});

describe("nothing known but the view", () => {
  // Through the width of the trunk hardly any bone shows; the X-ray is far from the middle of its range.
  test.each(["AP", "LAT"] as const)("%s", async (view) => {
    const far = poseFromDegMm({ rxDeg: -18, ryDeg: 16, rzDeg: 14, txMm: -55, tyMm: 40, tzMm: -30 });
    const cameraFromWorld = cameraFromPose(far, frameOf(view));
    const { camera } = geometries[view]!;
    const { radiograph } = simulateXray({ ct, labels, camera, cameraFromWorld, seed: 8 });
    const result = await register(ct, radiograph, geometries[view]!, { projector });
    const pair = { estimate: result.cameraFromWorld, truth: cameraFromWorld };
    expect(poseErrors(pair, targets, camera, frameOf(view)).mtreMm).toBeLessThan(2);
    expect(result.status).toBe("converged");
  });
});

describe.each(["opt-ngi", "opt-nccl"])("%s", (method) => {
  test("a CT truncated at the sides, and its labelled spine alone", async () => {
    expect(await errorMm(truncated(ct, 75), "AP", { method })).toBeLessThan(3);
    expect(await errorMm(ct, "AP", { method, mask: lumbarOf(labels) })).toBeLessThan(3);
  });
});

describe("pixels that mean something else", () => {
  const changed = (kind: Radiograph["kind"], change: (value: number) => number): Radiograph => ({
    ...xrays["AP"]!,
    kind,
    data: Float32Array.from(xrays["AP"]!.data, change),
  });

  test("intensity without a word about it", async () => {
    const unknown = changed("unknown", (value) => value);
    expect(await errorMm(ct, "AP", {}, unknown)).toBeLessThan(0.5);
  });

  test("a picture for display: bone bright, 8 bits", async () => {
    const lines = xrays["AP"]!.data.map((value) => -Math.log(Math.max(value, 1)));
    const [low, high] = [Math.min(...lines), Math.max(...lines)];
    const shown = { ...xrays["AP"]!, kind: "unknown" as const };
    const data = Float32Array.from(lines, (value) => Math.round((255 * (value - low)) / (high - low)));
    expect(await errorMm(ct, "AP", {}, { ...shown, data })).toBeLessThan(2);
  });

  test("line integrals, stated so", async () => {
    const lines = changed("line-integral", (value) => -Math.log(Math.max(value, 1) / 65535));
    expect(await errorMm(ct, "AP", {}, lines)).toBeLessThan(0.5);
  });
});

test("the X-ray of a large detector, behind blades, is as good as a small one; blades are told in its pixels", async () => {
  const seen: { errorMm: number; sides: string[]; offsets: number[] }[] = [];
  for (const finer of [1, 2]) {
    const { camera, ...rest } = geometries["AP"]!;
    const detector = binCamera(camera, 1 / finer);
    const frame = frameOf("AP");
    const cameraFromWorld = cameraFromPose(truth, frame);
    const { radiograph } = simulateXray({ ct, labels, camera: detector, cameraFromWorld, seed: 7 });
    const field = (p: number): boolean => p % detector.width > 30 * finer && p / detector.width > 40 * finer;
    const data = radiograph.data.map((value, p) => (field(p) ? value : 0.02 * value));
    data[finer * 5000] = Number.NaN;
    const initial = cameraFromPose(start, frame);
    const xray = { ...radiograph, data };
    const result = await register(ct, xray, { ...rest, camera: detector }, { projector, initial });
    const { mtreMm } = poseErrors(
      { estimate: result.cameraFromWorld, truth: cameraFromWorld },
      targets,
      camera,
      frame,
    );
    const { blades } = result.xray.collimation;
    expect(result.camera).toEqual(detector);
    seen.push({
      errorMm: mtreMm,
      sides: blades.map(({ side }) => side).toSorted(),
      offsets: blades.map(({ offset }) => offset / finer).toSorted((a, b) => a - b),
    });
  }
  for (const { errorMm, sides, offsets } of seen) {
    expect(errorMm).toBeLessThan(1);
    expect(sides).toEqual(["left", "top"]);
    expect(Math.abs(offsets[0]! - 30)).toBeLessThan(4);
    expect(Math.abs(offsets[1]! - 40)).toBeLessThan(4);
  }
});
