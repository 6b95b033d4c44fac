import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { volumeCentreMm } from "../image/volume.ts";
import type { EncoderNetwork, FeatureMaps } from "../networks/networks.ts";
import { tinyRefinement } from "../networks/refinementInput.ts";
import type { Projector } from "../projector/projector.ts";
import { createWasmProjector } from "../projector/wasm.ts";
import { createRandom } from "../random.ts";
import { featureNormalEquations } from "./embeddedFeatures.ts";
import { refineEmbedded } from "./embeddedRefine.ts";
import { poseDistanceMm } from "./poseDistance.ts";
import { type Content, prepareCt } from "./preparedCt.ts";
import { prepareXray } from "./prepareXray.ts";
import { boxesCt } from "./registration.testkit.ts";

const size = 64;
const undecided = { quick: () => 0, careful: () => 0 };

/** An encoder whose features are the images themselves, standardised: what is left is the search. */
const plainEncoder: EncoderNetwork = {
  ...{ config: tinyRefinement, batch: 7 },
  fixed: (image) => Promise.resolve(standardised(image)),
  moving: (images) => Promise.resolve(standardised(images)),
};

function standardised(images: Float32Array): FeatureMaps {
  const out = images.slice();
  for (let first = 0; first < out.length; first += size * size) {
    const image = out.subarray(first, first + size * size);
    const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
    const sd = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length);
    for (let p = 0; p < image.length; p++) image[p] = (image[p]! - mean) / sd;
  }
  return { shapes: [[1, size, size]], values: [out] };
}

describe("equation (6) and its derivatives", () => {
  const distances = ["pixel", "squared"] as const;
  it.each(distances)("agree with finite differences, and the Hessian is positive: %s", (distance) => {
    const random = createRandom(4);
    const shapes = [
      [3, 8, 8],
      [2, 4, 4],
    ] as const;
    const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
    const lengths = shapes.map(([c, h, w]) => c * h * w);
    const fixed: FeatureMaps = { shapes, values: lengths.map(draw) };
    const slopes = lengths.map((n) => [draw(n), draw(n)]);
    const base = lengths.map(draw);
    const mask = Float32Array.from({ length: 256 }, (_, p) => (p % 16 < 12 ? 1 : 0));
    const steps = [0.01, 0.02];
    const at = (x: readonly number[]): FeatureMaps => ({
      shapes,
      values: base.map((values, level) => {
        const images = [
          [0, 0],
          [steps[0]!, 0],
          [0, steps[1]!],
        ];
        return Float32Array.from(
          images.flatMap((d) =>
            [...values].map(
              (v, i) =>
                v + (x[0]! + d[0]!) * slopes[level]![0]![i]! + (x[1]! + d[1]!) * slopes[level]![1]![i]!,
            ),
          ),
        );
      }),
    });
    const config = {
      ...{ ...tinyRefinement, encoder: { ...tinyRefinement.encoder, imageSize: 16 } },
      ...{ distance, masked: distance === "pixel", softening: 0.1 },
    };
    const value = (x: readonly number[]): number =>
      featureNormalEquations(fixed, at(x), config, mask, steps).value;
    const here = featureNormalEquations(fixed, at([0, 0]), config, mask, steps);
    const h = 1e-3;
    expect(here.gradient[0]).toBeCloseTo((value([h, 0]) - value([-h, 0])) / (2 * h), 2);
    expect(here.gradient[1]).toBeCloseTo((value([0, h]) - value([0, -h])) / (2 * h), 2);
    const [a, b, c, d] = here.hessian;
    expect(b).toBe(c);
    expect(a! * d! - b! * c!).toBeGreaterThan(0);
    expect(a).toBeGreaterThan(0);
  });
});

describe("fine registration by features", () => {
  const ct = boxesCt();
  const geometry = presetGeometry("perlove-plx118f");
  const frame: CarmFrame = { view: "AP", centreMm: volumeCentreMm(ct), sourceToIsocentreMm: 700 };
  const pivot = [0, 0, 700] as const;
  const truth = cameraFromPose(
    poseFromDegMm({ rxDeg: 4, ryDeg: -5, rzDeg: 3, txMm: 10, tyMm: -8, tzMm: 6 }),
    frame,
  );
  const start = cameraFromPose(
    poseFromDegMm({ rxDeg: 6, ryDeg: -3, rzDeg: 1, txMm: 16, tyMm: -5, tzMm: 9 }),
    frame,
  );
  let projector: Projector;

  beforeAll(async () => {
    projector = await createWasmProjector();
  });
  afterAll(() => projector.dispose());

  it("finds the pose whose features are the X-ray's, on any detector", async () => {
    const whole = prepareCt(ct, { projector });
    // These features know of nothing but grey values, which soft tissue makes smooth.
    const prepared = { ...whole, loaded: (_: Content, mm: number) => whole.loaded("all", mm) };
    // Half as many pixels of another size behind another distance.
    const camera = {
      ...{ width: 120, height: 140, sourceToDetectorMm: 1100 },
      ...{ pixelSpacingMm: [2, 1.8] as const, principalPointPx: [58, 72] as const },
    };
    const data = projector.drr(prepared.loaded("rigid", 1), camera, truth).slice();
    const xray = prepareXray({ data, width: 120, height: 140, kind: "line-integral" });
    const values: number[] = [];
    const found = await refineEmbedded(
      plainEncoder,
      { projector, ct: prepared, camera, signal: undefined },
      xray,
      [start],
      undecided,
      (_, value) => Promise.resolve(void values.push(value)),
    );
    expect(poseDistanceMm(start, truth, pivot)).toBeGreaterThan(5);
    expect(poseDistanceMm(found.cameraFromWorld, truth, pivot)).toBeLessThan(1);
    // A perfect match has the softening as its value.
    expect(found.final - 1).toBeLessThan(0.1 * (found.initial - 1));
    expect(found.stop).not.toBe("max-iterations");
    expect(values.length).toBe(found.iterations);
  });

  it("stops with the error `aborted` when asked to", async () => {
    const xray = prepareXray({
      data: Float32Array.from({ length: 256 * 256 }, (_, p) => p % 17),
      ...{ width: 256, height: 256, kind: "line-integral" },
    });
    const run = refineEmbedded(
      plainEncoder,
      { projector, ct: prepareCt(ct, { projector }), camera: geometry.camera, signal: AbortSignal.abort() },
      xray,
      [start],
      undecided,
      () => Promise.resolve(),
    );
    await expect(run).rejects.toMatchObject({ code: "aborted" });
  });
});
