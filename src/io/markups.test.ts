import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraFromPose } from "../geometry/carm.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { zeroPose } from "../geometry/pose.ts";
import { readImageLandmarks, writeImageLandmarks } from "./imageLandmarks.ts";
import { type Landmark, pairLandmarks } from "./landmark.ts";
import {
  projectLandmarks,
  readImageLandmarksCsv,
  readLandmarksCsv,
  writeProjectedLandmarks,
} from "./landmarksCsv.ts";
import { readMarkups, writeMarkups } from "./markups.ts";

/** A markups file as 3D Slicer writes it, with the parts that matter. */
function slicerFile(coordinateSystem: string, points: readonly object[], units: unknown = "mm"): string {
  const list = {
    type: "Fiducial",
    coordinateSystem,
    coordinateUnits: units,
    locked: false,
    controlPoints: points,
  };
  return JSON.stringify({ "@schema": "https://slicer/markups-schema-v1.0.3.json#", markups: [list] });
}

const point = (label: string, position: unknown, positionStatus = "defined"): object => ({
  id: "1",
  label,
  position,
  positionStatus,
  orientation: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});

describe("Slicer markups", () => {
  test("are LPS whichever system they are written in", () => {
    const lps = readMarkups(slicerFile("LPS", [point("a", [1, 2, 3])]));
    const ras = readMarkups(slicerFile("RAS", [point("a", [-1, -2, 3])]));
    expect(lps.landmarks).toEqual([{ label: "a", positionMm: [1, 2, 3] }]);
    expect(ras.landmarks).toEqual(lps.landmarks);
  });

  test("points that were not placed are left out with a warning", () => {
    const { landmarks, warnings } = readMarkups(
      slicerFile("LPS", [point("a", [1, 2, 3]), point("b", [0, 0, 0], "undefined"), point("c", null)]),
    );
    expect(landmarks.map(({ label }) => label)).toEqual(["a"]);
    expect(warnings.map(({ code }) => code)).toEqual(["landmark-not-placed", "landmark-not-placed"]);
  });

  test("come back from writing exactly", () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const landmark = fc.record({
      label: fc.string().map((s) => `x${s.trim()}`),
      positionMm: fc.tuple(finite, finite, finite),
    });
    fc.assert(
      fc.property(fc.array(landmark, { maxLength: 8 }), (landmarks) => {
        const { landmarks: read } = readMarkups(writeMarkups(landmarks));
        expect(read.length).toBe(landmarks.length);
        read.forEach(({ label, positionMm }, i) => {
          expect(label).toBe(landmarks[i]!.label.trim());
          positionMm.forEach((value, axis) => expect(value === landmarks[i]!.positionMm[axis]!).toBe(true));
        });
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  test.each([
    ["text", "not json", /not JSON/],
    ["another document", "{}", /field "markups"/],
    ["another system", slicerFile("IJK", []), /coordinateSystem"; got "IJK"/],
    ["another unit", slicerFile("LPS", [], "cm"), /"cm"; expected mm/],
    ["two numbers", slicerFile("LPS", [point("a", [1, 2])]), /position/],
  ])("%s is a named error", (_, text, message) => {
    expect(() => readMarkups(text)).toThrow(message);
  });
});

describe("landmarks in pictures", () => {
  test("come from the own format, CSV and Slicer alike", () => {
    const own = readImageLandmarks('{"imageLandmarks": [{"label": "a", "px": [10.5, 20]}]}').landmarks;
    expect(own).toEqual([{ label: "a", pixel: [10.5, 20] }]);
    expect(readImageLandmarks("label,u_px,v_px\r\na,10.5,20\r\n").landmarks).toEqual(own);
    expect(readImageLandmarks(slicerFile("LPS", [point("a", [10.5, 20, 0])])).landmarks).toEqual(own);
    expect(
      readImageLandmarks(slicerFile("RAS", [point("a", [-21, -10, 0])]), "x", [2, 0.5]).landmarks,
    ).toEqual(own);
    expect(readImageLandmarks(writeImageLandmarks(own)).landmarks).toEqual(own);
  });

  test("CT landmarks in their place are pointed out", () => {
    expect(() => readImageLandmarks(slicerFile("LPS", [point("a", [1, 2, 300])]))).toThrow(
      /z = 300.*CT first/,
    );
  });

  test("are paired by label, whatever the order and case", () => {
    const ct: Landmark[] = ["L1", "L2", "L3"].map((label, i) => ({ label, positionMm: [i, 0, 0] }));
    const { pairs, unpaired } = pairLandmarks(ct, [
      { label: "l3 ", pixel: [3, 3] },
      { label: "L1", pixel: [1, 1] },
      { label: "S1", pixel: [9, 9] },
    ]);
    expect(pairs.map(({ label, pixel }) => [label, pixel[0]])).toEqual([
      ["L1", 1],
      ["L3", 3],
    ]);
    expect(unpaired.sort()).toEqual(["L2", "S1"]);
    expect(() => pairLandmarks(ct, [{ label: "x", pixel: [0, 0] }])).toThrow(
      /"L1", "L2", "L3" in the CT and "x"/,
    );
    expect(() => pairLandmarks([...ct, ct[0]!], [{ label: "L1", pixel: [0, 0] }])).toThrow(
      /"L1" twice in the CT/,
    );
  });
});

describe("landmark CSV", () => {
  const { camera } = presetGeometry("perlove-plx118f");
  const cameraFromWorld = cameraFromPose(zeroPose, {
    view: "AP",
    centreMm: [0, 0, 0],
    sourceToIsocentreMm: 700,
  });

  test("gives every landmark with its pixel, and reads back", () => {
    const landmarks: Landmark[] = [
      { label: 'L3, "left"', positionMm: [10, 0, -20] },
      { label: "far", positionMm: [900, 0, 0] },
      { label: "behind", positionMm: [0, -800, 0] },
    ];
    const projected = projectLandmarks(landmarks, camera, cameraFromWorld);
    expect(projected.map(({ inside }) => inside)).toEqual([true, false, false]);
    // 10 mm to the left and 20 mm down at the isocentre, magnified by 1011.7 / 700.
    const scale = 1011.7 / 700 / 0.79836;
    expect(projected[0]!.pixel[0]).toBeCloseTo(127.5 + 10 * scale, 9);
    expect(projected[0]!.pixel[1]).toBeCloseTo(127.5 + 20 * scale, 9);
    const text = writeProjectedLandmarks(projected);
    expect(text.split("\r\n")[0]).toBe("label,x_lps_mm,y_lps_mm,z_lps_mm,u_px,v_px,inside");
    expect(readLandmarksCsv(text)).toEqual(landmarks);
    expect(readImageLandmarksCsv(text.split("\r\n").slice(0, 2).join("\n"))[0]!.pixel).toEqual(
      projected[0]!.pixel,
    );
  });

  test("RAS columns are turned round, wrong ones named", () => {
    expect(readLandmarksCsv("label,x_ras_mm,y_ras_mm,z_ras_mm\na,1,2,3")[0]!.positionMm).toEqual([-1, -2, 3]);
    expect(() => readLandmarksCsv("name,x,y,z\na,1,2,3")).toThrow(
      /columns name, x, y, z; expected a column "x_lps_mm"/,
    );
    expect(() => readImageLandmarksCsv("label,u_px,v_px\na,1,")).toThrow(/row 1, v_px; got ""/);
    expect(() => readLandmarksCsv("")).toThrow(/no rows/);
  });
});
