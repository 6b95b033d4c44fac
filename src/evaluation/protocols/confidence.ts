import type { PoseSpread, Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, phantomsFrom, presetGeometry } from "./ingredients.ts";

type RowInput = Protocol["rows"][number];

const shared: Pick<RowInput, "volumes" | "views" | "truth"> = {
  volumes: [phantomsFrom(700_001, 40)],
  views: ["AP", "LAT"],
  truth: distributions.truth,
};

/** Beyond what any method looks through: many must fail, for doubt is learned from failures. */
const beyond: PoseSpread = { distribution: "uniform", rotationDeg: 45, inPlaneMm: 90, depthMm: 160 };

/** Cases from easy to hopeless on phantoms of their own, to fit the probability that a result is right. */
export const confidence: Protocol = {
  schema: "sopi-protocol/1",
  name: "confidence",
  title: "Easy to hopeless: what probabilities of being right are fitted on",
  about:
    "Forty phantoms that serve nothing else. near: easy. wide: the widest search. mismatch and spine-only: wide starts, " +
    "with instruments, blades and moved tissue in the X-ray and, in spine-only, nothing but L1 to L5 in the volume. " +
    "beyond: starts outside every search range.",
  seed: 8000,
  cases: 80,
  quickCases: 16,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 16 },
  methods: allMethods,
  rows: [
    { name: "near", ...shared, offset: distributions.near },
    { name: "wide", ...shared, offset: distributions.wide },
    { name: "mismatch", ...shared, offset: distributions.wide, physics: "mismatch" },
    { name: "spine-only", ...shared, offset: distributions.wide, physics: "mismatch", mask: "27-31" },
    { name: "beyond", ...shared, offset: beyond, physics: "half-dose" },
  ],
};
