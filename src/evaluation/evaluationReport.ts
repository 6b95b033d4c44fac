import { encodePicture } from "./pictures/encodePicture.ts";
import type { Picture } from "./pictures/picture.ts";
import { type Figure, figureStyle } from "./figure/panels.ts";
import { base64, escapeHtml, htmlTable } from "./report/html.ts";
import { reportStyle } from "./report/reportStyle.ts";
import type { Table } from "./table.ts";

/** A picture with what it shows. */
export interface CaptionedPicture {
  readonly picture: Picture;
  readonly caption: string;
}

/** One case by every method. */
export interface CaseStrip {
  readonly title: string;
  readonly pictures: readonly CaptionedPicture[];
}

/** Everything on the page of an evaluation. */
export interface EvaluationReportInput {
  readonly title: string;
  readonly about: string;
  /** Machine, date, seed: one sentence each. */
  readonly facts: readonly string[];
  /** The sentence on what the software is for, shown on top. */
  readonly notice: string;
  readonly version: string;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  /** The same X-rays registered by each method (Figure 4 of the paper). */
  readonly sideBySide: readonly CaseStrip[];
  /** The cases that ended farthest from the truth. */
  readonly worst: readonly CaptionedPicture[];
}

function gallery(items: readonly CaptionedPicture[], kind: "wide" | "strip"): string {
  const figures = items.map(({ picture, caption }) => {
    const address = `data:image/png;base64,${base64(encodePicture(picture))}`;
    const words = escapeHtml(caption);
    return `<figure><img src="${address}" width="${picture.width}" height="${picture.height}" loading="lazy" alt="${words}"><figcaption>${words}</figcaption></figure>`;
  });
  return `<div class="gallery ${kind}">${figures.join("")}</div>`;
}

function sideBySide(strips: readonly CaseStrip[]): string {
  if (strips.length === 0) return "";
  const cases = strips.map(
    (strip) => `<h3>${escapeHtml(strip.title)}</h3>${gallery(strip.pictures, "strip")}`,
  );
  return `<h2>Side by side</h2><p>Above the X-ray or the DRR at the pose found, below both: X-ray red, DRR cyan, grey where they agree (Figure 4 of the paper). The first cases of each row by each method.</p>${cases.join("")}`;
}

function farthest(items: readonly CaptionedPicture[]): string {
  if (items.length === 0) return "";
  return `<h2>Farthest from the truth</h2><p>Edges of the DRR on the X-ray for the ten largest errors that gave a result.</p>${gallery(items, "wide")}`;
}

function tableSection(table: Table): string {
  const notes = (table.notes ?? []).map((note) => `<p class="caption">${escapeHtml(note)}</p>`);
  return `<h2>${escapeHtml(table.title)}</h2>${htmlTable(table.columns, table.rows)}${notes.join("")}`;
}

function figureSection({ title, description, legend, panels }: Figure): string {
  return `<h2>${escapeHtml(title)}</h2><figure class="chart"><div class="legend">${legend.join("")}</div><div class="panels">${panels.join("")}</div><figcaption>${escapeHtml(description)}</figcaption></figure>`;
}

const style = `${reportStyle}
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 0.6rem; }
.panels svg { width: 100%; height: auto; display: block; } .legend svg { vertical-align: middle; }
${figureStyle}
.gallery { display: grid; gap: 0.8rem; }
.gallery.wide { grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
.gallery.strip { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 0.4rem; }
`;

/** One page that stands alone: no script, nothing loaded from anywhere, light and dark, readable on a phone. */
export function evaluationReport(input: EvaluationReportInput): string {
  const notice = escapeHtml(input.notice);
  const title = escapeHtml(input.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="notice">${notice}</p>
${[input.about, ...input.facts].map((text) => `<p>${escapeHtml(text)}</p>`).join("\n")}
${input.figures.map(figureSection).join("\n")}
${sideBySide(input.sideBySide)}
${input.tables.map(tableSection).join("\n")}
${farthest(input.worst)}
<footer>sopi ${escapeHtml(input.version)}. ${notice}</footer>
</main>
</body>
</html>
`;
}
