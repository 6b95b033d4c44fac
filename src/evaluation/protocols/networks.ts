import type { Protocol } from "../protocolTypes.ts";
import { allMethods, distributions, presetGeometry, realCt, validationPhantoms } from "./ingredients.ts";

type RowInput = Protocol["rows"][number];

const phantoms: Pick<RowInput, "volumes" | "views"> = { volumes: [validationPhantoms], views: ["AP", "LAT"] };
const near: Pick<RowInput, "truth" | "offset"> = { truth: distributions.truth, offset: distributions.near };
/** Only AP or LAT is known: the anatomy may lie anywhere in this range. */
const noStart: Pick<RowInput, "truth" | "offset"> = {
  truth: distributions.wide,
  offset: { distribution: "centre" },
};

/** What the networks are for: ten validation phantoms by ten poses, with a start pose and with none at all. */
export const networks: Protocol = {
  schema: "sopi-protocol/1",
  name: "networks",
  title: "What the networks are for",
  about:
    "Ten validation phantoms by ten poses. near: starts within 13 degrees and 30 mm. no-start: only AP or LAT is " +
    "known, L3 within 30 degrees, 60 mm in plane and 100 mm in depth. spine-only: instruments, blades and the whole " +
    "body in the X-ray, L1 to L5 alone in the volume. real-ct and real-no-start: the same on a real CT.",
  seed: 7000,
  cases: 100,
  quickCases: 10,
  quickRows: ["near", "no-start"],
  ...presetGeometry,
  targetLevel: "29",
  targets: { labels: "27-31", stride: 16 },
  methods: allMethods.filter(({ name }) => name !== "opt-ngi" && name !== "opt-nccl"),
  rows: [
    { name: "near", ...phantoms, ...near },
    { name: "no-start", ...phantoms, ...noStart },
    { name: "spine-only", ...phantoms, ...near, physics: "mismatch", mask: "27-31" },
    { name: "real-ct", volumes: [realCt], views: phantoms.views, ...near },
    { name: "real-no-start", volumes: [realCt], views: phantoms.views, ...noStart },
  ],
};
