import { cameraMatrix } from "../../geometry/camera.ts";
import { toRows } from "../../geometry/mat4.ts";
import type { RegistrationStatus } from "../../registration/result.ts";
import { encodePicture } from "../pictures/encodePicture.ts";
import type { Picture } from "../pictures/picture.ts";
import type { RegistrationPictures } from "../pictures/registrationPictures.ts";
import { base64, escapeHtml, htmlTable } from "./html.ts";
import type { ReportInput } from "./reportInput.ts";
import { reportStyle } from "./reportStyle.ts";
import { matrixTable, milliseconds, poseTable, runTable, truthTable } from "./reportTables.ts";
import { traceChart } from "./traceChart.ts";

const statusTexts: Record<RegistrationStatus, { text: string; tone: "good" | "doubt" | "bad" }> = {
  converged: { text: "Converged", tone: "good" },
  "max-iterations": { text: "Stopped at the iteration limit", tone: "doubt" },
  "low-confidence": { text: "Low confidence", tone: "bad" },
  aborted: { text: "Interrupted", tone: "bad" },
};

const statusAdvice: Record<RegistrationStatus, string> = {
  converged: "The search settled. Converged does not mean correct: judge the edges and the fusion below.",
  "max-iterations":
    "The search was still moving when it was stopped. The pose may be near, but is not final.",
  "low-confidence":
    "The DRR explains the X-ray badly, so the pose is probably wrong. Try a closer start pose or a mask.",
  aborted: "The search was interrupted; the pose is the best one seen until then.",
};

function figure(picture: Picture, caption: string): string {
  const address = `data:image/png;base64,${base64(encodePicture(picture))}`;
  const text = escapeHtml(caption);
  return `<figure><img src="${address}" width="${picture.width}" height="${picture.height}" alt="${text}"><figcaption>${text}</figcaption></figure>`;
}

const pair = (before: string, after: string): string => `<div class="pair">${before}${after}</div>`;

/** Radio buttons and CSS alone, so that the page needs no script: the same place in three pictures. */
function flipBook(pages: readonly { name: string; picture: Picture; caption: string }[]): string {
  const buttons = pages.map(
    ({ name }, index) =>
      `<input type="radio" name="flip" id="flip${index}"${index === 0 ? " checked" : ""}><label for="flip${index}">${escapeHtml(name)}</label>`,
  );
  const figures = pages.map(({ picture, caption }) => figure(picture, caption));
  return `<div class="flip">${buttons.join("")}${figures.join("")}</div>`;
}

function pictureSections(pictures: RegistrationPictures): string {
  const flip = flipBook([
    {
      name: "X-ray",
      picture: pictures.xray,
      caption: "The X-ray as it was compared (line integrals, bone bright), dimmed where it was left out",
    },
    { name: "DRR found", picture: pictures.drrAfter, caption: "DRR of the CT at the pose found" },
    { name: "DRR at start", picture: pictures.drrBefore, caption: "DRR of the CT at the start pose" },
  ]);
  return `<h2>Edges of the DRR on the X-ray</h2>
${pair(figure(pictures.edgesBefore, "Before: start pose"), figure(pictures.edgesAfter, "After: pose found. Lines should lie on the outlines of the vertebrae"))}
<h2>Fusion</h2>
${pair(figure(pictures.fusionBefore, "Before: X-ray red, DRR cyan"), figure(pictures.fusionAfter, "After: grey where both agree"))}
<h2>Signed difference</h2>
${pair(figure(pictures.differenceBefore, "Before: X-ray minus DRR"), figure(pictures.differenceAfter, "After: red where the X-ray absorbs more, blue where the DRR does; both scaled by median and median absolute deviation"))}
<h2>X-ray and DRR in the same place</h2>
${flip}`;
}

function facts(input: ReportInput): string {
  const { result, truth } = input;
  const status = statusTexts[result.status];
  const entries = [
    ["Status", status.text, status.tone],
    [
      "Similarity",
      `${result.similarity.initial.toFixed(3)} \u2192 ${result.similarity.final.toFixed(3)}`,
      "",
    ],
    ["Time", milliseconds(result.timings.totalMs), ""],
    ["Method", result.method, ""],
    ...(truth
      ? [
          [
            "True error (mTRE)",
            `${truth.before.mtreMm.toFixed(1)} \u2192 ${truth.after.mtreMm.toFixed(2)} mm`,
            "",
          ],
        ]
      : []),
  ];
  const items = entries.map(
    ([name = "", value = "", tone = ""]) =>
      `<div><dt>${escapeHtml(name)}</dt><dd class="${tone}">${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="facts">${items.join("")}</dl><p>${statusAdvice[result.status]}</p>`;
}

function warningList(warnings: readonly string[]): string {
  if (warnings.length === 0) return "";
  return `<h2>Warnings</h2><ul>${warnings.map((text) => `<li class="doubt">${escapeHtml(text)}</li>`).join("")}</ul>`;
}

/**
 * A page that stands alone: pictures inside, no script, nothing loaded from anywhere, which its own
 * content security policy enforces.
 */
export function registrationReport(input: ReportInput): string {
  const { result, pictures, inputs, truth, notice } = input;
  const k = cameraMatrix(result.camera);
  const hashes = inputs
    ? `<h2>Inputs</h2><div class="hash">${htmlTable(
        undefined,
        [
          ["volume, SHA-256", inputs.volumeSha256],
          ["X-ray, SHA-256", inputs.xraySha256],
        ],
        "words",
      )}</div>`
    : "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>2D/3D registration report</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>2D/3D registration report</h1>
<p class="notice">${escapeHtml(notice)}</p>
${facts(input)}
${warningList([...result.warnings, ...(input.warnings ?? [])])}
${pictureSections(pictures)}
<h2>Pose</h2>
${poseTable(input)}
<p class="caption">A = Mt . Mrx . Mry . Mrz in the C-arm frame, view ${result.frame.view}, centre ${result.frame.centreMm.map((value) => value.toFixed(2)).join(", ")} mm (LPS). The matrix below is the truth of the result.</p>
${truth ? truthTable(truth) : ""}
<h2>Search</h2>
${traceChart(result.trace)}
${runTable(input)}
<h2>Matrices</h2>
<p>cameraFromWorld (LPS millimetres to camera, row by row)</p>
${matrixTable(toRows(result.cameraFromWorld))}
<p>K (pixels, row by row) for an image of ${result.camera.width} x ${result.camera.height}</p>
${matrixTable([k.slice(0, 3), k.slice(3, 6), k.slice(6, 9)])}
${hashes}
<footer>sopi ${escapeHtml(input.version)}. ${escapeHtml(notice)}</footer>
</main>
</body>
</html>
`;
}
