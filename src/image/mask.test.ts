import { describe, expect, it } from "vitest";
import { cropToOccupied, grownBox, occupiedBox } from "./boundingBox.ts";
import { labelDoubts } from "./labelDoubts.ts";
import { guessLabelScheme, recogniseLabelScheme } from "./labelScheme.ts";
import { labelName, labelTables, parseLabels } from "./labels.ts";
import { applyMask, selectLabels } from "./mask.ts";
import type { Volume } from "./volume.ts";
import { obliqueAffine, ramp, volumeOf, worstError } from "./volumes.testkit.ts";

/** A column of vertebrae along z, five voxels each, numbered from the feet up by `numbers`. */
function column(numbers: readonly number[]): Volume {
  const data = new Uint8Array(3 * 3 * 5 * numbers.length);
  numbers.forEach((label, n) => data.fill(label, 45 * n, 45 * n + 40));
  const worldFromVoxel = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
  return { data, size: [3, 3, 5 * numbers.length], worldFromVoxel, quantity: "label" };
}

describe("labels", () => {
  it.each([
    ["27-31", [27, 28, 29, 30, 31]],
    ["lumbar", [27, 28, 29, 30, 31]],
    ["L3", [29]],
    ["vertebrae_L3, t12", [29, 32]],
    ["T12-L5", [27, 28, 29, 30, 31, 32]],
    ["L5-T12", [27, 28, 29, 30, 31, 32]],
    ["sacral 31 31", [25, 26, 31]],
    ["thoracic", [32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43]],
  ])("%s in TotalSegmentator's numbers", (text, expected) => {
    expect(parseLabels(text)).toEqual(expected);
  });

  it("VerSe's numbers differ", () => {
    expect(parseLabels("L1-L5", "verse")).toEqual([20, 21, 22, 23, 24]);
    expect(parseLabels("lumbar", "verse")).toEqual([20, 21, 22, 23, 24, 25]);
    expect(labelName(22, "verse")).toBe("L3");
    expect(labelName(29)).toBe("L3");
    expect(labelName(1)).toBe("1");
  });

  it("tables are the published ones at their ends", () => {
    const { totalsegmentator: ts, verse } = labelTables;
    const ends = ["C1", "C7", "T1", "T12", "L1", "L5"];
    expect(ends.map((level) => ts.get(level))).toEqual([50, 44, 43, 32, 31, 27]);
    expect(ends.map((level) => verse.get(level))).toEqual([1, 7, 8, 19, 20, 24]);
    expect([ts.get("S1"), ts.get("sacrum")]).toEqual([26, 25]);
  });

  it.each(["", "bone", "31-27", "0", "L3-", "L9", "-5", "T12-L3-L5"])(
    "%j is refused with what would do",
    (text) => {
      expect(() => parseLabels(text)).toThrow(/^Labels; got .*; expected/);
    },
  );

  it("the scheme shows in the order along the body", () => {
    expect(guessLabelScheme(column([27, 28, 29, 30]))).toBe("totalsegmentator");
    expect(guessLabelScheme(column([24, 23, 22, 21]))).toBe("verse");
    expect(guessLabelScheme(column([18, 19, 20, 21, 22, 23]))).toBe("totalsegmentator-1");
    expect(guessLabelScheme(column([1]))).toBe("totalsegmentator");
    expect(recogniseLabelScheme(column([1]))).toBeUndefined();
    // Organs that version 2 numbers 18 to 22, in no order, below its vertebrae.
    expect(recogniseLabelScheme(column([20, 18, 22, 19, 21, 26, 27, 28]))).toBe("totalsegmentator");
    expect(recogniseLabelScheme(column([41, 43, 42, 44]))).toBeUndefined();
  });

  it("the first version of TotalSegmentator has numbers of its own", () => {
    expect(parseLabels("lumbar", "totalsegmentator-1")).toEqual([18, 19, 20, 21, 22]);
    expect(labelName(41, "totalsegmentator-1")).toBe("C1");
    expect(labelName(34, "totalsegmentator-1")).toBe("T1");
  });

  it("a choice that may not be what was meant is pointed out", () => {
    const map = column([26, 27, 28, 29]);
    expect(labelDoubts(map, "L3-L5")).toEqual([]);
    expect(labelDoubts(map, "27-29")).toEqual([]);
    expect(labelDoubts(map, "lumbar")).toEqual(["Not in the label map: 30 (L2), 31 (L1)"]);
    expect(labelDoubts(column([26, 27, 28, 20]), "20,27").join()).toMatch(
      /20 .*no vertebra.*TotalSegmentator/,
    );
    expect(labelDoubts(column([1]), "L3").join()).toMatch(/numbering is not recognised/);
    expect(labelDoubts(column([1]), "1")).toEqual([]);
  });
});

