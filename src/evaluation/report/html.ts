/** Text that is safe between tags and inside double-quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** One row of a table; `head` makes a column heading of every cell. */
function tableRow(cells: readonly string[], head: boolean): string {
  const first = `<th scope="${head ? "col" : "row"}">${escapeHtml(cells[0] ?? "")}</th>`;
  const tag = head ? 'th scope="col"' : "td";
  const rest = cells.slice(1).map((cell) => `<${tag}>${escapeHtml(cell)}</${head ? "th" : "td"}>`);
  return `<tr>${first}${rest.join("")}</tr>`;
}

/** `numbers` stand in columns that scroll sideways when they must; `words` wrap. */
export type TableKind = "numbers" | "words";

/** A table of plain text; the first column names its row. */
export function htmlTable(
  headings: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  kind: TableKind = "numbers",
): string {
  const head = headings ? `<thead>${tableRow(headings, true)}</thead>` : "";
  const body = rows.map((row) => tableRow(row, false)).join("\n");
  return `<div class="scroll"><table class="${kind}">${head}<tbody>${body}</tbody></table></div>`;
}

/** Bytes in base64, for `data:` addresses. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  const chunk = 0x8000;
  for (let start = 0; start < bytes.length; start += chunk) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunk));
  }
  return btoa(binary);
}
