import { describe, expect, test } from "vitest";
import {
  confidenceFeatureNames,
  confidenceFeatures,
  confidenceOf,
  leastConfidence,
  statusInConfidence,
} from "./confidence.ts";
import type { ConfidenceModel, SuccessModel } from "./confidenceModel.ts";
import { fittedConfidence } from "./fittedConfidence.ts";
import { registrationMethods } from "./methods.ts";

const input = {
  similarity: { final: 0.9 },
  evidence: { content: "all", medium: 0.8, margin: Number.POSITIVE_INFINITY, settled: true },
  ...{ deadFraction: 0.1, instrumentFraction: 0 },
} as const;
const size = confidenceFeatureNames.length;
const only = (name: string, weight: number, bias = 0): SuccessModel => ({
  bias,
  weights: confidenceFeatureNames.map((own) => (own === name ? weight : 0)),
  centres: new Array<number>(size).fill(0),
  scales: new Array<number>(size).fill(1),
});
const model: ConfidenceModel = {
  within2mm: only("similarity.final", 1, 3),
  within10mm: only("similarity.final", 2),
  errorScale: 10,
};

describe("features", () => {
  test("are finite and in their order, whatever is missing", () => {
    const features = confidenceFeatures(input);
    expect(features).toHaveLength(size);
    expect(features.every(Number.isFinite)).toBe(true);
    expect(features[0]).toBe(0.9);
    expect(features[confidenceFeatureNames.indexOf("evidence.margin")]).toBe(0.3);
    expect(features[confidenceFeatureNames.indexOf("precision.log10TargetMm")]).toBe(1);
  });
});

describe("confidence", () => {
  test("is the logistic function of the weighted features; within 2 mm is no likelier than within 10", () => {
    const confidence = confidenceOf("any", confidenceFeatures(input), undefined, { any: model })!;
    expect(confidence.within10mm).toBeCloseTo(1 / (1 + Math.exp(-1.8)), 12);
    expect(confidence.within2mm).toBe(confidence.within10mm);
    expect(confidence.standardError).toBeUndefined();
  });

  test("scales the standard errors", () => {
    const precision = { standardError: [1, 2, 3, 4, 5, 6], targetMm: 1 } as const;
    const confidence = confidenceOf("any", confidenceFeatures(input), precision, { any: model })!;
    expect(confidence.standardError).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test("is not stated for a method without a model", () => {
    expect(confidenceOf("other", confidenceFeatures(input), undefined, { any: model })).toBeUndefined();
  });
});

describe("status", () => {
  const stated = (within10mm: number): ReturnType<typeof confidenceOf> => ({ within2mm: 0, within10mm });

  test("follows the stated probability", () => {
    expect(statusInConfidence("converged", stated(leastConfidence - 0.01))).toBe("low-confidence");
    expect(statusInConfidence("low-confidence", stated(0.9))).toBe("low-confidence");
    expect(statusInConfidence("max-iterations", stated(0.9))).toBe("max-iterations");
  });

  test("is the method's own word where nothing is stated, and an abort stays one", () => {
    expect(statusInConfidence("low-confidence", undefined)).toBe("low-confidence");
    expect(statusInConfidence("aborted", stated(0.1))).toBe("aborted");
  });
});

test("the shipped models are of registered methods and of these features", () => {
  const names = registrationMethods.map(({ name }) => name);
  for (const [name, shipped] of Object.entries(fittedConfidence)) {
    expect(names).toContain(name);
    expect(shipped.errorScale).toBeGreaterThan(0);
    for (const { weights, centres, scales } of [shipped.within2mm, shipped.within10mm]) {
      for (const list of [weights, centres, scales]) expect(list).toHaveLength(size);
      expect(scales.every((scale) => scale > 0)).toBe(true);
    }
  }
});
