import { afterAll, describe, expect, it } from "vitest";
import { createNodeRuntime } from "../platform/node/onnxSession.ts";
import { createRandom } from "../random.ts";
import { gradient } from "../tensor/gradient.ts";
import { createGraph } from "../tensor/graph.ts";
import { interpret } from "../tensor/interpreter.ts";
import { expectClose, randomArray } from "../tensor/opCheck.testkit.ts";
import { add, mean, square } from "../tensor/ops/arithmetic.ts";
import { countParameters, initialiseParameters } from "../tensor/parameterStore.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type Scope, createScope } from "../tensor/scope.ts";
import { compile } from "../tensor/session.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { cascadeFusion } from "./cascadeFusion.ts";
import { compositeConnection, fuseByConcat } from "./compositeConnection.ts";
import {
  type CompositeEncoderConfig,
  compactCompositeEncoder,
  compositeEncoder,
  paperCompositeEncoder,
} from "./compositeEncoder.ts";
import { networkDiagram } from "./diagram.ts";
import { focalBlock } from "./focalBlock.ts";
import { paperConditioning } from "./normalisation.ts";
import { compactPlainEncoder, paperPlainEncoder, plainEncoder } from "./prostEncoder.ts";
import { compactProstVolumeNet, paperProstVolumeNet, prostVolumeNet } from "./prostVolumeNet.ts";
import { residualBlock } from "./residualBlock.ts";
import { type RtpiConfig, compactRtpi, paperRtpi, rtpi, rtpiPose, rtpiVolumeFeatures } from "./rtpi.ts";
import { splitAttention, splitAttentionBottleneck } from "./splitAttention.ts";

const runtime = createNodeRuntime({ threads: 1 });
afterAll(() => runtime.dispose());

interface Built {
  readonly scope: Scope;
  readonly outputs: Tensor[];
  readonly feeds: Record<string, Float32Array>;
}

/** Builds a network on inputs of given shapes, with drawn weights and random inputs. */
function build(shapes: Record<string, Shape>, make: (scope: Scope, inputs: Tensor[]) => Tensor[]): Built {
  const scope = createScope(createGraph());
  const inputs = Object.entries(shapes).map(([name, shape]) => scope.graph.input(name, shape));
  const outputs = make(scope, inputs);
  const feeds: Record<string, Float32Array> = {
    ...initialiseParameters(scope.parameters, createRandom(5)).arrays,
  };
  for (const [name, shape] of Object.entries(shapes)) {
    feeds[name] = Float32Array.from(randomArray(name, sizeOf(shape)));
  }
  return { scope, outputs, feeds };
}

const image = (channels: number, size: number): Record<string, Shape> => ({ x: [2, channels, size, size] });
const layers: {
  name: string;
  shapes: Record<string, Shape>;
  make: (s: Scope, i: Tensor[]) => Tensor[];
  output: Shape;
}[] = [
  {
    name: "residual block",
    shapes: image(8, 6),
    make: (s, [x]) => [residualBlock(s, x!, { filters: 8 })],
    output: [2, 8, 6, 6],
  },
  {
    name: "residual block, wider and strided",
    shapes: image(8, 6),
    make: (s, [x]) => [residualBlock(s, x!, { filters: 16, stride: 2 })],
    output: [2, 16, 3, 3],
  },
  {
    name: "residual block in 3D",
    shapes: { x: [1, 8, 4, 4, 4] },
    make: (s, [x]) => [residualBlock(s, x!, { filters: 8 })],
    output: [1, 8, 4, 4, 4],
  },
  {
    name: "split attention",
    shapes: image(8, 4),
    make: (s, [x]) => [splitAttention(s, x!, { filters: 16 })],
    output: [2, 16, 4, 4],
  },
  {
    name: "split-attention bottleneck",
    shapes: image(16, 4),
    make: (s, [x]) => [splitAttentionBottleneck(s, x!)],
    output: [2, 16, 4, 4],
  },
  { name: "focal block", shapes: image(8, 8), make: (s, [x]) => [focalBlock(s, x!)], output: [2, 8, 8, 8] },
  {
    name: "cascade fusion block",
    shapes: image(8, 8),
    make: (s, [x]) => [cascadeFusion(s, x!, [8, 16, 16]).fine],
    output: [2, 8, 8, 8],
  },
  {
    name: "composite connection unit",
    shapes: { x: [1, 16, 2, 2], y: [1, 8, 8, 8] },
    make: (s, [x, y]) => [compositeConnection(s, x!, 4, y!)],
    output: [1, 4, 8, 8],
  },
  {
    name: "fusion by concatenation",
    shapes: { x: [1, 16, 4, 4], y: [1, 8, 8, 8] },
    make: (s, [x, y]) => [fuseByConcat(s, y!, [x!])],
    output: [1, 8, 8, 8],
  },
];

