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
const legendHeight = 26;
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
  readonly svg: string;
}

/** Light and dark by the reader's preference; colours, dashes and marks tell series apart. */
const style = `.sopi-figure{--ink:#1c2024;--soft:#5b6470;--grid:#d8dde3;--paper:#fff;font:12px system-ui,sans-serif}
.sopi-figure .c0{--c:#0b62a8}.sopi-figure .c1{--c:#b35c00}.sopi-figure .c2{--c:#0a7d5a}.sopi-figure .c3{--c:#a3387a}.sopi-figure .c4{--c:#5a4fcf}.sopi-figure .c5{--c:#7a6a00}
@media (prefers-color-scheme:dark){.sopi-figure{--ink:#e7eaee;--soft:#a3adb8;--grid:#343b43;--paper:#14171a}
.sopi-figure .c0{--c:#6db6ff}.sopi-figure .c1{--c:#ffb454}.sopi-figure .c2{--c:#4fd1a5}.sopi-figure .c3{--c:#f08cc4}.sopi-figure .c4{--c:#a99cff}.sopi-figure .c5{--c:#e0cf4a}}
.sopi-figure .back{fill:var(--paper)}.sopi-figure text{fill:var(--soft)}.sopi-figure .title{fill:var(--ink);font-weight:600}
.sopi-figure .grid{stroke:var(--grid);stroke-width:1}.sopi-figure .line{fill:none;stroke:var(--c);stroke-width:2}.sopi-figure .dot{fill:var(--c);fill-opacity:.45}
.sopi-figure .mark{fill:var(--c);stroke:var(--paper);stroke-width:1.5}.sopi-figure .limit{stroke:var(--soft);stroke-dasharray:2 4}
.sopi-figure .s1{stroke-dasharray:7 3}.sopi-figure .s2{stroke-dasharray:2 3}.sopi-figure .s3{stroke-dasharray:9 3 2 3}`;

/** Class names by which a series keeps its colour and dash in every figure. */
export function seriesClass(index: number): string {
  return `c${index % 6} s${index % 4}`;
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

function legend(series: readonly string[]): string {
  let x = plot.left;
  return series
    .map((name, i) => {
      const entry = `<line class="line ${seriesClass(i)}" x1="${x}" x2="${x + 26}" y1="14" y2="14"/>${seriesMark(i, x + 13, 14, 4)}<text x="${x + 32}" y="18">${escapeHtml(name)}</text>`;
      x += 48 + 7 * name.length;
      return entry;
    })
    .join("");
}

/** Draws panels two in a row below a legend of the series; the SVG stands alone or inside a page. */
export function createFigure(
  head: Omit<Figure, "svg">,
  series: readonly string[],
  panels: readonly Panel[],
): Figure {
  const across = Math.min(columns, Math.max(1, panels.length));
  const width = panelWidth * across;
  const height = legendHeight + panelHeight * Math.ceil(panels.length / across);
  const drawn = panels.map((panel, i) => {
    const x = panelWidth * (i % across);
    const y = legendHeight + panelHeight * Math.floor(i / across);
    return `<g transform="translate(${x} ${y})">${axes(panel)}${panel.marks}</g>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="sopi-figure" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${head.title}. ${head.description}`)}"><style>${style}</style><rect class="back" width="${width}" height="${height}"/>${legend(series)}${drawn.join("")}</svg>`;
  return { ...head, svg };
}
