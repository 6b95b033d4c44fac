import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { fromFloat16, toFloat16 } from "./float16.ts";
import {
  constantInitialiser,
  drawDropoutMask,
  kaimingNormal,
  ones,
  xavierUniform,
  zeros,
} from "./initialiser.ts";
import {
  countParameters,
  createParameterStore,
  initialiseParameters,
  loadParameters,
} from "./parameterStore.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

describe("float16", () => {
  it("maps all 65536 patterns to numbers and back", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromFloat16(bits);
      // NaN has many patterns; any of them will do.
      if (Number.isNaN(value)) expect(Number.isNaN(fromFloat16(toFloat16(value)))).toBe(true);
      else expect(toFloat16(value)).toBe(bits);
    }
  });

  it("rounds to the nearest, ties to even", () => {
    expect(fromFloat16(toFloat16(1 + 1 / 2048))).toBe(1);
    expect(fromFloat16(toFloat16(1 + 3 / 2048))).toBe(1 + 2 / 1024);
    expect(fromFloat16(toFloat16(65519))).toBe(65504);
    expect(fromFloat16(toFloat16(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(fromFloat16(toFloat16(2 ** -25))).toBe(0);
    expect(fromFloat16(toFloat16(2 ** -25 * 1.001))).toBe(2 ** -24);
    expect(Object.is(fromFloat16(toFloat16(-0)), -0)).toBe(true);
  });

  it("errs by at most 2^-11 of the value", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 6e4, noNaN: true }), (value) => {
        const single = Math.fround(value);
        expect(Math.abs(fromFloat16(toFloat16(single)) - single)).toBeLessThanOrEqual(single * 2 ** -11);
      }),
    );
  });
});

const sample = {
  arrays: {
    "stem.weight": { shape: [2, 3], values: Float32Array.of(1, -2, 0.5, 0.1, 3e-7, 100) },
    "stem.bias": { shape: [], values: Float32Array.of(7) },
  },
  metadata: { steps: "12", note: 'µ "quoted"' },
};

