/** A table as data; every cell is text already. */
export interface Table {
  /** Names its file: "accuracy". */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know, one paragraph each. */
  readonly notes?: readonly string[];
}

/** GitHub-flavoured Markdown: title, table, notes. */
export function markdownTable(table: Table): string {
  const cell = (text: string): string => text.replace(/\|/g, "\\|").replace(/\n/g, " ");
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rule = `|${table.columns.map((_, i) => (i === 0 ? " --- |" : " ---: |")).join("")}`;
  const notes = (table.notes ?? []).map((note) => `\n${note}\n`);
  return [`### ${table.title}\n`, line(table.columns), rule, ...table.rows.map(line), ...notes, ""].join(
    "\n",
  );
}

/** Comma-separated values after RFC 4180. */
export function csvTable(table: Table): string {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  return [table.columns, ...table.rows].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

const latexCharacters: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "\u00b1": "$\\pm$",
  "\u00b0": "$^\\circ$",
  "<": "$<$",
  ">": "$>$",
  "\u221e": "$\\infty$",
  "\u2264": "$\\le$",
  "\u2265": "$\\ge$",
};

/** Text with everything that LaTeX would read as a command made harmless. */
export function escapeLatex(text: string): string {
  return text.replace(
    /[\\~^\u00b1\u00b0<>\u221e\u2264\u2265]|[&%$#_{}]/g,
    (c) => latexCharacters[c] ?? `\\${c}`,
  );
}

/** A table environment with booktabs rules. */
export function latexTable(table: Table): string {
  const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(" & ")} \\\\`;
  const notes = (table.notes ?? []).map(escapeLatex).join(" ");
  return [
    "\\begin{table}[t]",
    "\\centering",
    `\\caption{${escapeLatex(table.title)}.${notes === "" ? "" : ` ${notes}`}}`,
    `\\begin{tabular}{l${"r".repeat(Math.max(0, table.columns.length - 1))}}`,
    "\\toprule",
    line(table.columns),
    "\\midrule",
    ...table.rows.map(line),
    "\\bottomrule",
    "\\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}
