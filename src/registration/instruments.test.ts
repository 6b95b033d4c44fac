import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { findInstruments } from "./instruments.ts";

const size = 192;

/** Soft shadows of a body with noise; a rod of the given width and height lies across it. */
function body(rodWidth: number, rodHeight: number): { image: Float32Array; rod: Uint8Array } {
  const random = createRandom(7);
  const rod = new Uint8Array(size * size);
  const image = Float32Array.from({ length: size * size }, (_, p) => {
    const [x, y] = [p % size, Math.floor(p / size)];
    const bones = 0.25 * Math.sin(x / 9) * Math.sin(y / 11);
    const across = Math.abs(0.8 * (x - 90) - 0.6 * (y - 100));
    const along = 0.6 * (x - 90) + 0.8 * (y - 100);
    if (across < rodWidth / 2 && Math.abs(along) < 60) rod[p] = 1;
    return 3 + bones + rod[p]! * rodHeight + 0.03 * random.normal();
  });
  return { image, rod };
}

describe("instruments", () => {
  const weight = new Float32Array(size * size).fill(1);

  it.each([3, 8, 18])("marks a steel rod %d pixels wide and little else", (width) => {
    const { image, rod } = body(width, 1);
    const found = findInstruments(image, weight, size, size);
    let [hit, missed, extra] = [0, 0, 0];
    for (let p = 0; p < rod.length; p++) {
      if (rod[p] && found[p]) hit++;
      else if (rod[p]) missed++;
      else if (found[p]) extra++;
    }
    expect(hit / (hit + missed)).toBeGreaterThan(0.95);
    expect(extra / rod.length).toBeLessThan(0.06);
  });

  it("marks nothing in a body without instruments", () => {
    const { image } = body(8, 0);
    expect(findInstruments(image, weight, size, size).some((v) => v === 1)).toBe(false);
  });

  it("never looks at dead pixels", () => {
    const { image, rod } = body(8, 1);
    const dead = weight.map((w, p) => (rod[p] ? 0 : w));
    const found = findInstruments(image, dead, size, size);
    expect(found.reduce((sum, v, p) => sum + (rod[p] ? 0 : v), 0) / found.length).toBeLessThan(0.01);
  });
});
