import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createGraph } from "../tensor/graph.ts";
import { initialiseParameters } from "../tensor/parameterStore.ts";
import { writeSafetensors } from "../tensor/safetensors.ts";
import { createScope } from "../tensor/scope.ts";
import { compactPlainEncoder, plainEncoder } from "./prostEncoder.ts";
import { readWeights, writeWeights } from "./weights.ts";

function parameters() {
  const scope = createScope(createGraph());
  plainEncoder(compactPlainEncoder)(scope, scope.graph.input("image", [1, 1, 128, 128]));
  return scope.parameters;
}

describe("weight files", () => {
  const specs = parameters();
  const store = initialiseParameters(specs, createRandom(1));
  const info = { network: "plain-encoder", config: compactPlainEncoder, notes: { steps: "100" } };

  it("return the weights, the configuration and the notes", () => {
    const file = readWeights(writeWeights(store, info), "a.safetensors");
    expect(file.info).toEqual(info);
    expect(file.parameters(specs).values).toEqual(store.values);
  });

  it("lose at most a two-thousandth at half the size", () => {
    const [full, half] = [writeWeights(store, info), writeWeights(store, info, "F16")];
    expect(half.length / full.length).toBeLessThan(0.51);
    readWeights(half, "a")
      .parameters(specs)
      .values.forEach((value, i) => {
        expect(Math.abs(value - store.values[i]!)).toBeLessThanOrEqual(
          Math.abs(store.values[i]!) / 2048 + 3e-8,
        );
      });
  });

  it("refuse another network, and files of other makers", () => {
    const file = readWeights(writeWeights(store, info), "a.safetensors");
    expect(() => file.parameters(specs.slice(1))).toThrow(
      /a\.safetensors; got "stem\.conv\.weight", which this/,
    );
    const foreign = writeSafetensors({ arrays: {}, metadata: {} });
    expect(() => readWeights(foreign, "b")).toThrow(/b; got no network and configuration/);
    const broken = writeSafetensors({ arrays: {}, metadata: { network: "x", config: "{" } });
    expect(() => readWeights(broken, "c")).toThrow(/c: configuration; got text that is no JSON/);
  });
});
