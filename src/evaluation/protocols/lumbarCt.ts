import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, realCt } from "./ingredients.ts";

/** A real lumbar CT and X-rays around L3: near and wide starts, content the CT lacks, the segmented spine alone. */
export const lumbarCt: Protocol = {
  schema: "sopi-protocol/1",
  name: "lumbar-ct",
  title: "Real lumbar CT, simulated X-rays around L3",
  about:
    "One real CT (3 mm). X-rays by the simulator at its own physics. mismatch adds instruments, blades, moved gas " +
    "and soft tissue at half dose; spine-only compares the labelled vertebrae L1 to L5 with the X-ray of the whole body.",
  seed: 1000,
  cases: 40,
  quickCases: 4,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 7 },
  methods: allMethods,
  rows: [
    { name: "near", offset: distributions.near, ...common() },
    { name: "wide", offset: distributions.wide, ...common() },
    { name: "mismatch", offset: distributions.near, ...common(), physics: "mismatch" },
    { name: "spine-only", offset: distributions.near, ...common(), mask: "27-31" },
  ],
};

function common(): Pick<Protocol["rows"][number], "volumes" | "views" | "truth"> {
  return { volumes: [realCt], views: ["AP", "LAT"], truth: distributions.truth };
}
