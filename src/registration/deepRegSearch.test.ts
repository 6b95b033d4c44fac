import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { volumeCentreMm } from "../image/volume.ts";
import { compactDeepReg, flattened } from "../networks/deepReg.ts";
import type { DeepRegNetwork } from "../networks/deepRegNetwork.ts";
import { standardise } from "../networks/normalisation.ts";
import type { Projector } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { interpret } from "../tensor/interpreter.ts";
import { mean, square, sub } from "../tensor/ops/arithmetic.ts";
import { isAtRest, searchByDeepReg } from "./deepRegSearch.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import { prepareXray } from "./prepareXray.ts";
import { type PreparedCt, prepareCt } from "./preparedCt.ts";
import { boxesCt } from "./registration.testkit.ts";

/** Its features are the flattened images themselves: what is left is the search and the way through the projector. */
function plainNetwork(): DeepRegNetwork {
  const graph = createGraph();
  const moving = graph.input("moving", [1, 1, 64, 64]);
  const feature = graph.input("feature", [1, 1, 64, 64]);
  const value = mean(square(sub(standardise(flattened(moving, compactDeepReg.flattenShare)), feature)));
  const [slope] = gradient(value, [moving]);
  return {
    config: { ...compactDeepReg, volume: { ...compactDeepReg.volume, outputs: 1 } },
    channels: (volume) => Promise.resolve(volume),
    features: (image) => Promise.resolve(image),
    compare: (projection, features) => {
      const [result, imageGradient] = interpret([value, slope!], { moving: projection, feature: features });
      return Promise.resolve({ value: result![0]!, imageGradient: Float32Array.from(imageGradient!) });
    },
  };
}

const ct = boxesCt();
const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };
const pivot = [0, 0, 700] as const;
const truth = cameraFromPose(
  poseFromDegMm({ rxDeg: 4, ryDeg: -5, rzDeg: 3, txMm: 10, tyMm: -8, tzMm: 6 }),
  frame,
);
const start = cameraFromPose(
  poseFromDegMm({ rxDeg: 7, ryDeg: -2, rzDeg: 6, txMm: 18, tyMm: -4, tzMm: 10 }),
  frame,
);
// Half as many pixels of another size behind another distance than the networks'.
const camera = {
  ...{ width: 120, height: 140, sourceToDetectorMm: 1100 },
  ...{ pixelSpacingMm: [2, 1.8] as const, principalPointPx: [58, 72] as const },
};

let projector: Projector;
let prepared: PreparedCt;
beforeAll(async () => {
  projector = await createWasmProjector();
  prepared = prepareCt(ct, { projector });
});
afterAll(() => projector.dispose());

describe("search by the network similarity", () => {
  const shared = { camera, frame, start, signal: undefined };

  it("comes near the pose whose features are the X-ray's, on any detector", async () => {
    const data = projector.drr(prepared.loaded("rigid", 1), camera, truth).slice();
    const xray = prepareXray({ data, width: 120, height: 140, kind: "line-integral" });
    const values: number[] = [];
    const found = await searchByDeepReg(
      plainNetwork(),
      { ...shared, ct: prepared, range: "auto" },
      xray,
      (_, value) => Promise.resolve(void values.push(value)),
    );
    const [before, after] = [start, found.cameraFromWorld].map((pose) => poseDistanceMm(pose, truth, pivot));
    expect(before).toBeGreaterThan(6);
    // Voxels of 6 mm and pixels of 3 mm: it is the climb after it that makes it precise.
    expect(after).toBeLessThan(0.4 * before!);
    expect(found.final).toBeLessThan(0.5 * found.initial);
    // What is reported never gets worse.
    expect(values.every((value, i) => i === 0 || value <= values[i - 1]!)).toBe(true);

    const range = { rotationDeg: 1, inPlaneMm: 1, depthMm: 1 };
    const kept = await searchByDeepReg(plainNetwork(), { ...shared, ct: prepared, range }, xray, () =>
      Promise.resolve(),
    );
    expect(poseDistanceMm(kept.cameraFromWorld, start, pivot)).toBeLessThan(3);
  });

  it("stops with the error `aborted` when asked to", async () => {
    const xray = prepareXray({
      data: Float32Array.from({ length: 120 * 140 }, (_, p) => p % 17),
      ...{ width: 120, height: 140, kind: "line-integral" },
    });
    const input = { ...shared, ct: prepared, range: "auto", signal: AbortSignal.abort() } as const;
    const search = searchByDeepReg(plainNetwork(), input, xray, () => Promise.resolve());
    await expect(search).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("the rule of rest", () => {
  it("looks at the last ten values only, and at their own size", () => {
    expect(isAtRest([1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(false);
    expect(isAtRest([9, ...Array.from({ length: 10 }, (_, i) => 1 + 0.001 * (i % 2))])).toBe(true);
    expect(isAtRest(Array.from({ length: 20 }, (_, i) => 1 + 0.01 * (i % 2)))).toBe(false);
  });
});
