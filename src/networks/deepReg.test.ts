import { describe, expect, it } from "vitest";
import type { CarmFrame } from "../geometry/carm.ts";
import { createRandom } from "../random.ts";
import { createGraph } from "../tensor/graph.ts";
import { interpret } from "../tensor/interpreter.ts";
import { initialiseParameters } from "../tensor/parameterStore.ts";
import { createScope } from "../tensor/scope.ts";
import {
  type DeepRegConfig,
  compactDeepReg,
  deepRegChannels,
  deepRegGrid,
  deepRegSimilarity,
  deepRegVolumeInput,
  fixedFeatures,
  flattened,
  movingFeatures,
} from "./deepReg.ts";
import { flattenLinear } from "./refinementInput.ts";

const random = createRandom(3);
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

describe("flattening in a graph", () => {
  it.each([
    [64, 64],
    [20, 12],
  ])("is that of images, %i x %i pixels", (height, width) => {
    const images = draw(2 * 3 * height * width);
    const graph = createGraph();
    const node = flattened(graph.input("x", [2, 3, height, width]), 0.14);
    const [values] = interpret([node], { x: images });
    const expected = flattenLinear(images.slice(), { width, height }, 0.14);
    expected.forEach((v, i) => expect(Math.abs(values![i]! - v)).toBeLessThan(1e-5));
  });
});

describe("the network similarity of deep-reg", () => {
  const config: DeepRegConfig = {
    ...compactDeepReg,
    volume: { volumeSize: 8, widths: [2], outputs: 3 },
    encoder: { kind: "plain", imageSize: 16, widths: [4, 8] },
  };

  it("has the parameters and shapes of its three parts", () => {
    const scope = createScope(createGraph());
    const channels = deepRegChannels(scope, scope.graph.input("volume", [2, 1, 8, 8, 8]), config);
    expect(channels.shape).toEqual([2, 3, 8, 8, 8]);
    const moving = movingFeatures(scope, scope.graph.input("moving", [4, 3, 16, 16]), config);
    const fixed = fixedFeatures(scope, scope.graph.input("fixed", [4, 1, 16, 16]), config);
    expect(moving.map(({ shape }) => shape)).toEqual(fixed.map(({ shape }) => shape));
    expect(deepRegSimilarity(moving, fixed, config).shape).toEqual([4]);
    const parts = new Set(scope.parameters.map(({ name }) => name.split(".")[0]));
    expect([...parts]).toEqual(["volume", "moving", "fixed"]);
  });

  it("does not change with gain and offset of the projection", () => {
    const scope = createScope(createGraph());
    const moving = movingFeatures(scope, scope.graph.input("moving", [1, 3, 16, 16]), config);
    const fixed = fixedFeatures(scope, scope.graph.input("fixed", [1, 1, 16, 16]), config);
    const similarity = deepRegSimilarity(moving, fixed, config);
    const { arrays } = initialiseParameters(scope.parameters, createRandom(1));
    const [image, projection] = [draw(256), draw(3 * 256)];
    const of = (values: Float32Array): number =>
      interpret([similarity], { ...arrays, fixed: image, moving: values })[0]![0]!;
    expect(of(projection.map((v) => 5 * v + 2))).toBeCloseTo(of(projection), 3);
    expect(of(draw(3 * 256))).not.toBeCloseTo(of(projection), 3);
  });

  it("sees a volume in C-arm axes, water as one", () => {
    const frame: CarmFrame = { view: "LAT", centreMm: [10, 0, -20], sourceToIsocentreMm: 700 };
    const grid = deepRegGrid(frame, config);
    const size = [8, 8, 8] as const;
    const data = Float32Array.from({ length: 512 }, (_, i) => 0.02 * i);
    const seen = deepRegVolumeInput({ ...grid, size, data, quantity: "attenuation" }, frame, config);
    seen.forEach((v, i) => expect(Math.abs(v - i)).toBeLessThan(1e-2));
  });
});
