import { describe, expect, it } from "vitest";
import { identity4 } from "../geometry/mat4.ts";
import { type Volume, createVolume } from "../image/volume.ts";
import type { MethodInput } from "./method.ts";
import { firstRange, searchStages } from "./searchStages.ts";

const rigid: Volume = createVolume({
  data: new Float32Array(8),
  size: [2, 2, 2],
  worldFromVoxel: identity4,
  quantity: "attenuation",
});
const stagesOf = (input: Pick<MethodInput, "range" | "rigid">) =>
  searchStages(input).map(({ where, content }) => [where.rotationDeg, content]);

describe("search stages", () => {
  it("begin near a start that is given, on bone, and widen with the whole patient first", () => {
    expect(stagesOf({ range: "auto", rigid })).toEqual([
      [16, "rigid"],
      [35, "all"],
      [35, "rigid"],
      [90, "all"],
    ]);
    expect(searchStages({ range: "auto", rigid }).map((stage) => stage.lastResort ?? false)).toEqual([
      ...[false, false, false, true],
    ]);
  });

  it("ask more of a match near the start where the whole patient could agree", () => {
    const [near, ...others] = searchStages({ range: "auto", rigid });
    for (const { clearAbove } of others) expect(clearAbove).toBeLessThan(near!.clearAbove);
    const bone = searchStages({ range: "auto" }).map(({ clearAbove }) => clearAbove);
    expect(new Set(bone)).toEqual(new Set([others[0]!.clearAbove]));
  });

  it("do not look near a start that nobody gave", () => {
    expect(stagesOf({ range: "anywhere", rigid })).toEqual([
      [35, "all"],
      [35, "rigid"],
      [90, "all"],
    ]);
    expect(firstRange({ range: "anywhere" }).depthMm).toBeGreaterThan(firstRange({ range: "auto" }).depthMm);
  });

  it("have no use for the whole volume where it is masked", () => {
    expect(stagesOf({ range: "anywhere" })).toEqual([[35, "rigid"]]);
  });

  it("keep to a given range", () => {
    const range = { rotationDeg: 5, inPlaneMm: 8, depthMm: 10 };
    expect(stagesOf({ range, rigid })).toEqual([
      [5, "all"],
      [5, "rigid"],
    ]);
  });
});
