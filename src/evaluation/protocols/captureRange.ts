import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, realCt, testPhantoms } from "./ingredients.ts";

type RowInput = Protocol["rows"][number];

/** Bins of 10 mm of initial mTRE from 0 to 80 mm. */
const offset: RowInput["offset"] = {
  distribution: "mtre-bins",
  rotationDeg: 13,
  inPlaneMm: 30,
  depthMm: 30,
  edgesMm: [0, 10, 20, 30, 40, 50, 60, 70, 80],
};

const shared: Pick<RowInput, "views" | "truth" | "offset"> = {
  views: ["AP", "LAT"],
  truth: distributions.truth,
  offset,
};

/** How far away a start may be: success by initial mTRE, 40 cases a bin in full. */
export const captureRange: Protocol = {
  schema: "sopi-protocol/1",
  name: "capture-range",
  title: "Capture range",
  about:
    "Starts in eight bins of 10 mm of initial mTRE. The capture range is the upper edge of the last bin up to " +
    "which 95 % of the cases of every bin end below 10 mm.",
  seed: 4000,
  cases: 320,
  quickCases: 32,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 7 },
  methods: allMethods,
  rows: [
    { name: "real-ct", volumes: [realCt], ...shared },
    { name: "phantoms", volumes: [testPhantoms(20)], ...shared },
  ],
};
