import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, realCt, testPhantoms } from "./ingredients.ts";

type RowInput = Protocol["rows"][number];

const shared: Pick<RowInput, "views" | "truth" | "offset" | "mask"> = {
  views: ["AP", "LAT"],
  truth: distributions.truth,
  offset: distributions.near,
  mask: "27-31",
};

/** Physics that neither the projector nor any training uses: another beam, more scatter, mismatched content. */
const unseenPhysics: RowInput["physics"] = {
  base: "mismatch",
  beam: { kind: "tube", kvp: 65, aluminiumMm: 2.5, copperMm: 0 },
  scatter: { toPrimary: 0.9, spreadMm: 60 },
};

/** Table 3 of the paper, the domain gap: whole body in the X-ray, segmented spine in the volume. */
export const table3Xray: Protocol = {
  schema: "sopi-protocol/1",
  name: "table3-xray",
  title: "X-ray study (Table 3 of the paper)",
  about:
    "X-rays of the whole body with instruments, blades, scatter and a softer beam than any method was made for; " +
    "the volume holds the segmented lumbar spine only. The paper used X-rays of patients; these are simulated.",
  seed: 3000,
  cases: 100,
  quickCases: 8,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 7 },
  methods: allMethods,
  rows: [
    { name: "real-ct", volumes: [realCt], physics: unseenPhysics, ...shared },
    { name: "phantoms", volumes: [testPhantoms(20)], physics: unseenPhysics, ...shared },
    { name: "plain-physics", volumes: [realCt], physics: "default", ...shared },
  ],
};