describe("safetensors", () => {
  it("returns what was written", () => {
    expect(readSafetensors(writeSafetensors(sample))).toEqual(sample);
    const half = readSafetensors(writeSafetensors(sample, "F16"));
    expect(half.metadata).toEqual(sample.metadata);
    half.arrays["stem.weight"]!.values.forEach((value, i) => {
      expect(value).toBeCloseTo(sample.arrays["stem.weight"].values[i]!, 3);
    });
  });

  it("reads a file laid out by the specification, at any offset in memory", () => {
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const bytes = new Uint8Array(3 + 8 + header.length + 8);
    const view = new DataView(bytes.buffer, 3);
    view.setUint32(0, header.length, true);
    bytes.set(new TextEncoder().encode(header), 11);
    view.setFloat32(8 + header.length, 1.5, true);
    view.setFloat32(12 + header.length, -2, true);
    const { arrays, metadata } = readSafetensors(bytes.subarray(3));
    expect(arrays).toEqual({ a: { shape: [2], values: Float32Array.of(1.5, -2) } });
    expect(metadata).toEqual({});
  });

  const withHeader = (header: string, data = 0): Uint8Array => {
    const bytes = new Uint8Array(8 + header.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    return bytes;
  };

  it.each<[string, Uint8Array, RegExp]>([
    [
      "an empty file",
      new Uint8Array(0),
      /w\.st; got 0 bytes without a complete header; expected a safetensors file/,
    ],
    ["a truncated header", writeSafetensors(sample).subarray(0, 60), /without a complete header/],
    ["truncated data", writeSafetensors(sample).subarray(0, -4), /bytes 0 to 24 of 24|bytes 24 to 28 of 24/],
    ["a picture", new Uint8Array(64).fill(0x89), /without a complete header/],
    ["no JSON", withHeader("{nonsense"), /no JSON object/],
    ["a list", withHeader("[1, 2]"), /no JSON object/],
    [
      "another type",
      withHeader('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}', 8),
      /"a"; got type I64/,
    ],
    ["no shape", withHeader('{"a":{"dtype":"F32","data_offsets":[0,8]}}', 8), /"a"; got no readable shape/],
    ["an entry that is no object", withHeader('{"a":3}', 8), /"a"; got type undefined/],
    [
      "a negative offset",
      withHeader('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}', 8),
      /no readable shape/,
    ],
    [
      "a wrong size",
      withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
      /12 bytes inside/,
    ],
  ])("refuses %s", (_name, bytes, message) => {
    expect(() => readSafetensors(bytes, "w.st")).toThrow(message);
  });
});

describe("parameter store", () => {
  const specs = [
    { name: "a", shape: [64, 32, 3, 3], initialiser: kaimingNormal() },
    { name: "b", shape: [64], initialiser: zeros },
    { name: "c", shape: [40, 60], initialiser: xavierUniform() },
  ];

  it("keeps one flat array and views of it", () => {
    const store = createParameterStore(specs);
    expect(store.values.length).toBe(countParameters(specs));
    expect(countParameters(specs)).toBe(64 * 32 * 9 + 64 + 2400);
    store.arrays["b"]![1] = 5;
    expect(store.values[64 * 32 * 9 + 1]).toBe(5);
    expect(() => createParameterStore(specs, new Float32Array(3))).toThrow(/got 3 values; expected 20896/);
  });

  it("starts with the variances of He and Glorot, each parameter from its own name", () => {
    const store = initialiseParameters(specs, createRandom(3));
    const variance = (values: Float32Array): number => values.reduce((a, v) => a + v * v, 0) / values.length;
    expect(variance(store.arrays["a"]!)).toBeCloseTo(2 / (32 * 9), 3);
    expect(variance(store.arrays["c"]!)).toBeCloseTo(2 / 100, 2);
    expect(Math.max(...store.arrays["c"]!)).toBeLessThan(Math.sqrt(6 / 100));
    const alone = initialiseParameters([specs[2]!], createRandom(3));
    expect(alone.arrays["c"]).toEqual(store.arrays["c"]);
    expect(initialiseParameters(specs, createRandom(4)).arrays["c"]).not.toEqual(store.arrays["c"]);
    expect(ones([2], createRandom(1))).toEqual(Float32Array.of(1, 1));
    expect(constantInitialiser(3)([2], createRandom(1))).toEqual(Float32Array.of(3, 3));
  });

  it("loads a weight file that fits, and names the array that does not", () => {
    const shapes = [
      { name: "stem.weight", shape: [2, 3] },
      { name: "stem.bias", shape: [] },
    ];
    const store = loadParameters(shapes, sample.arrays);
    expect(store.values).toEqual(Float32Array.of(1, -2, 0.5, 0.1, 3e-7, 100, 7));
    expect(() => loadParameters([shapes[0]!], sample.arrays, "w.st")).toThrow(
      /w\.st; got "stem\.bias", which this/,
    );
    expect(() => loadParameters([...shapes, { name: "head", shape: [1] }], sample.arrays)).toThrow(
      /"head"; got nothing/,
    );
    expect(() => loadParameters([{ name: "stem.weight", shape: [3, 2] }, shapes[1]!], sample.arrays)).toThrow(
      /"stem\.weight"; got shape \[2, 3\]; expected shape \[3, 2\]/,
    );
  });
});

describe("dropout mask", () => {
  it("keeps the mean and drops the given share", () => {
    const mask = new Float32Array(20000);
    drawDropoutMask(mask, 0.2, createRandom(8));
    expect(mask.filter((value) => value === 0).length / mask.length).toBeCloseTo(0.2, 1);
    expect(mask.reduce((a, b) => a + b, 0) / mask.length).toBeCloseTo(1, 1);
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1.25)]));
  });
});
