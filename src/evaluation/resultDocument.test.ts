import { describe, expect, test } from "vitest";
import { cameraFromPose } from "../geometry/carm.ts";
import { fromRows } from "../geometry/mat4.ts";
import { poseFromDegMm, zeroPose } from "../geometry/pose.ts";
import { presetGeometry } from "../geometry/presets.ts";
import { parsePose } from "../io/poseFile.ts";
import { formatResult, parseResult } from "../io/resultFile.ts";
import type { RegistrationResult, RegistrationStep } from "../registration/result.ts";
import { resultDocument } from "./resultDocument.ts";

const { camera } = presetGeometry("perlove-plx118f");
const frame = { view: "LAT", centreMm: [1, 2, 3], sourceToIsocentreMm: 700 } as const;
const pose = poseFromDegMm({ rxDeg: 1, ryDeg: -2, rzDeg: 3, txMm: 4, tyMm: -5, tzMm: 6 });
const cameraFromWorld = cameraFromPose(pose, frame);

const step = (similarity: number): RegistrationStep => ({
  stage: "coarse",
  iteration: 1,
  evaluations: 2,
  similarity,
  cameraFromWorld,
  fraction: 0.5,
  elapsedMs: 12.34567,
});

const result: RegistrationResult = {
  method: "opt-gc",
  status: "converged",
  cameraFromWorld,
  pose,
  camera,
  frame,
  initial: { cameraFromWorld: cameraFromPose(zeroPose, frame), source: "centre" },
  similarity: { name: "gc", initial: Number.NaN, final: 0.9 },
  timings: { initialiseMs: 1, refineMs: 2, totalMs: 3 },
  iterations: 4,
  evaluations: 5,
  seed: 6,
  backend: "reference",
  xray: {
    polarity: "bone-dark",
    kindSource: "given",
    logTransformed: true,
    collimation: { blades: [], deadFraction: 0 },
    instrumentFraction: 0,
  },
  evidence: { content: "all", medium: 0.8, margin: Number.POSITIVE_INFINITY },
  warnings: ["from the search"],
  trace: [step(Number.NaN), step(0.5)],
};
const context = {
  version: "1.2.3",
  loadMs: 7,
  volumeSha256: "a".repeat(64),
  xraySha256: "b".repeat(64),
  warnings: ["from a file"],
};

describe("result document", () => {
  const text = formatResult(resultDocument(result, context));
  const parsed = parseResult(text);

  test("follows the contract and survives writing and reading", () => {
    expect(parsed).toMatchObject({
      schema: "sopi-result/1",
      status: "converged",
      convention: "Mt.Mrx.Mry.Mrz",
      view: "LAT",
      centreMm: [1, 2, 3],
      image: { width: 256, height: 256 },
      inputs: { volume: { sha256: context.volumeSha256 }, xray: { sha256: context.xraySha256 } },
    });
    expect(fromRows(parsed.cameraFromWorld)).toEqual(cameraFromWorld);
    expect(parsed.pose.ryDeg).toBeCloseTo(-2, 12);
    expect(JSON.parse(text)).toMatchObject({ warnings: ["from a file", "from the search"] });
  });

  test("is a start pose for the next registration", () => {
    const start = parsePose(text, frame);
    expect(start.form).toBe("result");
    start.cameraFromWorld.forEach((value, i) => expect(value).toBeCloseTo(cameraFromWorld[i]!, 9));
  });

  test("has null where a number is not finite, and no step without a similarity", () => {
    expect(parsed.similarity.initial).toBeNull();
    expect(JSON.parse(text)).toMatchObject({ evidence: { margin: null, medium: 0.8 } });
    expect(parsed.trace).toHaveLength(1);
  });
});
