import { describe, expect, it } from "vitest";
import { identity4 } from "../geometry/mat4.ts";
import { type Volume, createVolume } from "../image/volume.ts";
import { type SearchStagesInput, firstRange, searchStages } from "./searchStages.ts";

const bone: Volume = createVolume({
  data: new Float32Array(8),
  size: [2, 2, 2],
  worldFromVoxel: identity4,
  quantity: "attenuation",
});
const [ct, boneAlone] = [{ rigid: bone }, {}];
const stagesOf = (input: SearchStagesInput) =>
  searchStages(input).map(({ where, content }) => [where.rotationDeg, content]);

describe("search stages", () => {
  it("begin near a start that is given, on bone, and widen with the whole patient first", () => {
    expect(stagesOf({ range: "auto", ct })).toEqual([
      [16, "rigid"],
      [35, "all"],
      [35, "rigid"],
      [90, "all"],
    ]);
    expect(searchStages({ range: "auto", ct }).map((stage) => stage.lastResort ?? false)).toEqual([
      ...[false, false, false, true],
    ]);
  });

  it("ask more of a match near the start where the whole patient could agree", () => {
    const [near, ...others] = searchStages({ range: "auto", ct });
    for (const { clearAbove } of others) expect(clearAbove).toBeLessThan(near!.clearAbove);
    const bone = searchStages({ range: "auto", ct: boneAlone }).map(({ clearAbove }) => clearAbove);
    expect(new Set(bone)).toEqual(new Set([others[0]!.clearAbove]));
  });

  it("do not look near a start that nobody gave", () => {
    expect(stagesOf({ range: "anywhere", ct })).toEqual([
      [35, "all"],
      [35, "rigid"],
      [90, "all"],
    ]);
    expect(firstRange({ range: "anywhere" }).depthMm).toBeGreaterThan(firstRange({ range: "auto" }).depthMm);
  });

  it("have no use for the whole volume where it is masked", () => {
    expect(stagesOf({ range: "anywhere", ct: boneAlone })).toEqual([[35, "rigid"]]);
  });

  it("keep to a given range", () => {
    const range = { rotationDeg: 5, inPlaneMm: 8, depthMm: 10 };
    expect(stagesOf({ range, ct })).toEqual([
      [5, "all"],
      [5, "rigid"],
    ]);
  });
});