describe("selectLabels", () => {
  const map = column([27, 28, 29]);

  it("takes text, numbers, or everything that is not zero", () => {
    const count = (mask: Volume): number => Array.from(mask.data).reduce((sum, value) => sum + value, 0);
    expect(count(selectLabels(map, "L4"))).toBe(40);
    expect(count(selectLabels(map, [27, 29]))).toBe(80);
    expect(count(selectLabels(map))).toBe(120);
    expect(selectLabels(map, "28").data[45]).toBe(1);
  });

  it("names the labels that are there when none fits", () => {
    expect(() => selectLabels(map, "L1")).toThrow(
      /no voxel with label 31; expected one of .*27 \(L5\), 28 \(L4\), 29 \(L3\)/,
    );
    expect(() => selectLabels({ ...map, data: new Uint8Array(map.data.length) })).toThrow(/only zeros/);
  });
});

describe("applyMask", () => {
  const hu = volumeOf([6, 6, 6], obliqueAffine, ramp, "hu");
  const mask: Volume = { ...hu, data: new Uint8Array(216), quantity: "label" };
  mask.data[2 + 6 * (2 + 6 * 2)] = 3;

  it("keeps what is inside, air elsewhere, grown in millimetres", () => {
    const masked = applyMask(hu, mask);
    expect(masked.data.filter((value) => value !== -1000)).toHaveLength(1);
    const grown = applyMask(hu, mask, { dilateMm: 1 });
    expect(grown.data.filter((value) => value !== -1000)).toHaveLength(3);
    expect(applyMask(hu, mask, { background: 0 }).data[0]).toBe(0);
  });

  it("a mask on another grid is placed by world position", () => {
    const shifted = volumeOf(
      [4, 4, 4],
      obliqueAffine.map((v, i) => (i === 11 ? v - 2 * 2.5 : v)),
      () => 1,
      "label",
    );
    const masked = applyMask(hu, shifted);
    const kept = [...masked.data].map((value) => value !== -1000);
    expect(kept.filter(Boolean)).toHaveLength(64);
    expect(kept[6 * 6 * 2]).toBe(true);
    expect(kept[0]).toBe(false);
  });

  it("a mask of another place is an error", () => {
    const far = { ...mask, worldFromVoxel: obliqueAffine.map((v, i) => (i === 3 ? v + 900 : v)) };
    expect(() => applyMask(hu, far)).toThrow(/no voxel of it inside the volume/);
  });
});

describe("occupiedBox", () => {
  const volume = volumeOf([7, 8, 9], obliqueAffine, ramp);
  const sparse: Volume = { ...volume, data: new Float32Array(7 * 8 * 9) };
  sparse.data[2 + 7 * (3 + 8 * 4)] = 1;
  sparse.data[5 + 7 * (1 + 8 * 6)] = 0.5;

  it("is the smallest box, above the threshold", () => {
    expect(occupiedBox(sparse)).toEqual({ start: [2, 1, 4], size: [4, 3, 3] });
    expect(occupiedBox(sparse, 0.7)).toEqual({ start: [2, 3, 4], size: [1, 1, 1] });
    expect(occupiedBox(sparse, 2)).toBeUndefined();
  });

  it("grows only within the volume, and cropping keeps world positions", () => {
    expect(grownBox({ start: [2, 1, 4], size: [4, 3, 3] }, 2, [7, 8, 9])).toEqual({
      start: [0, 0, 2],
      size: [7, 6, 7],
    });
    const low = Math.min(...volume.data);
    expect(worstError(cropToOccupied(volume, low), ramp)).toBeLessThan(1e-4);
    expect(() => cropToOccupied(sparse, 2)).toThrow(/no voxel above 2/);
  });
});
