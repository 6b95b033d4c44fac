import type { LogEntry } from "./trainingRun.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

const [width, height, margin] = [640, 220, 44];
const colours = { train: "#8aa", validation: "#c33" } as const;

/**
 * The curves of a run as one self-contained HTML page: a chart per measure, training beside validation.
 * `refreshS` makes the browser load it again, so that it is live while the run writes it.
 */
export function trainingCurvePage(title: string, entries: readonly LogEntry[], refreshS?: number): string {
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry.measures)))].filter(
    (name) => name !== "score",
  );
  const refresh = refreshS ? `<meta http-equiv="refresh" content="${refreshS}">` : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">${refresh}<title>${escape(title)}</title>
<style>body{font:14px system-ui,sans-serif;margin:2em;max-width:700px}svg{display:block;margin:0 0 1.5em}
text{font-size:11px;fill:#555}h2{font-size:1em;margin:0}</style></head>
<body><h1>${escape(title)}</h1><p>Grey: training, mean between log lines. Red: validation on fixed poses.</p>
${names.map((name) => chart(name, entries)).join("\n")}</body></html>
`;
}

function chart(name: string, entries: readonly LogEntry[]): string {
  const series = (kind: LogEntry["kind"]): Point[] =>
    entries.flatMap((entry) => {
      const y = entry.measures[name];
      return entry.kind === kind && y !== undefined && Number.isFinite(y) ? [{ x: entry.step, y }] : [];
    });
  const [train, validation] = [series("train"), series("validation")];
  const all = [...train, ...validation];
  if (all.length === 0) return "";
  const most = { x: Math.max(...all.map((p) => p.x)), y: Math.max(...all.map((p) => p.y)) };
  const least = Math.min(0, ...all.map((p) => p.y));
  const at = ({ x, y }: Point): string => {
    const px = margin + ((width - 2 * margin) * x) / Math.max(1, most.x);
    const share = (y - least) / Math.max(1e-12, most.y - least);
    return `${px.toFixed(1)},${(height - margin + (2 * margin - height) * share).toFixed(1)}`;
  };
  const line = (points: readonly Point[], colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${points.map(at).join(" ")}"/>`;
  const end = validation.at(-1) ?? train.at(-1)!;
  return `<h2>${escape(name)}</h2><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(name)}">
<rect x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${height - 2 * margin}" fill="none" stroke="#ddd"/>
${line(train, colours.train)}${line(validation, colours.validation)}
<text x="${margin}" y="${height - margin + 14}">0</text>
<text x="${width - margin}" y="${height - margin + 14}" text-anchor="end">step ${most.x}</text>
<text x="${margin - 4}" y="${margin + 8}" text-anchor="end">${most.y.toPrecision(3)}</text>
<text x="${margin - 4}" y="${height - margin}" text-anchor="end">${least.toPrecision(2)}</text>
<text x="${width - margin + 2}" y="${margin - 6}" text-anchor="end">last ${end.y.toPrecision(4)}</text></svg>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.codePointAt(0)};`);
}
