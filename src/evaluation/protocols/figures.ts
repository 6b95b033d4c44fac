import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, realCt, testPhantoms } from "./ingredients.ts";

const base: Omit<Protocol, "name" | "title" | "about" | "seed" | "cases" | "quickCases" | "rows"> = {
  schema: "sopi-protocol/1",
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 7 },
  methods: allMethods,
};

const poses: Pick<Protocol["rows"][number], "views" | "truth" | "offset"> = {
  views: ["AP", "LAT"],
  truth: distributions.truth,
  offset: distributions.near,
};

/** Figure 4 of the paper: projection and fusion of each method on the same X-rays. */
export const figure4: Protocol = {
  ...base,
  name: "fig4",
  title: "Registrations side by side (Figure 4 of the paper)",
  about: "Two AP and two LAT cases; their pictures are written by --pictures.",
  seed: 5000,
  cases: 4,
  quickCases: 2,
  rows: [{ name: "xray", volumes: [realCt], physics: "mismatch", ...poses }],
};

/** Figure 5 of the paper: the distribution of errors on simulated data and on X-rays. */
export const figure5: Protocol = {
  ...base,
  name: "fig5",
  title: "Error distributions, simulation against X-ray (Figure 5 of the paper)",
  about:
    "simulated: ideal physics. xray: mismatched content, blades, instruments, segmented spine in the volume.",
  seed: 6000,
  cases: 100,
  quickCases: 8,
  rows: [
    { name: "simulated", volumes: [testPhantoms(20)], physics: "ideal", ...poses },
    { name: "xray", volumes: [testPhantoms(20)], physics: "mismatch", mask: "27-31", ...poses },
  ],
};
