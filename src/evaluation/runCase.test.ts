import { beforeAll, describe, expect, test } from "vitest";
import { SopiError } from "../errors.ts";
import type { Mat4 } from "../geometry/mat4.ts";
import type { Radiograph } from "../image/radiograph.ts";
import { createNetworks } from "../networks/networks.ts";
import { createSpinePhantom } from "../phantoms/spinePhantom.ts";
import { simulateXray } from "../phantoms/xraySimulator.ts";
import { createReferenceProjector } from "../projector/reference.ts";
import type { register } from "../registration/register.ts";
import type { RegistrationResult } from "../registration/result.ts";
import { type EvaluationCase, completeCase, planCases } from "./cases.ts";
import { tinyProtocol } from "./evaluation.testkit.ts";
import { protocolGeometry, rowPhysics } from "./protocol.ts";
import { type RunCaseInput, runCase } from "./runCase.ts";
import { type Subject, createSubject, subjectMask, subjectPoints } from "./subject.ts";

type Register = typeof register;
const row = tinyProtocol.rows[0]!;
const projector = createReferenceProjector();
const networks = createNetworks({
  openRuntime: () => {
    throw new Error("no network is run here");
  },
  weights: () => Promise.resolve(undefined),
});
const geometry = protocolGeometry(tinyProtocol);
let input: Omit<RunCaseInput, "registerWith">;
let one: EvaluationCase;

beforeAll(() => {
  const phantom = createSpinePhantom({ seed: 3, field: "lumbar", size: [16, 16, 16] });
  const subject: Subject = createSubject({ key: "phantom", ...phantom });
  const points = subjectPoints(subject, tinyProtocol);
  one = completeCase(planCases(tinyProtocol, row)[0]!, tinyProtocol, points);
  const radiograph: Radiograph = simulateXray({
    ...{ ct: subject.ct, labels: subject.labels, physics: rowPhysics(row), camera: geometry.camera },
    ...{ cameraFromWorld: one.truthCamera, seed: one.xraySeed },
  }).radiograph;
  input = {
    ...{ evaluationCase: one, method: tinyProtocol.methods[0]!, geometry, subjectKey: "phantom" },
    ...{ volume: subject.ct, mask: subjectMask(subject, "27-31"), points, radiograph, projector, networks },
  };
});

/** A result at a given pose, as `register` would return it. */
function resultAt(cameraFromWorld: Mat4): RegistrationResult {
  return {
    ...{ method: "stub", status: "converged", cameraFromWorld, camera: geometry.camera, frame: one.frame },
    pose: { rx: 0, ry: 0, rz: 0, tx: 0, ty: 0, tz: 0 },
    initial: { cameraFromWorld: one.startCamera as Mat4, source: "file" },
    similarity: { name: "gc", initial: 0.1, final: Number.NaN },
    evidence: { content: "all", medium: 0.5, margin: Number.POSITIVE_INFINITY },
    timings: { initialiseMs: 1, refineMs: 2, totalMs: 3 },
    ...{ iterations: 4, evaluations: 5, seed: 6, backend: "stub", warnings: [], trace: [] },
    xray: {
      ...{ polarity: "bone-dark", kindSource: "given", logTransformed: true, instrumentFraction: 0 },
      collimation: { blades: [], deadFraction: 0 },
    },
  };
}

/** Every number, array and key that can be reached from some values, through prototypes of plain objects too. */
function reachable(
  roots: readonly unknown[],
  skip: ReadonlySet<unknown>,
): { keys: string[]; arrays: number[][] } {
  const seen = new Set<unknown>(skip);
  const keys: string[] = [];
  const arrays: number[][] = [];
  const queue = [...roots];
  while (queue.length > 0) {
    const value = queue.pop();
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value))
      continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) continue;
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) arrays.push(value);
    for (const key of Reflect.ownKeys(value)) {
      keys.push(String(key));
      queue.push(Object.getOwnPropertyDescriptor(value, key)?.value);
    }
  }
  return { keys, arrays };
}

describe("what a method is given", () => {
  test("is what register takes, frozen, and nothing in it leads to the truth", async () => {
    let given: Parameters<Register> | undefined;
    await runCase({
      ...input,
      registerWith: (...words: Parameters<Register>) => {
        given = words;
        return Promise.resolve(resultAt(one.startCamera as Mat4));
      },
    });
    const [volume, radiograph, ownGeometry, options] = given!;
    expect(Object.keys(volume).toSorted()).toEqual(["data", "quantity", "size", "worldFromVoxel"]);
    expect(Object.keys(radiograph).toSorted()).toEqual(["data", "height", "kind", "pixelSpacingMm", "width"]);
    expect(Object.keys(ownGeometry).toSorted()).toEqual(["camera", "sourceToIsocentreMm", "view"]);
    expect(Object.keys(options).toSorted()).toEqual([
      "initial",
      "mask",
      "method",
      "networks",
      "projector",
      "range",
      "seed",
    ]);
    for (const part of [volume, radiograph, ownGeometry, options, options.initial]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    const found = reachable(given!, new Set([projector]));
    expect(found.keys.filter((key) => /truth|frame|error|xraySeed|target|label/i.test(key))).toEqual([]);
    const near = (a: readonly number[], b: readonly number[]): boolean =>
      a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) < 1e-6);
    expect(found.arrays.some((array) => near(array, one.startCamera as Mat4))).toBe(true);
    expect(found.arrays.some((array) => near(array, one.truthCamera))).toBe(false);
    expect(options.seed).not.toBe(one.xraySeed);
  });

  test("is a copy: a method that writes into the X-ray harms no one else", async () => {
    const before = input.radiograph.data.slice();
    await runCase({
      ...input,
      registerWith: (_volume, radiograph) => {
        radiograph.data.fill(0);
        return Promise.resolve(resultAt(one.startCamera as Mat4));
      },
    });
    expect(input.radiograph.data).toEqual(before);
  });
});

describe("what is recorded", () => {
  test("the true pose has no error, the start has the error it began with", async () => {
    const exact = await runCase({ ...input, registerWith: () => Promise.resolve(resultAt(one.truthCamera)) });
    expect(exact.record.result!.errors.mtreMm).toBeCloseTo(0, 9);
    expect(exact.record.result!.errors.distErrMm).toBeCloseTo(0, 9);
    expect(exact.record.result!.similarity).toEqual({ name: "gc", initial: 0.1, final: null });
    expect(exact.record.id).toBe("near/0000/opt-gc");
    const still = await runCase({
      ...input,
      registerWith: () => Promise.resolve(resultAt(one.startCamera as Mat4)),
    });
    expect(still.record.result!.errors).toEqual(still.record.initial);
    expect(exact.record.result!.imageSimilarity!).toBeGreaterThan(still.record.result!.imageSimilarity!);
  });

  test("a method that throws makes a failure with its reason", async () => {
    const { record } = await runCase({ ...input, registerWith: () => Promise.reject(new Error("no luck")) });
    expect(record).toMatchObject({ result: null, failure: "no luck", timings: null });
    expect(record.initial!.mtreMm).toBeGreaterThan(0);
  });

  test("a pose that is not finite is a failure", async () => {
    const broken = one.truthCamera.map((value, i) => (i === 3 ? Number.NaN : value));
    const { record } = await runCase({ ...input, registerWith: () => Promise.resolve(resultAt(broken)) });
    expect(record.failure).toMatch(/not finite/);
  });

  test("an abort is no failure of the method", async () => {
    const abort = new SopiError("aborted", { what: "Cancelled" });
    await expect(runCase({ ...input, registerWith: () => Promise.reject(abort) })).rejects.toBe(abort);
  });
});
