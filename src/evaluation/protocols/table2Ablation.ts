import type { Protocol } from "../protocolTypes.ts";
import { distributions, presetGeometry, testPhantoms } from "./ingredients.ts";

/**
 * Table 2 of the paper asks what each part adds. Rows are the ways to start; methods are the configurations, of
 * which the optimisation methods need no trained weights.
 */
export const table2Ablation: Protocol = {
  schema: "sopi-protocol/1",
  name: "table2-ablation",
  title: "Ablation study (Table 2 of the paper)",
  about:
    "The same cases with a start pose and without one, with the automatic search range and with the local one only: " +
    "what the global search adds to the optimisation.",
  seed: 2000,
  cases: 100,
  quickCases: 8,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 16 },
  methods: [
    { name: "opt-gc" },
    { name: "opt-gc", label: "opt-gc-local", range: { rotationDeg: 5, inPlaneMm: 8, depthMm: 10 } },
  ],
  rows: [
    { name: "start", offset: distributions.near, ...common() },
    { name: "no-start", offset: { distribution: "centre" }, ...common() },
  ],
};

function common(): Pick<Protocol["rows"][number], "volumes" | "views" | "truth"> {
  return { volumes: [testPhantoms(20)], views: ["AP", "LAT"], truth: distributions.truth };
}