describe.each(layers)("$name", ({ shapes, make, output }) => {
  const { scope, outputs, feeds } = build(shapes, make);

  it("has the shape it should, and the same values in ONNX Runtime and in double precision", async () => {
    expect(outputs[0]!.shape).toEqual(output);
    const session = await compile({ out: outputs[0]! }, runtime);
    const { out } = await session.run(feeds);
    expectClose(out!, interpret(outputs, feeds)[0]!, 1e-4, "output");
    await session.dispose();
  });

  it("depends on every one of its parameters", () => {
    const weights = scope.parameters.map(({ name }) => scope.graph.parameters.get(name)!);
    const slopes = interpret(gradient(mean(square(outputs[0]!)), weights), feeds);
    slopes.forEach((slope, i) => {
      expect(Math.max(...slope.map(Math.abs)), scope.parameters[i]!.name).toBeGreaterThan(1e-9);
    });
  });
});

const tiny: CompositeEncoderConfig = {
  kind: "composite",
  imageSize: 32,
  stem: [2, 4],
  featureStride: 4,
  widths: [8, 8, 8],
  conditioning: paperConditioning,
};

describe("composite encoder", () => {
  it.each([
    // The authors' own has 5.35 million parameters.
    [
      "paper",
      paperCompositeEncoder,
      5_208_288,
      [
        [1, 64, 32, 32],
        [1, 64, 32, 32],
        [1, 128, 16, 16],
      ],
    ],
    [
      "compact",
      compactCompositeEncoder,
      1_199_744,
      [
        [1, 32, 32, 32],
        [1, 32, 32, 32],
        [1, 64, 16, 16],
      ],
    ],
  ] as const)("%s: parameters and feature shapes", (_name, config, parameters, shapes) => {
    const { scope, outputs } = build({ image: [1, 1, config.imageSize, config.imageSize] }, (s, [x]) =>
      compositeEncoder(config)(s, x!),
    );
    expect(countParameters(scope.parameters)).toBe(parameters);
    expect(outputs.map((x) => x.shape)).toEqual(shapes);
  });

  it("sees neither brightness nor contrast, nor the other images of the batch", async () => {
    const make = (batch: number) =>
      build({ image: [batch, 1, 32, 32] }, (s, [x]) => compositeEncoder(tiny)(s, x!));
    const [pair, alone] = [make(2), make(1)];
    const session = await compile({ a: pair.outputs[0]!, c: pair.outputs[2]! }, runtime);
    const single = await compile({ a: alone.outputs[0]!, c: alone.outputs[2]! }, runtime);
    const first = alone.feeds["image"]!;
    const two = new Float32Array(2048);
    two.set(first.map((v) => 3 * v + 7));
    two.set(randomArray("other", 1024), 1024);
    const [joint, own] = [await session.run({ ...pair.feeds, image: two }), await single.run(alone.feeds)];
    for (const key of ["a", "c"]) {
      expectClose(joint[key]!.subarray(0, own[key]!.length), own[key]!, 1e-3, key);
    }
    await session.dispose();
    await single.dispose();
  });

  it("uses every parameter in its features", () => {
    const { scope, outputs, feeds } = build({ image: [1, 1, 32, 32] }, (s, [x]) =>
      compositeEncoder(tiny)(s, x!),
    );
    const weights = scope.parameters.map(({ name }) => scope.graph.parameters.get(name)!);
    const loss = outputs.map((x) => mean(square(x))).reduce((a, b) => add(a, b));
    const slopes = interpret(gradient(loss, weights), feeds);
    slopes.forEach((slope, i) => {
      expect(
        slope.some((v) => v !== 0),
        scope.parameters[i]!.name,
      ).toBe(true);
    });
  });
});

