import { describe, expect, it } from "vitest";
import type { Encoder } from "../networks/encoder.ts";
import { differenceStep } from "../networks/refinementInput.ts";
import { createRandom } from "../random.ts";
import { interpret } from "../tensor/interpreter.ts";
import { convLayer } from "../tensor/layers.ts";
import { silu } from "../tensor/ops/activation.ts";
import { initialiseParameters } from "../tensor/parameterStore.ts";
import { gradientOf } from "./doubleBackward.ts";
import { type FeatureStepOptions, featureStep } from "./featureStep.ts";

const size = 8;
const pixels = size * size;
const batch = 2;

/** Smooth, so that finite differences mean something. */
const encoder: Encoder = (scope, image) => {
  const first = silu(convLayer(scope.child("a"), image, { filters: 3, kernel: 3 }));
  return [first, convLayer(scope.child("b"), first, { filters: 2, kernel: 3, stride: 2, padding: 1 })];
};

const settings: FeatureStepOptions = {
  ...{ encoder, batch, imageSize: size, masked: true, damping: 0.03 },
  ...{ distance: "pixel", softening: 0.5 },
};

function drawFeeds(seed: number): Record<string, Float64Array> {
  const random = createRandom(seed);
  const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => random.normal());
  return {
    fixed: draw(batch * pixels),
    moving: draw(7 * batch * pixels),
    mask: Float64Array.from({ length: batch * pixels }, (_, p) => (p % size < 6 ? 1 : 0)),
    offset: draw(6 * batch),
  };
}

describe("the Gauss-Newton step of features", () => {
  it.each(["pixel", "squared"] as const)(
    "has the gradient by the weights that finite differences give: %s",
    (distance) => {
      const graph = featureStep({ ...settings, distance, masked: distance === "pixel" });
      const parameters = initialiseParameters(graph.parameters, createRandom(3)).arrays;
      const feeds: Record<string, Float64Array> = { ...drawFeeds(1) };
      for (const [name, values] of Object.entries(parameters)) feeds[name] = Float64Array.from(values);
      const names = Object.keys(parameters);
      const slopes = interpret(
        names.map((name) => graph.gradients[gradientOf(name)]!),
        feeds,
      );
      const lossAt = (name: string, i: number, delta: number): number => {
        const moved = feeds[name]!.slice();
        moved[i]! += delta;
        return interpret([graph.loss], { ...feeds, [name]: moved })[0]![0]!;
      };
      names.forEach((name, k) => {
        for (const i of [0, feeds[name]!.length - 1]) {
          const h = 1e-5;
          const numeric = (lossAt(name, i, h) - lossAt(name, i, -h)) / (2 * h);
          expect(Math.abs(slopes[k]![i]! - numeric)).toBeLessThan(1e-6 + 1e-4 * Math.abs(numeric));
        }
      });
    },
  );

  it("is the whole offset where features are linear in the pose", () => {
    // Six images that the pose adds up, seen by an encoder that changes nothing.
    const random = createRandom(5);
    const slopes = Array.from({ length: 6 }, () =>
      Float64Array.from({ length: pixels }, () => random.normal()),
    );
    const base = Float64Array.from({ length: pixels }, () => random.normal());
    const offset = [0.7, -1.2, 0.4, 2, -0.3, 1.1];
    const fixed = base.map((value, p) => value + offset.reduce((sum, o, q) => sum + o * slopes[q]![p]!, 0));
    const stepped = slopes.map((slope) => base.map((value, p) => value + differenceStep * slope[p]!));
    const identity: Encoder = (scope, image) => {
      scope.parameter("unused", [1], () => new Float32Array(1));
      return [image];
    };
    const graph = featureStep({
      ...{ encoder: identity, batch: 1, imageSize: size, masked: false, damping: 1e-9 },
      ...{ distance: "squared", softening: 1 },
    });
    const feeds = {
      ...{ fixed, moving: [...base, ...stepped.flatMap((image) => [...image])], offset },
      ...{ "fixed.unused": [0], "moving.unused": [0] },
    };
    const [step, loss] = interpret([graph.step, graph.loss], feeds);
    step!.forEach((value, q) => expect(value).toBeCloseTo(offset[q]!, 6));
    expect(loss![0]).toBeLessThan(0.05);
  });
});
