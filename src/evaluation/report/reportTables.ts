import { poseFromCamera } from "../../geometry/carm.ts";
import { type Pose, type PoseDegMm, poseToDegMm } from "../../geometry/pose.ts";
import type { RegistrationResult } from "../../registration/result.ts";
import { htmlTable } from "./html.ts";
import type { ReportInput } from "./reportInput.ts";

const axes: readonly { key: keyof PoseDegMm; name: string; unit: string }[] = [
  { key: "rxDeg", name: "rx (roll about the beam)", unit: "\u00b0" },
  { key: "ryDeg", name: "ry (about the columns)", unit: "\u00b0" },
  { key: "rzDeg", name: "rz (about the rows)", unit: "\u00b0" },
  { key: "txMm", name: "tx (away from the source)", unit: "mm" },
  { key: "tyMm", name: "ty (along the columns)", unit: "mm" },
  { key: "tzMm", name: "tz (along the rows)", unit: "mm" },
];

const signed = (value: number): string => `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(3)}`;

/** theta at the start and at the result, with the truth where it is known. */
export function poseTable(input: ReportInput): string {
  const { result, truth } = input;
  const degMm = (pose: Pose): PoseDegMm => poseToDegMm(pose);
  const start = degMm(poseFromCamera(result.initial.cameraFromWorld, result.frame));
  const found = degMm(result.pose);
  const real = truth && degMm(poseFromCamera(truth.cameraFromWorld, result.frame));
  const headings = ["", "start", "found", "change", ...(real ? ["truth", "error"] : []), "unit"];
  const rows = axes.map(({ key, name, unit }) => [
    name,
    signed(start[key]),
    signed(found[key]),
    signed(found[key] - start[key]),
    ...(real ? [signed(real[key]), signed(found[key] - real[key])] : []),
    unit,
  ]);
  return htmlTable(headings, rows);
}

/** The true errors before and after. */
export function truthTable(truth: NonNullable<ReportInput["truth"]>): string {
  const { before, after } = truth;
  const row = (
    name: string,
    key: "mtreMm" | "mpeMm" | "mrpdMm" | "inPlaneMm" | "depthMm" | "geodesicDeg",
  ): string[] => [
    name,
    before[key].toFixed(2),
    after[key].toFixed(key === "geodesicDeg" ? 3 : 2),
    key === "geodesicDeg" ? "\u00b0" : "mm",
  ];
  return `<h2>True error</h2><p>The X-ray is simulated, so the true pose is known. It was not used before the pose was final.</p>
${htmlTable(
  ["", "before", "after", "unit"],
  [
    row("mean target registration error", "mtreMm"),
    row("of it parallel to the detector", "inPlaneMm"),
    row("of it along the beam", "depthMm"),
    row("mean reprojection distance", "mrpdMm"),
    row("projection error at the detector", "mpeMm"),
    row("rotation (geodesic)", "geodesicDeg"),
  ],
)}`;
}

/** "840 ms", "12.30 s". */
export const milliseconds: (ms: number) => string = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** What the result says of its own probability of being right, and of its precision. */
function confidenceRows(confidence: RegistrationResult["confidence"]): [string, string][] {
  if (!confidence) return [];
  const { within2mm, within10mm, standardError } = confidence;
  const percent = (p: number): string => `${Math.round(100 * p)} %`;
  const rows: [string, string][] = [
    ["probability of an error below 10 mm", percent(within10mm)],
    ["probability of an error below 2 mm", percent(within2mm)],
  ];
  if (standardError) {
    const errors = axes.map(
      ({ key, unit }, i) => `${key.slice(0, 2)} ${standardError[i]!.toFixed(2)} ${unit}`,
    );
    rows.push(["standard error, if it is the right optimum", errors.join(", ")]);
  }
  return rows;
}

/** How the result was found. */
export function runTable(input: ReportInput): string {
  const { result, loadMs, version } = input;
  const { timings, xray, evidence } = result;
  const { margin } = evidence;
  const reading = `${xray.polarity === "bone-dark" ? "bone dark" : "bone bright"} (${xray.kindSource})${xray.logTransformed ? ", log-transformed" : ""}`;
  return htmlTable(
    undefined,
    [
      ["method", result.method],
      ["start pose from", result.initial.source],
      [
        "metric at full resolution",
        `${result.similarity.name}: ${result.similarity.initial.toFixed(4)} \u2192 ${result.similarity.final.toFixed(4)}`,
      ],
      ["X-ray read as", reading],
      ["compared", evidence.content === "all" ? "all that is in the CT" : "bone and metal of the CT"],
      [
        "better than the best other pose by",
        Number.isFinite(margin) ? `${(100 * margin).toFixed(1)} %` : "no other",
      ],
      ...confidenceRows(result.confidence),
      ["instruments left out", `${(100 * xray.instrumentFraction).toFixed(1)} %`],
      ["collimated or dead area", `${(100 * xray.collimation.deadFraction).toFixed(1)} %`],
      ["iterations, DRRs rendered", `${result.iterations}, ${result.evaluations}`],
      ["reading or making the inputs", loadMs === undefined ? "not measured" : milliseconds(loadMs)],
      ["finding a start", milliseconds(timings.initialiseMs)],
      ["refining", milliseconds(timings.refineMs)],
      ["registration in all", milliseconds(timings.totalMs)],
      ["seed", String(result.seed)],
      ["backend", result.backend],
      ["version", version],
    ],
    "words",
  );
}

/** A matrix with ten decimals, so that a pose read off the page is right to 1e-9. */
export function matrixTable(rows: readonly (readonly number[])[]): string {
  return htmlTable(
    undefined,
    rows.map((row) => ["", ...row.map((value) => value.toFixed(10))]),
  );
}