describe("plain encoder", () => {
  it.each([
    ["paper", paperPlainEncoder, 2_758_624, [1, 256, 16, 16]],
    ["compact", compactPlainEncoder, 165_616, [1, 64, 16, 16]],
  ] as const)(
    "%s: parameters and feature shape, for one channel and for three",
    (_name, config, parameters, shape) => {
      const make = (channels: number) =>
        build({ image: [1, channels, config.imageSize, config.imageSize] }, (s, [x]) =>
          plainEncoder(config)(s, x!),
        );
      const { scope, outputs } = make(1);
      expect(countParameters(scope.parameters)).toBe(parameters);
      expect(outputs.map((x) => x.shape)).toEqual([shape]);
      expect(countParameters(make(3).scope.parameters)).toBe(parameters + 2 * 49 * config.widths[0]!);
    },
  );
});

describe("ProST's volume network", () => {
  it.each([
    ["paper", paperProstVolumeNet, 9_155],
    ["compact", compactProstVolumeNet, 1_647],
  ] as const)("%s: parameters and output shape", (_name, config, parameters) => {
    const n = config.volumeSize;
    const { scope, outputs } = build({ v: [1, 1, n, n, n] }, (s, [x]) => [prostVolumeNet(s, x!, config)]);
    expect(countParameters(scope.parameters)).toBe(parameters);
    expect(outputs[0]!.shape).toEqual([1, 3, n, n, n]);
  });

  it("starts near the volume itself, in every channel", async () => {
    const config = { volumeSize: 8, widths: [4, 4], outputs: 3 };
    const { outputs, feeds } = build({ v: [1, 1, 8, 8, 8] }, (s, [x]) => [prostVolumeNet(s, x!, config)]);
    const session = await compile({ y: outputs[0]! }, runtime);
    const { y } = await session.run(feeds);
    expectClose(y!, [...feeds["v"]!, ...feeds["v"]!, ...feeds["v"]!], 0.1, "projected channels");
    expectClose(y!, interpret(outputs, feeds)[0]!, 1e-5, "reference");
    await session.dispose();
  });
});

const tinyRtpi: RtpiConfig = {
  ...{ volumeSize: 8, imageSize: 16, volumePooling: 1, volumeWidths: [8, 8], imageWidths: [8, 8, 8] },
  ...{
    residualWidths: [16, 16, 16, 16],
    headWidth: 8,
    hintWidth: 0,
    dropoutRate: 0.2,
    range: [0.5, 0.5, 0.5, 90, 60, 30],
  },
};

