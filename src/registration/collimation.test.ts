import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { findCollimation } from "./collimation.ts";
import { removeConstantBorder } from "./constantBorder.ts";

const size = 128;

/** A bright field with soft dark blobs and noise, then blades of the given shade outside `isLive`. */
function xray(isLive: (x: number, y: number) => boolean, shade = 0.03): Float32Array {
  const random = createRandom(11);
  const blobs = Array.from({ length: 12 }, () => ({
    ...{ x: random.uniform(0, size), y: random.uniform(0, size) },
    ...{ r: random.uniform(6, 20), depth: random.uniform(0.1, 0.4) },
  }));
  return Float32Array.from({ length: size * size }, (_, p) => {
    const [x, y] = [p % size, Math.floor(p / size)];
    let value = 0.9;
    for (const b of blobs) value -= b.depth * Math.exp(-((x - b.x) ** 2 + (y - b.y) ** 2) / (2 * b.r ** 2));
    return (isLive(x, y) ? Math.max(0.08, value) : shade) + 0.01 * random.normal();
  });
}

function agreement(live: Uint8Array, truth: (x: number, y: number) => boolean): number {
  let same = 0;
  for (let p = 0; p < live.length; p++) {
    if ((live[p] === 1) === truth(p % size, Math.floor(p / size))) same++;
  }
  return same / live.length;
}

describe("collimation", () => {
  it("leaves an open field alone", () => {
    const found = findCollimation(
      xray(() => true),
      size,
      size,
    );
    expect(found.blades).toEqual([]);
    expect(found.deadFraction).toBe(0);
  });

  it.each([
    ["one straight blade", (x: number) => x > 20],
    ["four blades", (x: number, y: number) => x > 14 && x < 110 && y > 18 && y < 112],
    ["tilted blades", (x: number, y: number) => x + 0.18 * y > 26 && y - 0.09 * x < 108],
  ])("finds %s", (_name, truth) => {
    const found = findCollimation(xray(truth), size, size);
    expect(agreement(found.live, truth)).toBeGreaterThan(0.97);
  });

  it("finds bright shadows of inverted images", () => {
    const truth = (x: number, y: number): boolean => y > 24 && x < 100;
    const image = xray(truth).map((v) => 1 - v);
    expect(agreement(findCollimation(image, size, size).live, truth)).toBeGreaterThan(0.97);
  });

  it("finds a round iris whose shadow is noisy", () => {
    const truth = (x: number, y: number): boolean => Math.hypot(x - 60, y - 66) < 57;
    expect(agreement(findCollimation(xray(truth), size, size).live, truth)).toBeGreaterThan(0.97);
  });

  it("masks the constant corners of an image intensifier", () => {
    const truth = (x: number, y: number): boolean => Math.hypot(x - 63.5, y - 63.5) < 62;
    const image = xray(() => true).map((v, p) => (truth(p % size, Math.floor(p / size)) ? v : 0));
    expect(agreement(findCollimation(image, size, size).live, truth)).toBeGreaterThan(0.99);
  });

  it("keeps plateaus of a coarsely quantised image", () => {
    const steps = Float32Array.from({ length: size * size }, (_, p) => {
      const [x, y] = [p % size, Math.floor(p / size)];
      return Math.floor(4 + x / 16 + y / 40);
    });
    const live = new Uint8Array(steps.length).fill(1);
    removeConstantBorder(steps, size, size, live);
    const dead = steps.filter((_, p) => live[p] === 0);
    expect(new Set(dead)).toEqual(new Set([4]));
  });

  it("masks padding of a value that occurs elsewhere too", () => {
    const truth = (x: number): boolean => x > 30;
    const image = xray(() => true).map((v, p) => (truth(p % size) ? Math.round(64 * v) / 64 : 16 / 64));
    expect(agreement(findCollimation(image, size, size).live, truth)).toBeGreaterThan(0.97);
  });
});
