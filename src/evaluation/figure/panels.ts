import { escapeHtml } from "../report/html.ts";
import type { Scale } from "./scale.ts";

/** The inside of one panel in pixels of the figure. */
export const plot: {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
} = { left: 46, right: 310, top: 28, bottom: 192 };

const panelWidth = 330;
const panelHeight = 240;
const legendLine = 22;
const columns = 2;

/** One panel: its axes and what is drawn between them. */
export interface Panel {
  readonly title: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
  /** SVG elements in the panel's own coordinates. */
  readonly marks: string;
}

/** A chart: panels side by side with one legend. */
export interface Figure {
  /** Names its file: "capture-range". */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The whole chart: stands alone. */
  readonly svg: string;
  /** The same in pieces that a page may set below each other on a small screen. */
  readonly legend: readonly string[];
  readonly panels: readonly string[];
}

/** Light and dark by the reader's preference; colours, dashes and marks tell series apart. */
const style = `.sopi-figure{--ink:#1c2024;--soft:#5b6470;--grid:#d8dde3;--paper:#fff;font:12px system-ui,sans-serif}
.sopi-figure .c0{--c:#0b62a8}.sopi-figure .c1{--c:#b35c00}.sopi-figure .c2{--c:#0a7d5a}.sopi-figure .c3{--c:#a3387a}.sopi-figure .c4{--c:#5a4fcf}.sopi-figure .c5{--c:#7a6a00}.sopi-figure .c6{--c:#c1272d}.sopi-figure .c7{--c:#4d5a66}
@media (prefers-color-scheme:dark){.sopi-figure{--ink:#e7eaee;--soft:#a3adb8;--grid:#343b43;--paper:#14171a}
.sopi-figure .c0{--c:#6db6ff}.sopi-figure .c1{--c:#ffb454}.sopi-figure .c2{--c:#4fd1a5}.sopi-figure .c3{--c:#f08cc4}.sopi-figure .c4{--c:#a99cff}.sopi-figure .c5{--c:#e0cf4a}.sopi-figure .c6{--c:#ff8a80}.sopi-figure .c7{--c:#b8c4d0}}
.sopi-figure .back{fill:var(--paper)}.sopi-figure text{fill:var(--soft)}.sopi-figure .title{fill:var(--ink);font-weight:600}
.sopi-figure .grid{stroke:var(--grid);stroke-width:1}.sopi-figure .line{fill:none;stroke:var(--c);stroke-width:2}.sopi-figure .dot{fill:var(--c);fill-opacity:.45}
.sopi-figure .mark{fill:var(--c);stroke:var(--paper);stroke-width:1.5}.sopi-figure .limit{stroke:var(--soft);stroke-dasharray:2 4}
.sopi-figure .s1{stroke-dasharray:7 3}.sopi-figure .s2{stroke-dasharray:2 3}.sopi-figure .s3{stroke-dasharray:9 3 2 3}`;

/** Class names by which a series keeps its colour and dash in every figure. */
export function seriesClass(index: number): string {
  return `c${index % 8} s${index % 4}`;
}

/** Two decimals are finer than any screen. */
export const px = (value: number): string => value.toFixed(2).replace(/\.?0+$/, "");

/** A mark whose shape tells the series apart: circle, square, triangle, diamond. */
export function seriesMark(index: number, x: number, y: number, size = 5): string {
  const attributes = `class="mark ${seriesClass(index).split(" ")[0]}"`;
  const polygon = (points: readonly (readonly [number, number])[]): string =>
    `<polygon ${attributes} points="${points.map(([dx, dy]) => `${px(x + dx * size)},${px(y + dy * size)}`).join(" ")}"/>`;
  const unit = 0.9;
  const shapes = [
    () => `<circle ${attributes} cx="${px(x)}" cy="${px(y)}" r="${size}"/>`,
    () =>
      polygon([
        [-unit, -unit],
        [unit, -unit],
        [unit, unit],
        [-unit, unit],
      ]),
    () =>
      polygon([
        [0, -1.15],
        [1.1, 0.85],
        [-1.1, 0.85],
      ]),
    () =>
      polygon([
        [0, -1.3],
        [1.3, 0],
        [0, 1.3],
        [-1.3, 0],
      ]),
  ];
  return shapes[index % shapes.length]!();
}

