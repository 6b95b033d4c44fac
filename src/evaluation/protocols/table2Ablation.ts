import type { Protocol, ProtocolMethod } from "../protocolTypes.ts";
import { distributions, presetGeometry, testPhantoms } from "./ingredients.ts";

/** Weights of an ablated pair of encoders, trained by the configuration of the same name beside them. */
const encoder = (name: string): Exclude<ProtocolMethod["networks"], undefined> => ({
  encoder: `models/encoder-ablations/${name}/weights.safetensors`,
});

/**
 * Table 2 of the paper asks what each part adds. Every configuration is `sopi` with other weights, or without
 * its initialiser; all their encoders are trained for the same number of steps. `sopi` itself, trained for longer,
 * and the optimisation methods stand beside them.
 */
export const table2Ablation: Protocol = {
  schema: "sopi-protocol/1",
  name: "table2-ablation",
  title: "Ablation study (Table 2 of the paper)",
  about:
    "The same cases with a start pose and without one. without-rtpi: the fine registration begins at the start pose. " +
    "without-ce: ProST's plain encoder. without-el: mean squared feature difference of the whole image. everything: no part " +
    "left out. equation-7: everything, trained by equation (7) of the paper. These encoders are trained for 3,000 steps each; " +
    "sopi: the shipped one, trained for 10,000. opt-gc-local: opt-gc without its wide search.",
  seed: 2000,
  cases: 100,
  quickCases: 8,
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 16 },
  methods: [
    {
      ...{ name: "sopi", label: "without-ce", networks: encoder("plain") },
      parts: { rtpi: true, compositeEncoder: false, embeddedLoss: true },
    },
    {
      ...{ name: "sopi", label: "without-rtpi", networks: encoder("full"), initialiser: "start" },
      parts: { rtpi: false, compositeEncoder: true, embeddedLoss: true },
    },
    {
      ...{ name: "sopi", label: "without-ce-el", networks: encoder("plain-unmasked") },
      parts: { rtpi: true, compositeEncoder: false, embeddedLoss: false },
    },
    {
      ...{ name: "sopi", label: "without-el", networks: encoder("unmasked") },
      parts: { rtpi: true, compositeEncoder: true, embeddedLoss: false },
    },
    {
      ...{ name: "sopi", label: "everything", networks: encoder("full") },
      parts: { rtpi: true, compositeEncoder: true, embeddedLoss: true },
    },
    { name: "sopi", label: "equation-7", networks: encoder("direction") },
    { name: "sopi" },
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
