import type { MeasuredErrors, RegistrationRecord } from "./record.ts";
import type { Protocol } from "./protocolTypes.ts";

/** Errors of which each measure is told apart by its value. */
export function errorsOf(mtreMm: number, more: Partial<MeasuredErrors> = {}): MeasuredErrors {
  return {
    rotationDeg: [1, 2, 3],
    translationMm: [4, 5, 6],
    geodesicDeg: 3.7,
    mtreMm,
    inPlaneMm: 1,
    depthMm: 2,
    mpeMm: 0.5,
    mrpdMm: 0.4,
    distErrMm: 7,
    ...more,
  };
}

/** A record of row "near" by "opt-gc"; without errors it is a failure. */
export function recordOf(
  index: number,
  errors: MeasuredErrors | undefined,
  totalMs = 1000,
): RegistrationRecord {
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  return {
    id: `near/${String(index).padStart(4, "0")}/opt-gc`,
    ...{ row: "near", index, method: "opt-gc", subject: "phantom-1", view: "AP" },
    ...{ xraySeed: 1, registrationSeed: 2, truthCamera: identity, startCamera: identity },
    truth: { rxDeg: 0, ryDeg: 0, rzDeg: 0, txMm: 0, tyMm: 0, tzMm: 0 },
    initial: errorsOf(20),
    result: errors
      ? {
          ...{ status: "converged", cameraFromWorld: identity, errors, imageSimilarity: 0.9 },
          similarity: { name: "gc", initial: 0.2, final: 0.8 },
          ...{ iterations: 10, evaluations: 100, backend: "test" },
          evidence: { content: "all", medium: 0.5, margin: 0.4 },
          ...{ deadFraction: 0, instrumentFraction: 0, warnings: [] },
        }
      : null,
    failure: errors ? null : "it did not work",
    timings: errors ? { initialiseMs: 0.75 * totalMs, refineMs: 0.25 * totalMs, totalMs } : null,
  };
}

/** Two cases of a 24^3 phantom on a 32 x 32 detector by two configurations of one method. */
export const tinyProtocol: Protocol = {
  schema: "sopi-protocol/1",
  name: "tiny",
  title: "Tiny",
  seed: 7,
  cases: 2,
  quickCases: 1,
  geometry: {
    sourceToDetectorMm: 1011.7,
    sourceToIsocentreMm: 700,
    detector: { width: 32, height: 32, pixelSpacingMm: [6.387, 6.387] },
  },
  targetLevel: "29",
  targets: { labels: "27-31" },
  methods: [
    { name: "opt-gc", range: { rotationDeg: 4, inPlaneMm: 6, depthMm: 6 } },
    { name: "opt-gc", label: "opt-gc-narrow", range: { rotationDeg: 2, inPlaneMm: 3, depthMm: 3 } },
  ],
  rows: [
    {
      name: "near",
      volumes: [{ kind: "phantom", firstSeed: 3, count: 1, field: "lumbar", size: [24, 24, 24] }],
      views: ["AP", "LAT"],
      truth: { distribution: "uniform", rotationDeg: 4, inPlaneMm: 5, depthMm: 5 },
      offset: { distribution: "uniform", rotationDeg: 3, inPlaneMm: 5, depthMm: 5 },
      physics: { base: "ideal", refineToMm: 6 },
    },
  ],
};
