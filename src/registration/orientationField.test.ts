import { describe, expect, it } from "vitest";
import { orientationField } from "./orientationField.ts";

const side = 32;

/** A ramp of slope `slope` on the right half, and a step of height `step` near the left edge. */
function picture(step: number, slope = 1): Float32Array {
  return Float32Array.from({ length: side * side }, (_, p) => {
    const x = p % side;
    return (x > 4 ? step : 0) + (x > side / 2 ? slope * (x - side / 2) : 0);
  });
}

const lengthAt = (image: Float32Array, x: number): number => {
  const { re, im } = orientationField(image, side, side);
  const p = (side / 2) * side + x;
  return Math.hypot(re[p]!, im[p]!);
};

describe("orientationField", () => {
  it("points along the gradient, shorter than one", () => {
    const { re, im } = orientationField(picture(0), side, side);
    const p = (side / 2) * side + 24;
    expect(re[p]).toBeGreaterThan(0.5);
    expect(re[p]).toBeLessThan(1);
    expect(im[p]).toBe(0);
  });

  it("a thousandfold edge elsewhere takes little from a faint one", () => {
    expect(lengthAt(picture(1000), 24)).toBeGreaterThan(0.2);
    expect(lengthAt(picture(1000), 4)).toBeGreaterThan(0.99);
  });

  it("is zero in flat areas and next to pixels without weight", () => {
    const weight = new Float32Array(side * side).fill(1);
    weight[(side / 2) * side + 25] = 0;
    const { re, im } = orientationField(picture(10), side, side, { weight });
    for (const x of [10, 24, 26]) {
      expect(re[(side / 2) * side + x]).toBe(0);
      expect(im[(side / 2) * side + x]).toBe(0);
    }
  });

  it("does not depend on the gain of the image", () => {
    expect(lengthAt(picture(5000, 5), 24)).toBeCloseTo(lengthAt(picture(1000, 1), 24), 9);
  });
});
