import { describe, expect, it } from "vitest";
import { compose, identity4, translation4 } from "../geometry/mat4.ts";
import { impossiblePose } from "./impossiblePose.ts";

describe("a pose in which no patient can lie", () => {
  const at = (z: number, sourceToDetectorMm = 1020): string | undefined =>
    impossiblePose(compose(translation4([30, -20, z - 50]), identity4), [5, 5, 50], { sourceToDetectorMm });

  it("has its middle near the source, before it, or behind the detector", () => {
    expect(at(85)).toContain("85 mm from the source, where no patient can be");
    expect(at(-300)).toContain("-300 mm");
    expect(at(1100)).toContain("behind the detector");
  });

  it("is none that a C-arm sees, nor one of a smaller apparatus", () => {
    for (const z of [210, 700, 1010]) expect(at(z)).toBeUndefined();
    expect(at(150, 300)).toBeUndefined();
    expect(at(50, 300)).toBeDefined();
  });
});
