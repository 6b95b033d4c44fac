import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, testPhantoms } from "./ingredients.ts";

/** Table 1 of the paper, the simulation study, on phantoms no network is trained on. */
export const table1Simulation: Protocol = {
  schema: "sopi-protocol/1",
  name: "table1-simulation",
  title: "Simulation study (Table 1 of the paper)",
  about:
    "Twenty phantoms kept for tests. initial-row: starts that reproduce the Initial row of the paper's Table 1. " +
    "literal: N(0, 20) in degrees and mm, as the text says. no-start: the method is given no start pose.",
  seed: 2000,
  cases: 500,
  quickCases: 40,
  quickRows: ["initial-row"],
  quickMethods: allMethods.map(({ name }) => name).filter((name) => name !== "rtpi+opt"),
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 16 },
  methods: allMethods,
  rows: [
    { name: "initial-row", offset: distributions.near, ...common() },
    { name: "literal", offset: distributions.literal, ...common() },
    { name: "no-start", offset: { distribution: "centre" }, ...common() },
  ],
};

function common(): Pick<Protocol["rows"][number], "volumes" | "views" | "truth"> {
  return { volumes: [testPhantoms(20)], views: ["AP", "LAT"], truth: distributions.truth };
}