describe("RTPI", () => {
  it.each([
    // The authors' own has about half a million.
    ["paper", paperRtpi, 419_270],
    ["compact", compactRtpi, 585_582],
  ] as const)("%s: parameters and output shape", (_name, config, parameters) => {
    const [s, n] = [config.imageSize, config.volumeSize];
    const { scope, outputs } = build({ image: [4, 1, s, s], volume: [1, 1, n, n, n] }, (scope, [x, v]) => [
      rtpi(scope, x!, v!, config),
    ]);
    expect(countParameters(scope.parameters)).toBe(parameters);
    expect(outputs[0]!.shape).toEqual([4, 6]);
  });

  const shapes = { image: [4, 1, 16, 16], volume: [2, 1, 8, 8, 8] };
  const { scope, outputs, feeds } = build(shapes, (s, [x, v]) => {
    const features = rtpiVolumeFeatures(s, v!, tinyRtpi);
    return [rtpiPose(s, x!, features, tinyRtpi), features];
  });

  it("gives the same in ONNX Runtime and in double precision, and depends on every parameter", async () => {
    const session = await compile({ pose: outputs[0]! }, runtime);
    const { pose } = await session.run(feeds);
    expectClose(pose!, interpret([outputs[0]!], feeds)[0]!, 1e-4, "pose");
    await session.dispose();
    const weights = scope.parameters.map(({ name }) => scope.graph.parameters.get(name)!);
    interpret(gradient(mean(square(outputs[0]!)), weights), feeds).forEach((slope, i) => {
      expect(
        slope.some((v) => v !== 0),
        scope.parameters[i]!.name,
      ).toBe(true);
    });
  });

  it("pairs the first half of the images with the first volume, the rest with the second", () => {
    const [pose, features] = interpret(outputs, feeds);
    const alone = build({ image: [2, 1, 16, 16], volume: [1, 1, 8, 8, 8] }, (s, [x, v]) => [
      rtpi(s, x!, v!, tinyRtpi),
    ]);
    const second = interpret(alone.outputs, {
      ...alone.feeds,
      image: feeds["image"]!.subarray(512),
      volume: feeds["volume"]!.subarray(512),
    })[0]!;
    expectClose(second, pose!.subarray(12), 1e-12, "second volume");
    expect(features!.length).toBe(2 * 16 * 4);
  });

  it("turns depth into channels: a change along the beam stays in its pixel column", () => {
    const changed = feeds["volume"]!.slice();
    const at = (array: Float64Array | undefined, pixel: number): number[] =>
      Array.from({ length: 16 }, (_, c) => array![c * 4 + pixel]!);
    // Mean and variance of the volume stay as they were: two voxels of one corner column are exchanged.
    [changed[0], changed[64]] = [changed[64]!, changed[0]!];
    const before = interpret([outputs[1]!], feeds)[0];
    const after = interpret([outputs[1]!], { ...feeds, volume: changed })[0];
    const movement = (pixel: number): number =>
      Math.hypot(...at(after, pixel).map((v, c) => v - at(before, pixel)[c]!));
    expect(movement(0)).toBeGreaterThan(4 * movement(3));
  });

  it("never leaves its range, however large the input weights", () => {
    const wild = Object.fromEntries(
      Object.entries(feeds).map(([name, values]) => [
        name,
        name.includes("out.") ? values.map((v) => 1e4 * v + 10) : values,
      ]),
    );
    interpret([outputs[0]!], wild)[0]!.forEach((value, i) => {
      expect(Math.abs(value)).toBeLessThanOrEqual(tinyRtpi.range[i % 6]!);
    });
  });

  it("asks for dropout masks in training and is the same network with masks of ones", () => {
    const dropouts = { masks: [] as { name: string; shape: readonly number[] }[] };
    const trained = build(shapes, (s, [x, v]) => [rtpi(s, x!, v!, tinyRtpi, dropouts)]);
    expect(dropouts.masks.map(({ name, shape }) => [name, shape])).toEqual([
      ["volume0.dropout", [2, 8, 1, 1, 1]],
      ["volume1.dropout", [2, 8, 1, 1, 1]],
      ["image0.dropout", [4, 8, 1, 1]],
      ["image1.dropout", [4, 8, 1, 1]],
      ["image2.dropout", [4, 8, 1, 1]],
    ]);
    const ones = Object.fromEntries(
      dropouts.masks.map(({ name, shape }) => [name, new Array(sizeOf(shape)).fill(1)]),
    );
    const pose = interpret(trained.outputs, { ...trained.feeds, ...ones })[0]!;
    expectClose(pose, interpret([outputs[0]!], feeds)[0]!, 1e-12, "pose");
  });

  it("says when images and volumes do not go together", () => {
    const make = (images: number, size: number) => () =>
      build({ image: [images, 1, size, size], volume: [2, 1, 8, 8, 8] }, (s, [x, v]) => [
        rtpi(s, x!, v!, tinyRtpi),
      ]);
    expect(make(3, 16)).toThrow(
      /RTPI; got volume features \[2, 16, 2, 2\] beside image features \[3, 8, 2, 2\]/,
    );
    expect(make(2, 32)).toThrow(/planes of one size/);
  });
});

describe("network diagram", () => {
  it("shows layers as boxes and shapes on the arrows, without weights", () => {
    const { outputs } = build({ image: [1, 1, 32, 32] }, (s, [x]) => compositeEncoder(tiny)(s, x!));
    const text = networkDiagram({ fine: outputs[0]!, coarse: outputs[2]! });
    expect(text.split("\n")[0]).toBe("flowchart TD");
    for (const box of ["([image])", "[trunk]", "[assistant1]", "[leader2]", "([coarse])"])
      expect(text).toContain(box);
    expect(text).toMatch(/n0 -->\|1 x 1 x 32 x 32\| n1/);
    expect(text).not.toMatch(/weight|bias/);
    expect(networkDiagram({ fine: outputs[0]! }, { depth: 2 }).length).toBeGreaterThan(2 * text.length);
  });
});
