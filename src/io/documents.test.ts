import { describe, expect, it } from "vitest";
import { cameraMatrix } from "../geometry/camera.ts";
import { type CarmFrame, cameraFromPose } from "../geometry/carm.ts";
import { toRows } from "../geometry/mat4.ts";
import { poseFromDegMm } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { geometryDocument, parseGeometry } from "./geometryFile.ts";
import { parsePose } from "./poseFile.ts";
import { type ResultDocument, formatResult, parseResult } from "./resultFile.ts";

const full = {
  sourceToDetectorMm: 1200,
  sourceToIsocentreMm: 800,
  view: "LAT",
  detector: { width: 300, height: 200, pixelSpacingMm: [0.5, 0.6], principalPointPx: [140, 105.5] },
};

describe("geometry.json", () => {
  it("the full form", () => {
    expect(parseGeometry(JSON.stringify(full))).toEqual({
      camera: {
        width: 300,
        height: 200,
        sourceToDetectorMm: 1200,
        pixelSpacingMm: [0.5, 0.6],
        principalPointPx: [140, 105.5],
      },
      sourceToIsocentreMm: 800,
      view: "LAT",
    });
  });

  it("defaults: AP, the middle of the grid, the preset's share of the distance", () => {
    const { detector, sourceToDetectorMm } = full;
    const { principalPointPx: _, ...rest } = detector;
    const geometry = parseGeometry(JSON.stringify({ sourceToDetectorMm, detector: rest }));
    expect(geometry.view).toBe("AP");
    expect(geometry.camera.principalPointPx).toEqual([149.5, 99.5]);
    expect(geometry.sourceToIsocentreMm).toBeCloseTo((1200 * 700) / 1011.7, 9);
  });

  it("K keeps its projection; the distance it lacks is 1011.7 mm unless given", () => {
    const K = [
      [2400, 0, 140],
      [0, 2000, 105.5],
      [0, 0, 1],
    ];
    const document = { K, width: 300, height: 200 };
    const geometry = parseGeometry(JSON.stringify(document));
    cameraMatrix(geometry.camera).forEach((value, i) => expect(value).toBeCloseTo(K.flat()[i]!, 9));
    expect(geometry.camera.sourceToDetectorMm).toBe(1011.7);
    expect(geometry.sourceToIsocentreMm).toBeCloseTo(700, 9);
    const stated = parseGeometry(
      JSON.stringify({ ...document, sourceToDetectorMm: 1200, sourceToIsocentreMm: 750, view: "PA" }),
    );
    expect(stated.camera.pixelSpacingMm).toEqual([0.5, 0.6]);
    expect([stated.sourceToIsocentreMm, stated.view]).toEqual([750, "PA"]);
  });

  it("the preset, and its view overridden", () => {
    expect(parseGeometry('{"preset": "perlove-plx118f"}')).toEqual(presetGeometry("perlove-plx118f"));
    expect(parseGeometry('\uFEFF{"preset": "perlove-plx118f", "view": "LAT"}').view).toBe("LAT");
  });

  it("what is written is read again", () => {
    const geometry = parseGeometry(JSON.stringify(full));
    expect(parseGeometry(JSON.stringify(geometryDocument(geometry)))).toEqual(geometry);
    expect(geometryDocument(geometry)).toEqual(full);
  });

  const changed = (change: object): string => JSON.stringify({ ...full, ...change });
  it.each([
    ["", /g\.json; got an empty document; expected a JSON document/],
    ["[1", /text that is not JSON/],
    ["[]", /got no fields; expected sourceToDetectorMm/],
    ['{"a":1}', /the fields a; expected/],
    [changed({ sourceToDetectorMm: -5 }), /field "sourceToDetectorMm"; got -5; expected a length above 0 mm/],
    [changed({ sourceToDetectorMm: "1200" }), /field "sourceToDetectorMm"; got "1200"; expected number/],
    [changed({ detector: undefined }), /field "detector"; got nothing/],
    [
      changed({ detector: { ...full.detector, width: 1.5 } }),
      /field "detector\.width"; got 1\.5; expected a whole number/,
    ],
    [changed({ detector: { ...full.detector, pixelSpacingMm: [1] } }), /field "detector\.pixelSpacingMm/],
    [changed({ view: "PAL" }), /field "view"; got "PAL"; expected \("AP" \| "PA" \| "LAT"\)/],
    [changed({ sourceToIsocentreMm: 1300 }), /field "sourceToIsocentreMm"; got 1300 mm; expected less than/],
    ['{"preset": "other"}', /Geometry preset; got "other"; expected one of perlove-plx118f/],
    ['{"K": [[1,0,0],[0,1,0]], "width": 3, "height": 3}', /field "K/],
    ['{"K": [[1,0,0],[0,1,0],[0,1,1]], "width": 3, "height": 3}', /field "K"; got last row 0, 1, 1/],
    ['{"K": [[-1,0,0],[0,1,0],[0,0,1]], "width": 3, "height": 3}', /focal lengths/],
  ])("%s is refused", (text, message) => {
    expect(() => parseGeometry(text, "g.json")).toThrow(message);
  });
});

const frame: CarmFrame = { view: "AP", centreMm: [5, -7, 120], sourceToIsocentreMm: 700 };
const poseDegMm = { rxDeg: 5, ryDeg: -12, rzDeg: 30, txMm: 20, tyMm: -3.5, tzMm: 8 };
const cameraFromWorld = cameraFromPose(poseFromDegMm(poseDegMm), frame);

describe("pose.json", () => {
  it("matrix, angles and a previous result give the same pose", () => {
    const matrix = parsePose(JSON.stringify({ cameraFromWorld: toRows(cameraFromWorld) }), frame);
    const angles = parsePose(JSON.stringify({ pose: poseDegMm }), frame);
    const result = parsePose(JSON.stringify({ ...resultDocument(), view: "PA" }), frame);
    expect([matrix.form, angles.form, result.form]).toEqual(["matrix", "pose", "result"]);
    for (const { cameraFromWorld: read } of [matrix, angles, result]) {
      read.forEach((value, i) => expect(value).toBeCloseTo(cameraFromWorld[i]!, 9));
    }
  });

  it("rounding is removed from the rotation", () => {
    const rounded = toRows(cameraFromWorld).map((row) => row.map((value) => Math.round(value * 1e4) / 1e4));
    const read = parsePose(JSON.stringify({ cameraFromWorld: rounded }), frame).cameraFromWorld;
    const dot = read[0]! * read[1]! + read[4]! * read[5]! + read[8]! * read[9]!;
    expect(Math.abs(dot)).toBeLessThan(1e-12);
  });

  it.each([
    [{ cameraFromWorld: toRows(cameraFromWorld.map((v, i) => (i < 4 ? -v : v))) }, /not a rigid motion/],
    [{ cameraFromWorld: [[1, 0, 0, 0]] }, /field "cameraFromWorld/],
    [
      { cameraFromWorld: toRows(cameraFromWorld).map((row) => row.map(String)) },
      /field "cameraFromWorld\.0\.0"; got "/,
    ],
    [{ pose: { ...poseDegMm, tzMm: undefined } }, /field "pose\.tzMm"; got nothing/],
    [{ rotation: [] }, /the fields rotation; expected cameraFromWorld/],
    [null, /no fields/],
  ])("%j is refused", (document, message) => {
    expect(() => parsePose(JSON.stringify(document), frame)).toThrow(message);
  });
});

function resultDocument(): ResultDocument {
  return {
    schema: "sopi-result/1",
    method: "opt-gc",
    status: "converged",
    cameraFromWorld: toRows(cameraFromWorld),
    K: [
      [1267, 0, 127.5],
      [0, 1267, 127.5],
      [0, 0, 1],
    ],
    image: { width: 256, height: 256 },
    pose: poseDegMm,
    convention: "Mt.Mrx.Mry.Mrz",
    view: "AP",
    centreMm: [5, -7, 120],
    initial: { cameraFromWorld: toRows(cameraFromWorld), source: "file" },
    similarity: { name: "gc", initial: 0.31, final: 0.92 },
    timings: { loadMs: 1, initialiseMs: 2, refineMs: 3, totalMs: 6.5 },
    iterations: 10,
    evaluations: 200,
    seed: 1,
    backend: "wasm-simd x2",
    version: "0.1.0",
    inputs: { volume: { sha256: "a".repeat(64) }, xray: { sha256: "0".repeat(64) } },
    trace: [],
  };
}

describe("result.json", () => {
  it("what is written is read again, further fields too, matrices a row a line", () => {
    const document = { ...resultDocument(), xray: { polarity: "bone-bright" } };
    const text = formatResult(document);
    expect(parseResult(text)).toEqual(document);
    expect(text).toContain('"centreMm": [5, -7, 120]');
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("every field of the contract is required, by name", () => {
    const document = resultDocument();
    for (const field of Object.keys(document)) {
      const without = Object.fromEntries(Object.entries(document).filter(([key]) => key !== field));
      expect(() => parseResult(JSON.stringify(without))).toThrow(new RegExp(`field "${field}`));
    }
    expect(() => parseResult(JSON.stringify({ ...document, status: "ok" }))).toThrow(
      /field "status"; got "ok"/,
    );
    expect(() => formatResult({ ...document, seed: Number.NaN })).toThrow(/field "seed"/);
  });
});
