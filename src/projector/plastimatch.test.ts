import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, fromLinearTranslation } from "../geometry/mat4.ts";
import { type Vec3, add, cross, dot, normalise, scale, subtract } from "../geometry/vec3.ts";
import type { Volume } from "../image/volume.ts";
import { readPfm } from "../io/pfm.ts";
import { readVolume } from "../io/readVolume.ts";
import { hasSharedData, loadShared, sharedData } from "../io/sharedData.testkit.ts";
import type { Projector } from "./projector.ts";
import { createReferenceProjector } from "./reference.ts";
import { correlation } from "./scenes.testkit.ts";
import { createWasmProjector } from "./wasm.ts";

/** Exact renders of a real lumbar CT with a metal screw, made by plastimatch 1.9.4; values are 0.1 x line integral. */
const folder = "ref_plastimatch/totalseg3mm";
interface View {
  name: string;
  nrm_lps: Vec3;
  vup_lps: Vec3;
  isocenter_lps: Vec3;
  sad: number;
  sid: number;
  dim: [number, number];
  size: [number, number];
}
const views = hasSharedData
  ? (JSON.parse(readFileSync(join(sharedData, folder, "geometry.json"), "utf8")) as View[])
  : [];

function cameraOf(view: View): Camera {
  const [width, height] = view.dim;
  return {
    ...{ width, height, sourceToDetectorMm: view.sid },
    pixelSpacingMm: [view.size[0] / width, view.size[1] / height],
    principalPointPx: [(width - 1) / 2, (height - 1) / 2],
  };
}

/** Columns = up x normal, rows = -up, beam = -normal; the source stands at isocentre + sad normal. */
function poseOf(view: View): Mat4 {
  const normal = normalise(view.nrm_lps);
  const up = normalise(subtract(view.vup_lps, scale(normal, dot(view.vup_lps, normal))));
  const axes = [cross(up, normal), scale(up, -1), scale(normal, -1)];
  const source = add(view.isocenter_lps, scale(normal, view.sad));
  const shift = axes.map((axis) => -dot(axis, source)) as unknown as Vec3;
  return fromLinearTranslation(axes.flat(), shift);
}

const cases: [string, () => Promise<Projector>, number][] = [
  ["wasm", () => createWasmProjector(), 0.9935],
  ["reference siddon", async () => createReferenceProjector({ sampling: "siddon" }), 0.9995],
];

describe.skipIf(!hasSharedData).each(cases)("%s against plastimatch", (_, create, least) => {
  let projector: Projector;
  let volume: Volume;
  beforeAll(async () => {
    projector = await create();
    volume = (await readVolume(loadShared(`${folder}/mu.nii.gz`), { quantity: "attenuation" })).volume;
  });
  afterAll(() => projector.dispose());

  it.each(views)("$name", (view) => {
    const loaded = projector.load(volume);
    const image = projector.drr(loaded, cameraOf(view), poseOf(view));
    loaded.dispose();
    const { radiograph } = readPfm(loadShared(`${folder}/${view.name}_0000.pfm`));
    const expected = radiograph.data.map((value) => 10 * value);
    expect(correlation(image, expected)).toBeGreaterThanOrEqual(least);
    const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(total(image) / total(expected) - 1)).toBeLessThan(0.005);
  });
});