function axes(panel: Panel): string {
  const { left, right, top, bottom } = plot;
  const across = panel.x.ticks.map(({ value, label }) => {
    const x = px(panel.x.at(value));
    return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text x="${x}" y="${bottom + 15}" text-anchor="middle">${escapeHtml(label)}</text>`;
  });
  const up = panel.y.ticks.map(({ value, label }) => {
    const y = panel.y.at(value);
    return `<line class="grid" x1="${left}" x2="${right}" y1="${px(y)}" y2="${px(y)}"/><text x="${left - 5}" y="${px(y + 4)}" text-anchor="end">${escapeHtml(label)}</text>`;
  });
  return [
    ...across,
    ...up,
    `<text class="title" x="${left}" y="16">${escapeHtml(panel.title)}</text>`,
    `<text x="${(left + right) / 2}" y="${bottom + 33}" text-anchor="middle">${escapeHtml(panel.xLabel)}</text>`,
    `<text x="${right}" y="16" text-anchor="end">${escapeHtml(panel.yLabel)}</text>`,
  ].join("");
}

/** Room that a name takes in the legend. */
const entryWidth = (name: string): number => 48 + 7 * name.length;

function legendEntry(name: string, index: number, x: number, y: number): string {
  const line = `<line class="line ${seriesClass(index)}" x1="${x}" x2="${x + 26}" y1="${y}" y2="${y}"/>`;
  return `${line}${seriesMark(index, x + 13, y, 4)}<text x="${x + 32}" y="${y + 4}">${escapeHtml(name)}</text>`;
}

/** The legend in as many lines as it needs. */
function legend(series: readonly string[], width: number): { drawn: string; height: number } {
  let [x, y] = [plot.left, 14];
  const drawn = series.map((name, i) => {
    if (x > plot.left && x + entryWidth(name) > width) [x, y] = [plot.left, y + legendLine];
    const entry = legendEntry(name, i, x, y);
    x += entryWidth(name);
    return entry;
  });
  return { drawn: drawn.join(""), height: y + 12 };
}

/** An SVG with the style of all figures. */
function svgOf(width: number, height: number, label: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="sopi-figure" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${content}</svg>`;
}

/** The style sheet that the pieces of a figure share on a page; a whole figure carries it within. */
export const figureStyle: string = style;

/** Draws panels two in a row below a legend of the series; the SVG stands alone or inside a page. */
export function createFigure(
  head: Pick<Figure, "name" | "title" | "description">,
  series: readonly string[],
  panels: readonly Panel[],
): Figure {
  const across = Math.min(columns, Math.max(1, panels.length));
  const width = panelWidth * across;
  const { drawn: key, height: top } = legend(series, width);
  const height = top + panelHeight * Math.ceil(panels.length / across);
  const inside = panels.map((panel) => axes(panel) + panel.marks);
  const placed = inside.map((content, i) => {
    const x = panelWidth * (i % across);
    const y = top + panelHeight * Math.floor(i / across);
    return `<g transform="translate(${x} ${y})">${content}</g>`;
  });
  const back = `<rect class="back" width="${width}" height="${height}"/>`;
  const label = `${head.title}. ${head.description}`;
  return {
    ...head,
    svg: svgOf(width, height, label, `<style>${style}</style>${back}${key}${placed.join("")}`),
    legend: series.map((name, i) => svgOf(entryWidth(name), 24, name, legendEntry(name, i, 2, 12))),
    panels: inside.map((content, i) =>
      svgOf(panelWidth, panelHeight, `${head.title}: ${panels[i]!.title}`, content),
    ),
  };
}
