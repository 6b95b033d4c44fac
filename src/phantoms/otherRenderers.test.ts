import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Camera } from "../geometry/camera.ts";
import { type Mat4, fromLinearTranslation } from "../geometry/mat4.ts";
import { type Vec3, add, cross, dot, scale } from "../geometry/vec3.ts";
import { readPfm } from "../io/pfm.ts";
import { readVolume } from "../io/readVolume.ts";
import { hasSharedData, loadShared, sharedData } from "../io/sharedData.testkit.ts";
import { xrayPhysics } from "./xray/xrayPhysics.ts";
import { type XraySimulator, createXraySimulator } from "./xraySimulator.ts";

/** Voxel-constant renders of a real lumbar CT by plastimatch 1.9.4; pixel value = 0.1 x line integral. */
const folder = "ref_plastimatch/totalseg3mm";
interface View {
  readonly name: string;
  readonly nrm_lps: Vec3;
  readonly vup_lps: Vec3;
  readonly isocenter_lps: Vec3;
  readonly sad: number;
  readonly sid: number;
  readonly dim: [number, number];
  readonly size: [number, number];
}
const views = hasSharedData
  ? (JSON.parse(readFileSync(join(sharedData, folder, "geometry.json"), "utf8")) as View[])
  : [];
const chosen = views.filter(({ name }) => ["pa_src_ant", "lat", "obl-35_cc10", "roll20"].includes(name));

function cameraOf({ dim, size, sid }: View): Camera {
  return {
    ...{ width: dim[0], height: dim[1], sourceToDetectorMm: sid },
    pixelSpacingMm: [size[0] / dim[0], size[1] / dim[1]],
    principalPointPx: [(dim[0] - 1) / 2, (dim[1] - 1) / 2],
  };
}

/** Columns = up x normal, rows = -up, beam = -normal; the source stands at isocentre + sad normal. */
function poseOf({ nrm_lps: normal, vup_lps: up, isocenter_lps: centre, sad }: View): Mat4 {
  const axes = [cross(up, normal), scale(up, -1), scale(normal, -1)];
  const source = add(centre, scale(normal, sad));
  return fromLinearTranslation(axes.flat(), [
    -dot(axes[0]!, source),
    -dot(axes[1]!, source),
    -dot(axes[2]!, source),
  ]);
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    sa += a[n]!;
    sb += b[n]!;
    saa += a[n]! ** 2;
    sbb += b[n]! ** 2;
    sab += a[n]! * b[n]!;
  }
  const covariance = sab - (sa * sb) / a.length;
  return covariance / Math.sqrt((saa - sa ** 2 / a.length) * (sbb - sb ** 2 / a.length));
}

describe.skipIf(!hasSharedData)("an ideal X-ray of a real CT against plastimatch", () => {
  let simulator: XraySimulator;
  beforeAll(async () => {
    const { volume } = await readVolume(loadShared("ct_totalseg/example_ct.nii.gz"), { quantity: "hu" });
    simulator = createXraySimulator({ ct: volume, physics: { ...xrayPhysics("ideal"), supersample: 1 } });
  });
  test.each(chosen)("$name", (view) => {
    const { radiograph } = simulator.simulate({
      ...{ camera: cameraOf(view), cameraFromWorld: poseOf(view), seed: 1 },
    });
    const ours = radiograph.data.map((value) => -Math.log(value));
    const theirs = readPfm(loadShared(`${folder}/${view.name}_0000.pfm`)).radiograph.data.map((v) => 10 * v);
    expect(correlation(ours, theirs)).toBeGreaterThan(0.9935);
    const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(total(ours) / total(theirs) - 1)).toBeLessThan(0.003);
  });
});

test("nothing here borrows from the projector", () => {
  const room = import.meta.dirname;
  const files = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!test)\.ts$/.test(name),
  );
  expect(files.length).toBeGreaterThan(30);
  const borrowers = files.filter((name) =>
    /from "[^"]*projector\//.test(readFileSync(join(room, name), "utf8")),
  );
  expect(borrowers).toEqual([]);
});
